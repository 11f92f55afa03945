//! kubectl's sentence about a refused request.
//!
//! People know these sentences and scripts search for them. Where a refusal is no `Status` (a proxy's page, a port that
//! speaks something else), client-go makes one up from the code; what it then leaves out follows on a line of its own.

use crate::adapters::wire::{Status, StatusCause, StatusDetails};

/// client-go's word for a body that is no text.
const UNKNOWN: &str = "unknown";

/// Returns the sentence with which kubectl ends after a refusal (`StandardErrorMessage` and `checkErr` in
/// `pkg/cmd/util/helpers.go`); `text` is the body where it is no `Status` but short.
pub(super) fn sentence(code: u16, status: Option<&Status>, text: &str) -> String {
    if let Some(status) = status {
        return of_status(status);
    }
    let said = of_status(&made_up(code, text));
    match own_words(code, text) {
        Some(words) if !said.contains(&words) => {
            format!("{said}\nthe server's own words: {words}")
        }
        _ => said,
    }
}

fn of_status(status: &Status) -> String {
    let message = &status.message;
    match status.reason.as_str() {
        "Unauthorized" => format!("error: You must be logged in to the server ({message})"),
        "Invalid" => invalid(status),
        "" => format!("Error from server: {message}"),
        reason => format!("Error from server ({reason}): {message}"),
    }
}

