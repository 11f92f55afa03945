//! Checks `krew-manifest.yaml` by each rule of krew's validator, installer and index, long
//! before a release meets them: krew itself passes over misspelt keys, and its validator
//! wants the archives to be published already.
//!
//! Every rule is also given manifests that break it.

mod manifest;
mod rules;

use std::path::Path;

use manifest::{Expression, FileOperation, Manifest, Operator};
use rules::Verdict;

const TEXT: &str = include_str!("../krew-manifest.yaml");

fn parse(text: &str) -> Result<Manifest, String> {
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}

fn shipped() -> Manifest {
    parse(TEXT).expect("krew-manifest.yaml is valid YAML of the expected shape")
}

/// Asserts that the shipped manifest keeps `rule` and that each mutation of it does not.
fn holds(rule: fn(&Manifest) -> Verdict, mutations: &[fn(&mut Manifest)]) {
    assert_eq!(rule(&shipped()), Ok(()));
    for (index, mutate) in mutations.iter().enumerate() {
        let mut broken = shipped();
        mutate(&mut broken);
        assert!(rule(&broken).is_err(), "mutation {index} passes");
    }
}

#[test]
fn keys_are_known() {
    assert!(parse(TEXT).is_ok());
    for (right, wrong) in [
        ("homepage:", "homePage:"),
        ("shortDescription:", "shortdescription:"),
        ("matchLabels:", "matchLabel:"),
        ("      bin: ", "      binary: "),
    ] {
        let misspelt = TEXT.replacen(right, wrong, 1);
        assert_ne!(misspelt, TEXT, "{right} is not in the manifest");
        assert!(parse(&misspelt).is_err(), "{wrong} passes");
    }
}

#[test]
fn kind_is_a_plugin() {
    holds(
        rules::kind,
        &[
            |m| m.kind = "plugin".into(),
            |m| m.api_version = "v1".into(),
        ],
    );
}

#[test]
fn name_is_the_binarys() {
    holds(
        rules::name,
        &[
            |m| m.metadata.name = "node-maint".into(),
            |m| m.metadata.name = String::new(),
            |m| m.metadata.name = "kubectl-nodemaint".into(),
        ],
    );
}

#[test]
fn names_that_krew_refuses_are_known() {
    for name in ["nodemaint", "node-maint", "com10", "a_b"] {
        assert!(rules::is_safe_name(name), "{name}");
    }
    for name in ["", "node maint", "node.maint", "../x", "con", "Lpt9", "AUX"] {
        assert!(!rules::is_safe_name(name), "{name}");
    }
}

#[test]
fn version_is_semantic() {
    holds(
        rules::version_is_semantic,
        &[
            |m| m.spec.version = "0.1.0".into(),
            |m| m.spec.version = "v0.1".into(),
        ],
    );
    for version in [
        "v0.1.0",
        "v1.20.3-rc.1",
        "v1.0.0-0.a-b+build.007",
        "v1.0.0+1",
    ] {
        assert!(rules::is_semantic(version), "{version}");
    }
    for version in [
        "",
        "v",
        "v1",
        "v1.2.3.4",
        "v01.2.3",
        "v1.2.x",
        "V1.2.3",
        "v1.2.3-",
        "v1.2.3-01",
        "v1.2.3-a..b",
    ] {
        assert!(!rules::is_semantic(version), "{version}");
    }
}

#[test]
fn version_is_the_one_of_the_package() {
    holds(
        rules::version_is_the_packages,
        &[|m| m.spec.version = "v99.0.0".into()],
    );
}

#[test]
fn short_description_is_short() {
    holds(
        rules::short_description,
        &[
            |m| m.spec.short_description.clear(),
            |m| m.spec.short_description.push_str("\nand more"),
            |m| m.spec.short_description = "x".repeat(51),
            |m| m.spec.short_description = "A kubectl plugin for nodes".into(),
        ],
    );
}

#[test]
fn homepage_is_an_address() {
    holds(
        rules::homepage,
        &[|m| m.spec.homepage = "http://x.example".into()],
    );
}

#[test]
fn long_texts_are_wrapped() {
    holds(
        rules::lines_are_wrapped,
        &[
            |m| m.spec.description.push_str(&"word ".repeat(17)),
            |m| m.spec.caveats.push_str(&"word ".repeat(17)),
        ],
    );
    let mut address = shipped();
    address.spec.caveats = format!("  https://x.example/{}", "a".repeat(80));
    assert_eq!(rules::lines_are_wrapped(&address), Ok(()));
}

#[test]
fn description_is_no_help_text() {
    holds(
        rules::description_explains,
        &[
            |m| m.spec.description.push_str("kubectl nodemaint drain n1"),
            |m| m.spec.description.push_str("Options: --force"),
            |m| m.spec.description = "\n".into(),
        ],
    );
}

