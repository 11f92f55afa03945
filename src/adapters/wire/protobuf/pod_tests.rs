//! Pods that are alike have one key, whatever is their own; pods that are not have two.

use super::super::tests::{bytes, entry, number};
use super::*;

/// What pods of one workload differ in, and what one of another workload would.
#[derive(Clone)]
struct Drawn {
    name: &'static str,
    node: &'static str,
    token: &'static str,
    started: i64,
    app: &'static str,
    image: &'static str,
    claim: &'static str,
    allocated: &'static str,
    condition: &'static str,
    more: Vec<u8>,
}

const DRAWN: Drawn = Drawn {
    name: "web-1",
    node: "n1",
    token: "kube-api-access-abcde",
    started: 1_767_225_600,
    app: "web",
    image: "example.com/web:1",
    claim: "data",
    allocated: "1",
    condition: "Ready",
    more: Vec::new(),
};

fn named(number: u32, name: &str) -> Vec<u8> {
    bytes(number, &bytes(1, name.as_bytes()))
}

impl Drawn {
    fn encoded(&self) -> Vec<u8> {
        let time = number(1, self.started);
        let meta = [
            bytes(1, self.name.as_bytes()),
            bytes(3, b"shop"),
            bytes(5, self.name.as_bytes()),
            number(7, self.started),
            bytes(8, &time),
            entry(11, "app", self.app.as_bytes()),
        ];
        let token = [bytes(1, self.token.as_bytes()), bytes(2, &bytes(26, b"x"))].concat();
        let claim = bytes(2, &named(10, self.claim));
        let claim = [bytes(1, b"data"), claim].concat();
        let mount = bytes(9, &bytes(1, self.token.as_bytes()));
        let variable = bytes(7, self.name.as_bytes());
        let container = [
            bytes(1, b"main"),
            bytes(2, self.image.as_bytes()),
            variable,
            mount,
        ];
        let spec = [
            bytes(1, &token),
            bytes(1, &claim),
            bytes(2, &container.concat()),
            number(4, 30),
            bytes(10, self.node.as_bytes()),
        ];
        let amount = entry(10, "cpu", &bytes(1, self.allocated.as_bytes()));
        let condition = [
            bytes(1, self.condition.as_bytes()),
            bytes(2, b"True"),
            bytes(4, &time),
        ];
        let state = bytes(2, &bytes(2, &bytes(1, &time)));
        let container = [bytes(1, b"main"), state, amount];
        let status = [
            bytes(1, b"Running"),
            bytes(2, &condition.concat()),
            bytes(7, &time),
            bytes(8, &container.concat()),
            self.more.clone(),
        ];
        let parts = [meta.concat(), spec.concat(), status.concat()];
        let parts = parts.iter().zip(1..);
        parts
            .flat_map(|(part, number)| bytes(number, part))
            .collect()
    }

    fn keys(&self) -> (Vec<u8>, Vec<u8>) {
        let mut keys = Keys::default();
        split(&self.encoded(), &mut keys).unwrap();
        (keys.family, keys.template)
    }
}

#[test]
fn what_is_a_pods_own_is_read_and_in_no_key() {
    let other = Drawn {
        name: "web-2",
        node: "n2",
        token: "kube-api-access-vwxyz",
        started: 1_767_229_200,
        ..DRAWN
    };
    assert_eq!(DRAWN.keys(), other.keys());
    let encoded = other.encoded();
    let own = split(&encoded, &mut Keys::default()).unwrap();
    assert_eq!((own.name, own.uid, own.node), ("web-2", "web-2", "n2"));
    assert_eq!((own.phase, own.nominated_node), ("Running", ""));
    let time = Timestamp::from_second(1_767_229_200).ok();
    assert_eq!((own.created, own.started, own.deleted), (time, time, None));
    assert_eq!(own.devices, Devices::None);
}

#[test]
fn what_a_rule_reads_makes_another_key() {
    let (family, template) = DRAWN.keys();
    let renamed = Drawn {
        app: "api",
        ..DRAWN
    };
    assert_ne!(renamed.keys().0, family);
    assert_eq!(renamed.keys().1, template);
    let others = [
        Drawn {
            image: "example.com/web:2",
            ..DRAWN
        },
        Drawn {
            claim: "other",
            ..DRAWN
        },
        Drawn {
            allocated: "2",
            ..DRAWN
        },
        Drawn {
            condition: "DisruptionTarget",
            ..DRAWN
        },
    ];
    for other in others {
        assert_eq!(other.keys().0, family);
        assert_ne!(other.keys().1, template, "{}", other.image);
    }
    let indifferent = Drawn {
        condition: "ContainersReady",
        ..DRAWN
    };
    assert_eq!(indifferent.keys().1, template);
}

#[test]
fn claims_for_devices_and_nominations_are_told() {
    let more = [bytes(11, b"n9"), named(15, "gpu")].concat();
    let encoded = Drawn { more, ..DRAWN }.encoded();
    let own = split(&encoded, &mut Keys::default()).unwrap();
    assert_eq!((own.nominated_node, own.devices), ("n9", Devices::Claimed));
}

#[test]
fn a_cut_pod_is_refused_or_shorter_and_never_a_panic() {
    let encoded = DRAWN.encoded();
    let mut refused = 0;
    for end in 0..encoded.len() {
        refused += u32::from(split(&encoded[..end], &mut Keys::default()).is_err());
    }
    assert!(refused > 100, "{refused}");
}
