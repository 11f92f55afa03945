//! What krew's validator, its installer and the reviewers of its index ask of a manifest
//! (krew v0.5, `validate-krew-manifest`, plugin naming guide), one function a rule.

use super::manifest::{Manifest, PAIRS, Pair, Platform, Selector};

pub type Verdict = Result<(), String>;

/// The binary of this package, as kubectl looks for it.
const BINARY: &str = "kubectl-nodemaint";

/// The pairs a release is built for.
const OURS: [Pair; 6] = [
    ("linux", "amd64"),
    ("linux", "arm64"),
    ("darwin", "amd64"),
    ("darwin", "arm64"),
    ("windows", "amd64"),
    ("windows", "arm64"),
];

/// Names under which krew accepts a licence, in any case.
const LICENCES: [&str; 8] = [
    "license",
    "license.txt",
    "license.md",
    "licenses",
    "licenses.txt",
    "licenses.md",
    "copying",
    "copying.txt",
];

fn hold(condition: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if condition { Ok(()) } else { Err(otherwise()) }
}

fn each_platform(manifest: &Manifest, rule: impl Fn(&Platform) -> Verdict) -> Verdict {
    let platforms = &manifest.spec.platforms;
    platforms.iter().try_for_each(|platform| {
        rule(platform).map_err(|reason| format!("{}: {reason}", platform.uri))
    })
}

pub fn kind(manifest: &Manifest) -> Verdict {
    let wanted = ("krew.googlecontainertools.github.com/v1alpha2", "Plugin");
    let is = (manifest.api_version.as_str(), manifest.kind.as_str());
    hold(is == wanted, || format!("{is:?} is not {wanted:?}"))
}

/// The file's base name at release and the binary's name both follow from it.
pub fn name(manifest: &Manifest) -> Verdict {
    let name = manifest.metadata.name.as_str();
    hold(is_safe_name(name), || format!("{name} is no plugin name"))?;
    let binary = format!("kubectl-{}", name.replace('-', "_"));
    hold(binary == BINARY, || format!("{binary} is not the binary"))
}

pub fn is_safe_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let device = ["CON", "PRN", "AUX", "NUL"].contains(&upper.as_str());
    let port = upper.len() == 4
        && (upper.starts_with("COM") || upper.starts_with("LPT"))
        && ('1'..='9').any(|digit| upper.ends_with(digit));
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.chars().all(word) && !device && !port
}

/// krew sorts releases by it, and the git tag is the same text.
pub fn version_is_semantic(manifest: &Manifest) -> Verdict {
    let version = &manifest.spec.version;
    hold(is_semantic(version), || {
        format!("{version} is not a semantic version with a leading v")
    })
}

pub fn is_semantic(version: &str) -> bool {
    let Some(rest) = version.strip_prefix('v') else {
        return false;
    };
    let (rest, build) = rest
        .split_once('+')
        .map_or((rest, None), |(a, b)| (a, Some(b)));
    let (core, pre) = rest
        .split_once('-')
        .map_or((rest, None), |(a, b)| (a, Some(b)));
    let numbers: Vec<&str> = core.split('.').collect();
    let identifiers = |text: &str, rule: fn(&str) -> bool| text.split('.').all(rule);
    numbers.len() == 3
        && numbers.iter().all(|number| is_number(number))
        && pre.is_none_or(|pre| identifiers(pre, is_prerelease_part))
        && build.is_none_or(|build| identifiers(build, is_identifier))
}

