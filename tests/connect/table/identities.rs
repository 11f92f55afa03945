//! Who the server thinks we are: answered by the real control plane.

use controlplane::{pki, shared};
use serde_json::{Value, json};

use super::super::sides::{Probe, Situation, read, simple_config};
use super::{Row, base64, check, world};

/// The real server, with its authority inline.
fn real() -> Value {
    let description = shared().description();
    json!({"server": description.server, "certificate-authority-data": base64(&read(&description.ca))})
}

fn who(user: &Value) -> Situation {
    Situation::new(Probe::WhoAmI).config(&simple_config(&real(), user))
}

fn token(name: &str) -> Value {
    json!({"token": shared().token(name)})
}

#[test]
fn connect_table_identities() {
    let signer = &shared().description().client_ca_key;
    let pki::Pair { certificate, key } = pki::client(signer, "jane", &["testers"]).unwrap();
    let inline =
        json!({"client-certificate-data": base64(&certificate), "client-key-data": base64(&key)});
    let with_flags = |args: &[&str]| {
        let args: Vec<String> = args
            .iter()
            .map(|arg| arg.replace("TOKEN", shared().token("viewer")))
            .collect();
        who(&token("admin")).args(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    check(vec![
        Row::new("a token", "\"viewer\"", who(&token("viewer"))),
        Row::new(
            "a token from the flag",
            "\"viewer\"",
            with_flags(&["--token", "TOKEN"]),
        ),
        Row::new("a token in a file beside the kubeconfig", "\"viewer\"", {
            who(&json!({"tokenFile": "secret/token"}))
                .file("secret/token", format!("{}\n", shared().token("viewer")))
        }),
        Row::new("a token and a token file: the file wins", "\"viewer\"", {
            who(&json!({"token": "wrong", "tokenFile": "token"}))
                .file("token", shared().token("viewer"))
        }),
        Row::new("a token from the flag over a file's", "\"admin\"", {
            who(&json!({"tokenFile": "token"}))
                .file("token", shared().token("admin"))
                .args(&["--token", shared().token("viewer")])
        })
        .but_ours_says(
            "\"viewer\"",
            "kubectl takes the file's token; one that is typed is meant",
        ),
        Row::new("a client certificate", "\"jane\"", who(&inline)),
        Row::new(
            "a client certificate in files beside the kubeconfig",
            "\"testers\"",
            {
                who(&json!({"client-certificate": "pki/me.crt", "client-key": "./pki/me.key"}))
                    .file("pki/me.crt", &certificate)
                    .file("pki/me.key", &key)
            },
        ),
        Row::new(
            "a client certificate from the flags, in place of the file's",
            "\"jane\"",
            {
                who(&json!({"client-certificate-data": base64("x"), "client-key-data": base64("y")}))
                .file("me.crt", &certificate)
                .file("me.key", &key)
                .args(&["--client-certificate", "{}/me.crt", "--client-key={}/me.key"])
            },
        ),
        Row::new("a certificate and a token", "\"username\"", {
            let mut both = inline.clone();
            both["token"] = json!(shared().token("viewer"));
            who(&both)
        }),
        Row::new("acting as somebody", "\"ann\"", {
            with_flags(&[
                "--as",
                "ann",
                "--as-uid=7",
                "--as-group",
                "a",
                "--as-group",
                "b",
            ])
        }),
        Row::new("acting as somebody with extras", "example.com/scope", {
            with_flags(&[
                "--as=ann",
                "--as-user-extra",
                "example.com/scope=x",
                "--as-user-extra=example.com/scope=y=z",
            ])
        }),
        Row::new(
            "acting as somebody by the kubeconfig, the group by the flag",
            "\"flagged\"",
            {
                let user = json!({"token": shared().token("admin"), "as": "ann", "as-groups": ["filed"], "as-user-extra": {"k": ["v"]}});
                who(&user).args(&["--as-group", "flagged"])
            },
        ),
        Row::new(
            "acting as somebody without the right",
            "Error from server (Forbidden)",
            who(&token("viewer")).args(&["--as", "ann"]),
        ),
        Row::new(
            "a wrong token",
            "You must be logged in to the server",
            who(&json!({"token": "wrong"})),
        ),
        Row::new(
            "a password, which no server of today knows",
            "User \"system:anonymous\" cannot",
            who(&json!({"username": "ann", "password": "x"})),
        ),
        Row::new(
            "a password from the flags",
            "User \"system:anonymous\" cannot",
            who(&json!({})).args(&["--username=ann", "--password", "x"]),
        ),
        Row::new(
            "the server's refusal of a read",
            "is forbidden: User \"viewer\" cannot get resource \"nodes\"",
            {
                Situation {
                    probe: Probe::Get("/api/v1/nodes/n1"),
                    ..who(&token("viewer"))
                }
            },
        ),
        Row::new(
            "an object that is not there",
            "Error from server (NotFound)",
            {
                Situation {
                    probe: Probe::Get("/api/v1/nodes/no-such-node"),
                    ..who(&token("admin"))
                }
            },
        ),
        Row::new(
            "a path that is not there",
            "the server could not find the requested resource",
            {
                Situation {
                    probe: Probe::Get("/nonsense"),
                    ..who(&token("admin"))
                }
            },
        ),
        Row::new(
            "plain HTTP to a port that speaks TLS",
            "Error from server (BadRequest)",
            {
                let plain = shared().description().server.replace("https://", "http://");
                Situation {
                    probe: Probe::Get("/version"),
                    ..who(&token("admin")).args(&["--server", &plain])
                }
            },
        ),
        Row::new(
            "a certificate that the server's authority did not sign",
            "You must be logged in to the server",
            {
                let client = &world().client;
                who(
                    &json!({"client-certificate-data": base64(&client.certificate), "client-key-data": base64(&client.key)}),
                )
            },
        ),
    ]);
}