/// Says which object is refused and for which fields, each cause once.
fn invalid(status: &Status) -> String {
    let StatusDetails {
        name, kind, causes, ..
    } = &status.details;
    let head = if kind.is_empty() && name.is_empty() {
        "The request is invalid".to_owned()
    } else {
        format!("The {kind} {name:?} is invalid")
    };
    let mut lines: Vec<String> = Vec::new();
    for cause in causes {
        let line = format!("{}: {}", cause.field, cause.message);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    match lines.as_slice() {
        [] if kind.is_empty() && name.is_empty() && !status.message.is_empty() => {
            format!("{head}: {}", status.message)
        }
        [] => head,
        [one] => format!("{head}: {one}"),
        several => format!("{head}: \n* {}", several.join("\n* ")),
    }
}

/// Returns the message of a refusal that is no `Status`: the server's own words, or else client-go's.
pub(super) fn message(code: u16, text: &str) -> String {
    own_words(code, text).unwrap_or_else(|| match made_up(code, text).message {
        // kubectl says no more than that; the code is at least something.
        message if message == UNKNOWN => code_alone(code),
        message => message,
    })
}

fn code_alone(code: u16) -> String {
    format!("the server responded with the status code {code} but did not return more information")
}

/// Returns the server's own words, where it has some that are fit to be shown and client-go leaves them out.
fn own_words(code: u16, text: &str) -> Option<String> {
    let is_plain = !text.is_empty() && !text.starts_with(['<', '{']);
    (is_plain && !(500..=599).contains(&code)).then(|| text.to_owned())
}

/// Makes a `Status` up for an answer without one, as client-go does (`errors.NewGenericServerResponse`).
pub(super) fn made_up(code: u16, text: &str) -> Status {
    let text = text.trim();
    let said = if text.is_empty() || text.starts_with(['<', '{']) {
        UNKNOWN
    } else {
        text
    };
    let (reason, message) = match code {
        400 => (
            "BadRequest",
            "the server rejected our request for an unknown reason",
        ),
        401 => (
            "Unauthorized",
            "the server has asked for the client to provide credentials",
        ),
        403 => ("Forbidden", said),
        404 => (
            "NotFound",
            "the server could not find the requested resource",
        ),
        405 => (
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        ),
        406 if said == UNKNOWN => (
            "NotAcceptable",
            "the server was unable to respond with a content type that the client supports",
        ),
        406 => ("NotAcceptable", said),
        409 => ("Conflict", "the server reported a conflict"),
        415 => ("UnsupportedMediaType", said),
        422 => (
            "Invalid",
            "the server rejected our request due to an error in our request",
        ),
        429 => (
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later",
        ),
        503 => (
            "ServiceUnavailable",
            "the server is currently unable to handle the request",
        ),
        504 => (
            "Timeout",
            "the server was unable to return a response in the time allotted, but may still be processing the request",
        ),
        500.. => return unexpected(code, "InternalError", &server_fault(said), said),
        _ => return unexpected(code, "", &code_alone(code), said),
    };
    unexpected(code, reason, message, said)
}

fn unexpected(code: u16, reason: &str, message: &str, said: &str) -> Status {
    Status {
        kind: "Status".to_owned(),
        code,
        reason: reason.to_owned(),
        message: message.to_owned(),
        details: StatusDetails {
            causes: vec![StatusCause {
                reason: "UnexpectedServerResponse".to_owned(),
                message: said.to_owned(),
                field: String::new(),
            }],
            ..StatusDetails::default()
        },
    }
}

fn server_fault(said: &str) -> String {
    format!("an error on the server ({said:?}) has prevented the request from succeeding")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(code: u16, body: &Value) -> String {
        let status = serde_json::from_value(body.clone()).unwrap();
        sentence(code, Some(&status), "")
    }

    #[test]
    fn the_servers_reason_stands_in_brackets() {
        for (reason, expected) in [
            ("NotFound", "Error from server (NotFound): words"),
            ("BadRequest", "Error from server (BadRequest): words"),
            ("AlreadyExists", "Error from server (AlreadyExists): words"),
            ("", "Error from server: words"),
            (
                "Unauthorized",
                "error: You must be logged in to the server (words)",
            ),
        ] {
            let body = json!({"kind": "Status", "reason": reason, "message": "words"});
            assert_eq!(said(400, &body), expected);
        }
    }

    #[test]
    fn a_refused_object_is_named_with_each_cause_once() {
        let cause = |field: &str, message: &str| json!({"field": field, "message": message});
        let body = |details: Value| json!({"kind": "Status", "reason": "Invalid", "message": "long", "details": details});
        for (details, expected) in [
            (
                json!({"kind": "Node", "name": "n1", "causes": [cause("a", "one"), cause("b", "two"), cause("a", "one")]}),
                "The Node \"n1\" is invalid: \n* a: one\n* b: two",
            ),
            (
                json!({"kind": "nodes", "name": "n1", "causes": [cause("", "not on a Friday")]}),
                "The nodes \"n1\" is invalid: : not on a Friday",
            ),
            (
                json!({"kind": "Node", "name": "n1"}),
                "The Node \"n1\" is invalid",
            ),
            (json!({}), "The request is invalid: long"),
            (Value::Null, "The request is invalid: long"),
        ] {
            assert_eq!(said(422, &body(details)), expected);
        }
    }

    #[test]
    fn a_refusal_that_is_no_status_gets_client_gos_words_and_then_its_own() {
        for (code, text, expected) in [
            (
                400,
                "",
                "Error from server (BadRequest): the server rejected our request for an unknown reason",
            ),
            (
                400,
                "Client sent an HTTP request to an HTTPS server.",
                "Error from server (BadRequest): the server rejected our request for an unknown reason\n\
                 the server's own words: Client sent an HTTP request to an HTTPS server.",
            ),
            (
                401,
                "<html>",
                "error: You must be logged in to the server (the server has asked for the client to provide credentials)",
            ),
            (403, "not you", "Error from server (Forbidden): not you"),
            (403, "<html>", "Error from server (Forbidden): unknown"),
            (
                418,
                "",
                "Error from server: the server responded with the status code 418 but did not return more information",
            ),
            (422, "", "The request is invalid: : unknown"),
            (
                502,
                "bad gateway",
                "Error from server (InternalError): an error on the server (\"bad gateway\") has prevented the request \
                 from succeeding",
            ),
            (
                503,
                "draining",
                "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
            ),
        ] {
            assert_eq!(sentence(code, None, text), expected);
        }
    }
}