fn is_number(text: &str) -> bool {
    let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0'))
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn is_prerelease_part(text: &str) -> bool {
    let numeric = text.chars().all(|c| c.is_ascii_digit());
    is_identifier(text) && (!numeric || is_number(text))
}

pub fn version_is_the_packages(manifest: &Manifest) -> Verdict {
    let ours = concat!("v", env!("CARGO_PKG_VERSION"));
    let version = &manifest.spec.version;
    hold(version == ours, || {
        format!("{version} is not {ours} of Cargo.toml")
    })
}

pub fn short_description(manifest: &Manifest) -> Verdict {
    let text = &manifest.spec.short_description;
    hold(!text.is_empty(), || "it is empty".to_owned())?;
    hold(!text.contains(['\r', '\n']), || {
        "it has more than one line".to_owned()
    })?;
    hold(text.len() <= 50, || {
        format!("it has {} characters, 50 are the most", text.len())
    })?;
    let lower = text.to_lowercase();
    let filler = ["kubectl", "plugin"]
        .into_iter()
        .find(|word| lower.contains(word));
    hold(filler.is_none(), || {
        format!("`{filler:?}` says nothing new")
    })
}

pub fn homepage(manifest: &Manifest) -> Verdict {
    let homepage = &manifest.spec.homepage;
    hold(homepage.starts_with("https://"), || {
        format!("{homepage} is no https address")
    })
}

/// Lines may be longer when they are one word, as an address is.
pub fn lines_are_wrapped(manifest: &Manifest) -> Verdict {
    let fits = |line: &str| line.len() <= 80 || !line.trim().contains(' ');
    let texts = [&manifest.spec.description, &manifest.spec.caveats];
    let mut lines = texts.into_iter().flat_map(|text| text.lines());
    let long = lines.find(|line| !fits(line));
    hold(long.is_none(), || {
        format!("longer than 80 characters: {long:?}")
    })
}

/// Reviewers of the index turn down a description that repeats the help.
pub fn description_explains(manifest: &Manifest) -> Verdict {
    let text = &manifest.spec.description;
    hold(!text.trim().is_empty(), || "it is empty".to_owned())?;
    let dump = ["--", "kubectl nodemaint", "Usage", "$ "]
        .into_iter()
        .find(|s| text.contains(s));
    hold(dump.is_none(), || format!("`{dump:?}` belongs in the help"))
}

pub fn archives(manifest: &Manifest) -> Verdict {
    hold(!manifest.spec.platforms.is_empty(), || {
        "there is no platform".to_owned()
    })?;
    each_platform(manifest, |platform| {
        let uri = &platform.uri;
        hold(uri.starts_with("https://"), || "not https".to_owned())?;
        let known = uri.ends_with(".tar.gz") || uri.ends_with(".zip");
        hold(known, || "krew unpacks .tar.gz and .zip alone".to_owned())
    })
}

/// A release that forgets one address would install the version before.
pub fn addresses_carry_the_version(manifest: &Manifest) -> Verdict {
    let version = &manifest.spec.version;
    each_platform(manifest, |platform| {
        let folder = platform.uri.contains(&format!("/download/{version}/"));
        let file = platform.uri.contains(&format!("-{version}-"));
        hold(folder && file, || {
            format!("the address does not name {version} twice")
        })
    })
}

/// Two entries with one archive would install one of them on the wrong machine.
pub fn addresses_differ(manifest: &Manifest) -> Verdict {
    let platforms = &manifest.spec.platforms;
    let twice = |p: &&Platform| platforms.iter().filter(|other| other.uri == p.uri).count() > 1;
    let found = platforms.iter().find(twice);
    hold(found.is_none(), || {
        format!("named twice: {:?}", found.map(|p| &p.uri))
    })
}

/// The archive is built for the pair its selector names; on Linux it is linked with musl, so
/// that it runs on any distribution.
pub fn addresses_fit_the_platform(manifest: &Manifest) -> Verdict {
    each_platform(manifest, |platform| {
        platform.pairs().try_for_each(|pair| {
            let target = rust_target(pair);
            let fits = target
                .as_ref()
                .is_some_and(|target| platform.uri.contains(target));
            hold(fits, || format!("{pair:?} needs the build for {target:?}"))
        })
    })
}

fn rust_target((os, arch): Pair) -> Option<String> {
    let cpu = match arch {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        _ => return None,
    };
    let system = match os {
        "linux" => "unknown-linux-musl",
        "darwin" => "apple-darwin",
        _ => "pc-windows-msvc",
    };
    Some(format!("{cpu}-{system}"))
}

pub fn sums(manifest: &Manifest) -> Verdict {
    each_platform(manifest, |platform| {
        let sum = &platform.sha256;
        let hex = sum.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        hold(sum.len() == 64 && hex, || {
            format!("{sum} is not 64 lowercase hexadecimal digits")
        })
    })
}

pub fn binaries(manifest: &Manifest) -> Verdict {
    each_platform(manifest, |platform| {
        let bin = &platform.bin;
        hold(!bin.is_empty(), || "`bin` is empty".to_owned())?;
        let inside = !bin.starts_with('/') && !bin.split(['/', '\\']).any(|part| part == "..");
        hold(inside, || format!("{bin} leads out of the archive"))?;
        let windows = platform.pairs().any(|(os, _)| os == "windows");
        hold(bin.ends_with(".exe") == windows, || {
            format!("{bin}: .exe is for Windows, and all of it")
        })
    })
}

pub fn selectors(manifest: &Manifest) -> Verdict {
    each_platform(manifest, |platform| {
        let selector = platform.selector.as_ref().ok_or("there is no selector")?;
        let empty = selector.match_labels.is_none() && selector.match_expressions.is_none();
        hold(!empty && !has_empty_part(selector), || {
            "the selector is empty".to_owned()
        })?;
        let strange = selector.keys().find(|key| !["os", "arch"].contains(key));
        hold(strange.is_none(), || {
            format!("{strange:?} is neither os nor arch")
        })
    })
}

fn has_empty_part(selector: &Selector) -> bool {
    let labels = selector
        .match_labels
        .as_ref()
        .is_some_and(|labels| labels.is_empty());
    labels
        || selector
            .match_expressions
            .as_ref()
            .is_some_and(Vec::is_empty)
}

pub fn platforms_are_known(manifest: &Manifest) -> Verdict {
    each_platform(manifest, |platform| {
        hold(platform.pairs().next().is_some(), || {
            "no machine krew knows matches it".to_owned()
        })
    })
}

pub fn platforms_are_distinct(manifest: &Manifest) -> Verdict {
    let serving = |pair| {
        manifest
            .spec
            .platforms
            .iter()
            .filter(move |p| p.serves(pair))
            .count()
    };
    let twice = PAIRS.into_iter().find(|pair| serving(*pair) > 1);
    hold(twice.is_none(), || {
        format!("{twice:?} matches more than one entry")
    })
}

pub fn platforms_are_ours(manifest: &Manifest) -> Verdict {
    let served = |pair| {
        manifest
            .spec
            .platforms
            .iter()
            .any(|platform| platform.serves(pair))
    };
    let wrong = PAIRS
        .into_iter()
        .find(|pair| served(*pair) != OURS.contains(pair));
    hold(wrong.is_none(), || {
        format!("{wrong:?} is served without a build, or built and not served")
    })
}

pub fn files(manifest: &Manifest) -> Verdict {
    each_platform(manifest, |platform| {
        let files = platform.files.as_deref();
        hold(files != Some(&[]), || {
            "`files` is there and empty".to_owned()
        })?;
        let mut operations = files.into_iter().flatten();
        let complete = operations.all(|file| !file.from.is_empty() && !file.to.is_empty());
        hold(complete, || "`from` and `to` must both be set".to_owned())
    })
}

/// Without `files`, krew installs all of the archive, LICENSE with it.
pub fn licence(manifest: &Manifest) -> Verdict {
    each_platform(manifest, |platform| {
        let Some(files) = &platform.files else {
            return Ok(());
        };
        let named = |path: &str| is_licence(path.rsplit('/').next().unwrap_or(path));
        let shipped = files
            .iter()
            .any(|file| named(&file.from) || named(&file.to));
        hold(shipped, || "no licence is among `files`".to_owned())
    })
}

pub fn is_licence(file_name: &str) -> bool {
    LICENCES.contains(&file_name.to_lowercase().as_str())
}
