//! Mistakes that are found before anything is sent, with kubectl's sentence for each.

use serde_json::{Value, json};

use super::super::sides::{Probe, Situation, simple_config};
use super::{Row, base64, check, world};

fn get() -> Situation {
    Situation::new(Probe::Node)
}

fn user(user: &Value) -> Situation {
    let world = world();
    get().config(&world.config(&world.red, user))
}

fn cluster(cluster: &Value) -> Situation {
    get().config(&simple_config(cluster, &json!({"token": "t"})))
}

#[test]
fn connect_table_mistakes() {
    let world = world();
    let fine = || user(&json!({"token": "t"}));
    let client = &world.client;
    let other = world.authority.client("other");
    check(vec![
        Row::new(
            "an absent kubeconfig by the flag",
            "no such file or directory",
            fine().args(&["--kubeconfig", "/nonexistent/x"]),
        ),
        Row::new(
            "an absent context",
            "context \"x\" does not exist",
            fine().args(&["--context", "x"]),
        ),
        Row::new(
            "an absent cluster",
            "cluster \"x\" does not exist",
            fine().args(&["--cluster", "x"]),
        ),
        Row::new(
            "an absent user",
            "auth info \"x\" does not exist",
            fine().args(&["--user", "x"]),
        ),
        Row::new(
            "all three absent",
            "auth info \"z\" does not exist",
            fine().args(&["--context=x", "--cluster=y", "--user=z"]),
        ),
        Row::new(
            "a current context that is not there",
            "context was not found for specified context: gone",
            get().config(&json!({"current-context": "gone"})),
        ),
        Row::new(
            "a folder in place of a file",
            "is a directory",
            get().file("d/x", "").args(&["--kubeconfig={}/d"]),
        ),
        Row::new(
            "broken YAML",
            "error loading config file",
            get()
                .file("config", "clusters: [")
                .args(&["--kubeconfig={}/config"]),
        )
        .but_ours_says(
            "error: error loading config file \"/",
            "the parser's own message follows",
        ),
        Row::new("half a file", "error loading config file", {
            let text = world.config(&world.red, &json!({"token": "t"})).to_string();
            get()
                .file("config", &text[..text.len() / 2])
                .args(&["--kubeconfig={}/config"])
        })
        .but_ours_says(
            "error: error loading config file \"/",
            "the parser's own message follows",
        ),
        Row::new(
            "another kind of document",
            "no kind \"Pod\" is registered for version \"v1\" in scheme",
            {
                get()
                    .file("config", "apiVersion: v1\nkind: Pod")
                    .args(&["--kubeconfig={}/config"])
            },
        )
        .but_ours_says(
            "no kind \"Pod\" is registered for version \"v1\" in scheme",
            "Go adds the place of its table in the source",
        ),
        Row::new("a name twice", "duplicate name \"a\" in list", {
            get().config(
                &json!({"contexts": [{"name": "a", "context": {}}, {"name": "a", "context": {}}]}),
            )
        })
        .but_ours_says(
            "duplicate name \"a\" in list",
            "Go prints the whole list, tokens included",
        ),
        Row::new(
            "a token and a password",
            "more than one authentication method found for main",
            user(&json!({"token": "t", "username": "u"})),
        ),
        Row::new(
            "groups without a user to act as",
            "without impersonating a user",
            fine().args(&["--as-group=a"]),
        ),
        Row::new(
            "a certificate without a key",
            "client-key-data or client-key must be specified for main",
            user(&json!({"client-certificate-data": base64(&client.certificate)})),
        ),
        Row::new(
            "a certificate that is not there, and no key",
            "* unable to read client-cert /nonexistent/c",
            fine().args(&["--client-certificate", "/nonexistent/c"]),
        ),
        Row::new(
            "certificate and key twice",
            "are both specified for main",
            {
                let data = base64(&client.certificate);
                user(&json!({"client-certificate-data": data, "client-certificate": "c", "client-key-data": base64(&client.key), "client-key": "k"}))
                .file("c", &client.certificate)
                .file("k", &client.key)
            },
        ),
        Row::new(
            "the key of another certificate",
            "tls: private key does not match public key",
            {
                user(
                    &json!({"client-certificate-data": base64(&client.certificate), "client-key-data": base64(&other.key)}),
                )
            },
        ),
        Row::new(
            "a certificate that is none",
            "tls: failed to find any PEM data in certificate input",
            {
                user(
                    &json!({"client-certificate-data": base64("x"), "client-key-data": base64(&client.key)}),
                )
            },
        ),
        Row::new(
            "a key that is none",
            "tls: failed to find any PEM data in key input",
            {
                user(
                    &json!({"client-certificate-data": base64(&client.certificate), "client-key-data": base64("x")}),
                )
            },
        ),
        Row::new(
            "an authority that is not there",
            "unable to read certificate-authority /nonexistent/ca for main",
            fine().args(&["--certificate-authority=/nonexistent/ca"]),
        ),
        Row::new(
            "an authority that is none",
            "unable to load root certificates: unable to parse bytes as PEM block",
            {
                cluster(
                    &json!({"server": world.red.url(), "certificate-authority-data": base64("x")}),
                )
            },
        ),
        Row::new(
            "an authority and no check",
            "specifying a root certificates file with the insecure flag is not allowed",
            {
                fine().file("ca.crt", world.authority.pem()).args(&[
                    "--insecure-skip-tls-verify",
                    "--certificate-authority={}/ca.crt",
                ])
            },
        ),
        Row::new(
            "an authority twice",
            "certificate-authority-data and certificate-authority are both specified for main",
            {
                let data = base64(&world.authority.pem());
                cluster(&json!({"server": world.red.url(), "certificate-authority": "ca.crt", "certificate-authority-data": data}))
                .file("ca.crt", world.authority.pem())
            },
        ),
        Row::new(
            "a token file that is not there",
            "no such file or directory",
            user(&json!({"tokenFile": "/nonexistent/t"})),
        ),
        Row::new(
            "an empty token file",
            "EOF",
            user(&json!({"tokenFile": "t"})).file("t", ""),
        )
        .but_ours_says(
            "error: read empty token from file \"/",
            "kubectl asks for a name instead and finds no terminal",
        ),
        Row::new(
            "a token with a line break",
            "invalid header field value for \"Authorization\"",
            user(&json!({"token": "a\nb"})),
        ),
        Row::new(
            "a timeout that is none",
            "Invalid timeout value",
            fine().args(&["--request-timeout=NaN"]),
        ),
        Row::new(
            "a server that is none",
            "host must be a URL or a host:port pair: \"a/b\"",
            fine().args(&["--server=a/b"]),
        ),
        Row::new(
            "a scheme that nobody speaks",
            "unsupported protocol scheme \"ftp\"",
            fine().args(&["--server=ftp://x"]),
        ),
        Row::new(
            "a proxy that nobody speaks",
            "unsupported scheme \"ftp\", must be http, https, or socks5",
            cluster(&json!({"server": world.red.url(), "proxy-url": "ftp://x"})),
        ),
        Row::new(
            "a provider that has been removed",
            "auth plugin has been removed",
            user(&json!({"auth-provider": {"name": "gcp", "config": {}}})),
        )
        .but_ours_says(
            "The gcp auth plugin has been removed.",
            "the link that follows is Go's",
        ),
        Row::new(
            "a provider that never was",
            "no Auth Provider found for name \"x\"",
            user(&json!({"auth-provider": {"name": "x", "config": {}}})),
        ),
    ]);
}
