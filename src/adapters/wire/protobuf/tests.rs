//! Bytes become what their JSON would; what is cut or twisted is refused. That whole objects mean the same in both formats is
//! shown where Kubernetes' own encoder is at hand, in the comparison with the scheduler.

use std::collections::BTreeMap;

use prost::encoding::{WireType, encode_key, encode_varint};
use serde_json::{Value, json};

use super::*;
use crate::adapters::wire;
use crate::domain::pod::Pod;

/// A field with a length.
pub(super) fn bytes(number: u32, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_key(number, WireType::LengthDelimited, &mut out);
    encode_varint(content.len() as u64, &mut out);
    out.extend_from_slice(content);
    out
}

pub(super) fn number(field: u32, value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    encode_key(field, WireType::Varint, &mut out);
    encode_varint(value.cast_unsigned(), &mut out);
    out
}

pub(super) fn entry(field: u32, key: &str, value: &[u8]) -> Vec<u8> {
    bytes(field, &[bytes(1, key.as_bytes()), bytes(2, value)].concat())
}

fn body(kind: &str, object: &[u8]) -> Vec<u8> {
    let meta = [bytes(1, b"v1"), bytes(2, kind.as_bytes())].concat();
    let envelope = [
        bytes(1, &meta),
        bytes(2, object),
        bytes(3, b""),
        bytes(4, b""),
    ];
    [MAGIC.to_vec(), envelope.concat()].concat()
}

fn pod() -> Vec<u8> {
    let meta = [
        bytes(1, b"web-1"),
        bytes(3, b"shop"),
        bytes(8, &number(1, 1_767_225_600)),
        bytes(9, b""),
        entry(11, "app", b"web"),
        entry(11, "empty", b""),
        bytes(99, b"of a later version"),
    ];
    let memory = bytes(1, b"1Gi");
    let volume =
        |name: &[u8], source: &[u8]| bytes(1, &[bytes(1, name), bytes(2, source)].concat());
    let spec = [
        volume(
            b"e",
            &bytes(2, &[bytes(1, b"Memory"), bytes(2, &memory)].concat()),
        ),
        volume(b"h", &bytes(1, &bytes(1, b"/var"))),
        number(4, 0),
        bytes(10, b"n1"),
        number(25, -5),
        number(90, 7),
    ];
    [
        bytes(1, &meta.concat()),
        bytes(2, &spec.concat()),
        bytes(3, &bytes(1, b"Running")),
    ]
    .concat()
}

fn value(message: &'static Message, bytes: &[u8]) -> Value {
    decode(message, bytes).unwrap()
}

#[test]
fn an_object_reads_as_its_json_would() {
    let expected = json!({
        "metadata": {"name": "web-1", "namespace": "shop", "creationTimestamp": "2026-01-01T00:00:00Z", "labels": {"app": "web", "empty": ""}},
        "spec": {"volumes": [{"name": "e", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}, {"name": "h", "hostPath": {"path": "/var"}}],
            "terminationGracePeriodSeconds": 0, "nodeName": "n1", "priority": -5},
        "status": {"phase": "Running"}});
    assert_eq!(value(&schema::POD, &pod()), expected);
    let pod = Pod::try_from(decode::<wire::Pod>(&schema::POD, &pod()).unwrap()).unwrap();
    assert_eq!((pod.grace_seconds, pod.priority), (Some(0), -5));
    assert_eq!(pod.deletion, None, "an empty time is none");
}

#[test]
fn a_pointer_to_zero_is_there_and_a_written_zero_is_not() {
    let spec = [number(1, 0), bytes(2, b"")].concat();
    assert_eq!(
        value(&schema::REPLICATED_SPEC, &spec),
        json!({"replicas": 0, "selector": {}})
    );
    let status = [bytes(1, b""), number(4, 0), number(9, 0)].concat();
    assert_eq!(
        value(&schema::CONTAINER_STATUS, &status),
        json!({"started": false})
    );
}