#[test]
fn archives_are_of_a_kind_krew_unpacks() {
    holds(
        rules::archives,
        &[
            |m| m.spec.platforms.clear(),
            |m| m.spec.platforms[1].uri = "https://x.example/a.tar.xz".into(),
            |m| m.spec.platforms[5].uri = m.spec.platforms[5].uri.replace("https", "http"),
        ],
    );
}

#[test]
fn addresses_name_the_release() {
    fn forget(m: &mut Manifest, which: usize) {
        let uri = &mut m.spec.platforms[which].uri;
        *uri = uri.replacen(&m.spec.version, "v0.0.0", 1);
    }
    holds(
        rules::addresses_carry_the_version,
        &[|m| forget(m, 3), |m| m.spec.version = "v99.0.0".into()],
    );
}

#[test]
fn addresses_are_distinct() {
    holds(
        rules::addresses_differ,
        &[|m| m.spec.platforms[0].uri = m.spec.platforms[1].uri.clone()],
    );
}

#[test]
fn addresses_are_of_the_platform() {
    holds(
        rules::addresses_fit_the_platform,
        &[
            |m| m.spec.platforms[0].uri = m.spec.platforms[0].uri.replace("musl", "gnu"),
            |m| m.spec.platforms[2].uri = m.spec.platforms[2].uri.replace("x86_64", "aarch64"),
        ],
    );
}

#[test]
fn sums_are_lowercase_hexadecimal() {
    holds(
        rules::sums,
        &[
            |m| m.spec.platforms[0].sha256.clear(),
            |m| m.spec.platforms[1].sha256 = "A".repeat(64),
            |m| m.spec.platforms[2].sha256 = "a".repeat(63),
            |m| m.spec.platforms[3].sha256 = "g".repeat(64),
        ],
    );
}

#[test]
fn binaries_are_named_for_their_system() {
    holds(
        rules::binaries,
        &[
            |m| m.spec.platforms[0].bin.push_str(".exe"),
            |m| m.spec.platforms[5].bin = "kubectl-nodemaint".into(),
            |m| m.spec.platforms[1].bin.clear(),
            |m| m.spec.platforms[1].bin = "../kubectl-nodemaint".into(),
        ],
    );
}

#[test]
fn selectors_are_of_os_and_arch() {
    fn labels(m: &mut Manifest) -> &mut std::collections::BTreeMap<String, String> {
        let selector = m.spec.platforms[0]
            .selector
            .as_mut()
            .expect("it has a selector");
        selector.match_labels.as_mut().expect("it has labels")
    }
    holds(
        rules::selectors,
        &[
            |m| m.spec.platforms[0].selector = None,
            |m| labels(m).clear(),
            |m| {
                labels(m).insert("libc".into(), "musl".into());
            },
            |m| {
                let selector = m.spec.platforms[0]
                    .selector
                    .as_mut()
                    .expect("it has a selector");
                selector.match_labels = None;
            },
        ],
    );
}

#[test]
fn platforms_are_known_to_krew() {
    holds(
        rules::platforms_are_known,
        &[|m| {
            let selector = m.spec.platforms[0]
                .selector
                .as_mut()
                .expect("it has a selector");
            selector.match_labels = Some([("os".into(), "plan9".into())].into());
        }],
    );
}

#[test]
fn no_platform_has_two_entries() {
    holds(
        rules::platforms_are_distinct,
        &[
            |m| m.spec.platforms.push(m.spec.platforms[0].clone()),
            |m| {
                let selector = m.spec.platforms[0]
                    .selector
                    .as_mut()
                    .expect("it has a selector");
                selector.match_labels = None;
                let (key, values) = ("os".into(), vec!["linux".into(), "darwin".into()]);
                selector.match_expressions = Some(vec![Expression {
                    key,
                    operator: Operator::In,
                    values,
                }]);
            },
        ],
    );
}

#[test]
fn every_platform_of_a_release_is_served() {
    holds(
        rules::platforms_are_ours,
        &[
            |m| {
                m.spec.platforms.pop();
            },
            |m| {
                let selector = m.spec.platforms[0]
                    .selector
                    .as_mut()
                    .expect("it has a selector");
                selector.match_labels = Some([("os".into(), "linux".into())].into());
            },
        ],
    );
}

#[test]
fn files_are_left_out_or_complete() {
    holds(
        rules::files,
        &[
            |m| m.spec.platforms[0].files = Some(Vec::new()),
            |m| {
                let file = FileOperation {
                    from: "*".into(),
                    to: String::new(),
                };
                m.spec.platforms[0].files = Some(vec![file]);
            },
        ],
    );
}

#[test]
fn a_licence_is_installed() {
    holds(
        rules::licence,
        &[|m| {
            let file = FileOperation {
                from: "LICENSE-APACHE".into(),
                to: ".".into(),
            };
            m.spec.platforms[0].files = Some(vec![file]);
        }],
    );
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(rules::is_licence("LICENSE") && top.join("LICENSE").is_file());
    assert!(!rules::is_licence("LICENSE-MIT"));
}
