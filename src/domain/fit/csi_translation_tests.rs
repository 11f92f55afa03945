//! What becomes of in-tree volumes, compared with what the library itself answers.

use super::super::testing::labels;
use super::*;

fn handle(source: InTreeSource<'_>, pairs: &[(&str, &str)]) -> Result<String, String> {
    match origin(source, &labels(pairs)) {
        VolumeOrigin::InTree { handle, .. } => Ok(handle),
        VolumeOrigin::Untranslatable { reason, .. } => Err(reason),
        other => panic!("{other:?}"),
    }
}

fn term(key: &str, values: &[&str]) -> NodeTerm {
    NodeTerm {
        expressions: vec![NodeRequirement {
            key: key.to_owned(),
            operator: "In".to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }],
        fields: Vec::new(),
    }
}

#[test]
fn ebs_volumes_lose_the_zone_of_their_address() {
    let handle = |id| handle(InTreeSource::AwsEbs { id }, &[]);
    assert_eq!(handle("aws://us-east-1a/vol-12"), Ok("vol-12".to_owned()));
    assert_eq!(handle("aws:///vol-12"), Ok("vol-12".to_owned()));
    assert_eq!(handle("whatever"), Ok("whatever".to_owned()));
    assert!(handle("aws://us-east-1a/12").is_err());
    assert!(handle("aws://vol-12").is_err());
}

#[test]
fn gce_disks_carry_their_zone_or_region() {
    let disk = InTreeSource::GcePd { name: "d" };
    let handle = |zones| handle(disk, &[(ZONE, zones)]);
    let unspecified = "projects/UNSPECIFIED/zones/UNSPECIFIED/disks/d".to_owned();
    assert_eq!(handle(""), Ok(unspecified.clone()));
    assert_eq!(
        handle("us-a1-b"),
        Ok("projects/UNSPECIFIED/zones/us-a1-b/disks/d".to_owned())
    );
    assert_eq!(
        handle("us-a1-b__us-a1-c"),
        Ok("projects/UNSPECIFIED/regions/us-a1/disks/d".to_owned())
    );
    assert!(handle("us-a1-b__us-a2-c").is_err());
    assert!(handle("b__c").is_err());
    let volume = VolumeSource::GcePersistentDisk {
        name: "d".to_owned(),
        partition: 0,
        access: super::super::object::pod::Access::ReadOnly,
    };
    assert_eq!(
        inline(&volume),
        Some((InTreePlugin::GcePd, Ok(unspecified)))
    );
}

#[test]
fn only_managed_azure_disks_have_a_driver() {
    let disk = |kind| InTreeSource::AzureDisk { uri: "/d", kind };
    assert_eq!(handle(disk(Some("MANAGED")), &[]), Ok("/d".to_owned()));
    assert_eq!(handle(disk(None), &[]), Ok("/d".to_owned()));
    assert!(handle(disk(Some("Shared")), &[]).is_err());
}

#[test]
fn provisioners_of_plugins_that_are_not_counted_count_nothing() {
    let ebs = Provisioner::InTree(InTreePlugin::AwsEbs);
    assert_eq!(provisioner("kubernetes.io/aws-ebs"), ebs);
    assert_eq!(
        provisioner("kubernetes.io/azure-file"),
        Provisioner::Uncounted
    );
    assert_eq!(provisioner(""), Provisioner::Uncounted);
    let none = "kubernetes.io/no-provisioner";
    assert_eq!(provisioner(none), Provisioner::Driver(none));
}

#[test]
fn a_zone_in_the_affinity_is_renamed_and_goes_before_the_label() {
    let written = [term(ZONE, &["a"])];
    let found = migrated_terms(
        InTreePlugin::AwsEbs,
        &labels(&[(ZONE, "b")]),
        Some(&written),
    );
    assert_eq!(
        found,
        Some(vec![term("topology.ebs.csi.aws.com/zone", &["a"])])
    );
}

#[test]
fn the_zones_of_the_label_are_added_where_the_affinity_has_none() {
    let zones = labels(&[(ZONE, "b__a")]);
    let found = migrated_terms(InTreePlugin::GcePd, &zones, None);
    assert_eq!(found, Some(vec![term("topology.gke.io/zone", &["a", "b"])]));
    assert_eq!(migrated_terms(InTreePlugin::AzureDisk, &zones, None), None);
    assert_eq!(
        migrated_terms(InTreePlugin::GcePd, &Labels::new(), None),
        None
    );
}

#[test]
fn a_beta_region_becomes_todays() {
    let mut written = term(BETA_ZONE, &["a"]);
    written
        .expressions
        .extend(term(BETA_REGION, &["r"]).expressions);
    let found = migrated_terms(InTreePlugin::Cinder, &Labels::new(), Some(&[written]));
    let keys = found
        .unwrap()
        .remove(0)
        .expressions
        .into_iter()
        .map(|one| one.key);
    assert_eq!(
        keys.collect::<Vec<_>>(),
        ["topology.cinder.csi.openstack.org/zone", REGION]
    );
}

/// What `TranslateInTreePVToCSI` of csi-translation-lib 0.37.2 was seen to answer: handles, or its error.
#[test]
fn handles_are_those_of_upstream() {
    let invalid = |id: &str| {
        Err(format!(
            "failed to translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume ({id})"
        ))
    };
    let volume = |id: &str| Ok(id.to_owned());
    let ebs = [
        ("aws:///vol-1/", volume("vol-1")),
        ("aws:///vol-1?x", volume("vol-1")),
        ("aws:///a/vol-1", invalid("aws:///a/vol-1")),
        ("aws://x", invalid("aws://x")),
    ];
    for (id, expected) in ebs {
        assert_eq!(handle(InTreeSource::AwsEbs { id }, &[]), expected);
    }
    let disk = |rest: &str| Ok(format!("projects/UNSPECIFIED/{rest}/disks/d"));
    let error = |what: &str| Err(format!("failed to get region from zones: {what}"));
    let wrong_form = "zone in unexpected format, expected: {locale}-{region}-{zone}, got: ";
    let gce = [
        (vec![(BETA_ZONE, "us-a1-b")], disk("zones/us-a1-b")),
        (
            vec![(ZONE, "us-a1-b"), (BETA_ZONE, "us-a1-c")],
            disk("zones/us-a1-c"),
        ),
        (
            vec![(ZONE, "us-a1-b__us-a2-c")],
            error("multiple or no regions gotten from zones, got: map[us-a1:{} us-a2:{}]"),
        ),
        (vec![(ZONE, "b__c")], error(&format!("{wrong_form}b"))),
        (vec![(ZONE, "__")], error(wrong_form)),
    ];
    for (labels, expected) in gce {
        assert_eq!(handle(InTreeSource::GcePd { name: "d" }, &labels), expected);
    }
}

/// As seen of the same: an affinity with an unrelated key, and an empty one, both get the zones of the label.
#[test]
fn zones_of_the_label_join_an_affinity_without_zones() {
    let zones = labels(&[(ZONE, "b__a")]);
    let key = "topology.cinder.csi.openstack.org/zone";
    let written = [term("x", &["y"])];
    let mut both = term("x", &["y"]);
    both.expressions.extend(term(key, &["a", "b"]).expressions);
    let translated = |terms| migrated_terms(InTreePlugin::Cinder, &zones, Some(terms));
    assert_eq!(translated(&written), Some(vec![both]));
    assert_eq!(translated(&[]), Some(vec![term(key, &["a", "b"])]));
}
