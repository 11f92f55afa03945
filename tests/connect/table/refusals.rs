//! Refusals of every kind: both programs print the same sentence, with the server's own reason in it.

use serde_json::{Value, json};

use super::super::servers::{Reply, Seen};
use super::super::sides::{Probe, Situation};
use super::{Row, check, world};

/// A refusal that is a `Status`.
fn status(code: u16, reason: &str, details: &Value) -> Reply {
    Reply::json(
        code,
        &json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "these are the words", "reason": reason, "code": code, "details": details,
        }),
    )
}

/// A refusal that is none.
fn page(code: u16, kind: &str, body: &str) -> Reply {
    Reply::Say {
        status: code,
        headers: vec![("content-type", kind.to_owned())],
        body: body.as_bytes().to_vec(),
    }
}

/// The details of an object that is refused for some fields.
fn invalid(fields: &[&str]) -> Value {
    let causes: Vec<Value> = fields
        .iter()
        .map(|field| json!({"reason": "FieldValueInvalid", "field": field, "message": "is wrong"}))
        .collect();
    json!({"kind": "Node", "name": "probed-node", "causes": causes})
}

/// Refuses as the token says: a code with a reason, or a code with a kind of page.
pub fn refuse(seen: &Seen) -> Reply {
    let bearer = seen.header("authorization");
    let words: Vec<&str> = bearer.trim_start_matches("Bearer ").split('.').collect();
    let code = words[0].parse().expect("a code");
    match words[1] {
        "text" => page(code, "text/plain", "plain words\n"),
        "html" => page(code, "text/html", "<html><body>sorry</body></html>"),
        "empty" => page(code, "application/json", ""),
        "one" => status(code, "Invalid", &invalid(&["spec.a"])),
        "two" => status(code, "Invalid", &invalid(&["spec.a", "spec.b", "spec.a"])),
        "none" => status(code, "", &Value::Null),
        reason => status(code, reason, &Value::Null),
    }
}

fn refused(name: &'static str, says: &'static str, token: &str) -> Row {
    let world = world();
    let config = world.config(&world.refusing, &json!({"token": token}));
    Row::new(name, says, Situation::new(Probe::Node).config(&config))
}

#[test]
fn connect_table_refusals() {
    let both = |name, says, token| {
        refused(name, says, token).but_ours_says(
            says,
            "the server's own words follow on a second line, kubectl keeps them to itself",
        )
    };
    check(vec![
        refused(
            "400 with its reason",
            "Error from server (BadRequest): these are the words",
            "400.BadRequest",
        ),
        refused(
            "a reason that only this server has",
            "Error from server (OnStrike): these are the words",
            "400.OnStrike",
        ),
        refused(
            "409",
            "Error from server (AlreadyExists): these are the words",
            "409.AlreadyExists",
        ),
        refused(
            "410",
            "Error from server (Gone): these are the words",
            "410.Gone",
        ),
        refused(
            "500 without a reason",
            "Error from server: these are the words",
            "500.none",
        ),
        refused(
            "503 with a reason",
            "Error from server (ServiceUnavailable): these are the words",
            "503.ServiceUnavailable",
        ),
        refused(
            "an object refused for a field",
            "The Node \"probed-node\" is invalid: spec.a: is wrong",
            "422.one",
        ),
        refused(
            "an object refused for two fields",
            "* spec.b: is wrong",
            "422.two",
        ),
        refused(
            "an object refused without a field",
            "The request is invalid: these are the words",
            "422.Invalid",
        ),
        refused(
            "an empty 400",
            "Error from server (BadRequest): the server rejected our request for an unknown reason",
            "400.empty",
        ),
        refused(
            "an empty 404",
            "Error from server (NotFound): the server could not find the requested resource",
            "404.empty",
        ),
        refused(
            "an empty 409",
            "Error from server (Conflict): the server reported a conflict",
            "409.empty",
        ),
        refused(
            "an empty 418",
            "Error from server: the server responded with the status code 418",
            "418.empty",
        ),
        refused(
            "an empty 500",
            "Error from server (InternalError): an error on the server (\"unknown\")",
            "500.empty",
        ),
        refused(
            "502 as text",
            "Error from server (InternalError): an error on the server (\"plain words\")",
            "502.text",
        ),
        refused(
            "503 as text",
            "Error from server (ServiceUnavailable): the server is currently unable",
            "503.text",
        ),
        refused(
            "504 as a page",
            "Error from server (Timeout): the server was unable to return a response",
            "504.html",
        ),
        refused(
            "403 as text",
            "Error from server (Forbidden): plain words",
            "403.text",
        ),
        refused(
            "401 as a page",
            "error: You must be logged in to the server (the server has asked for",
            "401.html",
        ),
        both(
            "400 as text",
            "Error from server (BadRequest): the server rejected our request for an unknown reason",
            "400.text",
        ),
        both(
            "429 as text",
            "Error from server (TooManyRequests): the server has received too many requests",
            "429.text",
        ),
        both(
            "405 as text",
            "Error from server (MethodNotAllowed): the server does not allow this method",
            "405.text",
        ),
    ]);
}