#[test]
fn lists_and_maps_that_nobody_reads_are_passed_over_whole() {
    let managed = bytes(17, &bytes(1, b"kubelet"));
    let labels = [entry(11, "a", b"b"), entry(11, "c", b"d")].concat();
    let meta = [bytes(1, b"web-1"), labels, managed.clone(), managed].concat();
    let pod: wire::Pod = decode(&schema::POD, &bytes(1, &meta)).unwrap();
    assert_eq!(pod.metadata.labels.len(), 2);
    let _: serde::de::IgnoredAny = decode(&schema::POD, &bytes(1, &meta)).unwrap();
}

#[test]
fn json_within_is_read_on() {
    let fields = bytes(1, br#"{"f:spec": {"f:taints": {}}}"#);
    let entry = [bytes(1, b"kubelet"), bytes(7, &fields)].concat();
    assert_eq!(
        value(&schema::MANAGED_FIELDS, &entry),
        json!({"manager": "kubelet", "fieldsV1": {"f:spec": {"f:taints": {}}}})
    );
}

#[test]
fn a_page_tells_its_version_its_token_and_its_objects() {
    let meta = [bytes(2, b"7"), bytes(3, b"token"), number(4, 12)].concat();
    let list = [bytes(1, &meta), bytes(2, &pod()), bytes(2, &pod())].concat();
    let body = body("PodList", &list);
    assert!(is_protobuf(&body));
    let page = page(&body).unwrap();
    assert_eq!(page.items.len(), 2);
    assert_eq!(
        (
            page.metadata.resource_version.as_str(),
            page.metadata.continue_token.as_str()
        ),
        ("7", "token")
    );
    assert_eq!(page.metadata.remaining_item_count, Some(12));
}

#[test]
fn a_refusal_is_a_status_and_nothing_else_is() {
    let details = [
        bytes(1, b"p"),
        bytes(3, b"pods"),
        bytes(4, &bytes(1, b"cause")),
        number(5, 10),
    ]
    .concat();
    let object = [
        bytes(3, b"no"),
        bytes(4, b"Forbidden"),
        bytes(5, &details),
        number(6, 403),
    ]
    .concat();
    let refused = status(&body("Status", &object)).unwrap();
    assert_eq!(
        (
            refused.kind.as_str(),
            refused.code,
            refused.message.as_str()
        ),
        ("Status", 403, "no")
    );
    assert_eq!(
        (
            refused.details.retry_after_seconds,
            refused.details.causes.len()
        ),
        (10, 1)
    );
    assert!(status(&body("Pod", &pod())).is_none());
    assert!(status(b"overloaded").is_none());
}

#[test]
fn what_is_cut_or_twisted_is_refused_and_never_a_panic() {
    let whole = pod();
    for end in 0..whole.len() {
        let _ = decode::<wire::Pod>(&schema::POD, &whole[..end]);
        let _ = page(&body("PodList", &bytes(2, &whole))[..end]);
    }
    assert!(decode::<wire::Pod>(&schema::POD, &whole[..whole.len() - 1]).is_err());
    let twisted = bytes(1, &number(1, 5));
    let error = decode::<wire::Pod>(&schema::POD, &twisted).unwrap_err();
    assert_eq!(
        error.to_string(),
        "name is written as a Varint, which it never is"
    );
    assert!(page(b"{}").is_err());
}

#[test]
fn every_number_stands_for_one_field() {
    let mut messages = vec![
        &schema::POD,
        &schema::NODE,
        &schema::REPLICATED,
        &schema::CLAIM,
        &schema::VOLUME,
        &schema::SERVICE,
    ];
    let mut seen = 0;
    while let Some(message) = messages.pop() {
        let mut numbers = BTreeMap::new();
        for field in message.fields {
            assert!(
                numbers.insert(field.number, field.name).is_none(),
                "{}",
                field.name
            );
            let found = message.field(field.number).map(|found| found.name);
            assert_eq!(found, Some(field.name));
            if let Shape::One(inner) | Shape::Many(inner) | Shape::Inline(inner) = field.shape {
                messages.push(inner);
            }
            seen += 1;
        }
        for number in (0..200).filter(|number| !numbers.contains_key(number)) {
            assert!(message.field(number).is_none(), "{number}");
        }
    }
    assert!(seen > 150, "{seen}");
}
