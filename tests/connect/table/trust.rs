//! Is it the right server, and does it let us in? TLS in all its ways to fail.

use serde_json::json;

use super::super::servers::{Server, echo, self_signed_authority};
use super::super::sides::{Probe, Situation, simple_config};
use super::{Row, base64, check, nobody, world};

fn get() -> Situation {
    Situation::new(Probe::Node)
}

#[test]
fn connect_table_trust() {
    let world = world();
    let other = super::Authority::new("somebody else");
    let own = self_signed_authority(&["127.0.0.1"]);
    let self_signed = Server::secure(&own, echo("self-signed"));
    let user = json!({"token": "t"});
    let on = |server: &Server| get().config(&world.config(server, &user));
    let trusting = |server: &Server, pem: &str| {
        get().config(&simple_config(
            &json!({"server": server.url(), "certificate-authority-data": base64(pem)}),
            &user,
        ))
    };
    let bare =
        |server: &Server| get().config(&simple_config(&json!({"server": server.url()}), &user));
    let refused = nobody();
    check(vec![
        Row::new("the right authority", "\"red\"", on(&world.red)),
        Row::new(
            "the wrong authority",
            "x509: certificate signed by unknown authority",
            trusting(&world.red, &other.pem()),
        ),
        Row::new(
            "two authorities, the second is right",
            "\"red\"",
            trusting(&world.red, &(other.pem() + &world.authority.pem())),
        ),
        Row::new(
            "no authority: the machine's own",
            "x509: certificate signed by unknown authority",
            bare(&world.red),
        ),
        Row::new(
            "an authority from the flag in place of the file's",
            "\"red\"",
            {
                trusting(&world.red, &other.pem())
                    .file("ca.crt", world.authority.pem())
                    .args(&["--certificate-authority", "{}/ca.crt"])
            },
        ),
        Row::new(
            "the server's own certificate as authority",
            "\"self-signed\"",
            trusting(&self_signed, &own.certificate),
        ),
        Row::new(
            "no check at all, by the flag",
            "\"red\"",
            trusting(&world.red, &other.pem()).args(&["--insecure-skip-tls-verify"]),
        ),
        Row::new("no check at all, by the file", "\"named\"", {
            get().config(&simple_config(
                &json!({"server": world.named.url(), "insecure-skip-tls-verify": true}),
                &user,
            ))
        }),
        Row::new(
            "the flag's authority ends the file's carelessness",
            "unknown authority",
            {
                get()
                    .config(&simple_config(
                        &json!({"server": world.red.url(), "insecure-skip-tls-verify": true}),
                        &user,
                    ))
                    .file("ca.crt", other.pem())
                    .args(&["--certificate-authority={}/ca.crt"])
            },
        ),
        Row::new(
            "another name than the certificate's",
            "because it doesn't contain any IP SANs",
            on(&world.named),
        ),
        Row::new(
            "the certificate's name by the flag",
            "\"named\"",
            on(&world.named).args(&["--tls-server-name=api.test"]),
        ),
        Row::new("the certificate's name by the file", "\"named\"", {
            let mut cluster = world.cluster(&world.named);
            cluster["tls-server-name"] = json!("api.test");
            get().config(&simple_config(&cluster, &user))
        }),
        Row::new(
            "a wrong name by the flag",
            "certificate is valid for api.test, not other.test",
            on(&world.named).args(&["--tls-server-name", "other.test"]),
        ),
        Row::new("another server drops the file's name", "\"red\"", {
            let mut cluster = world.cluster(&world.named);
            cluster["tls-server-name"] = json!("nonsense");
            get()
                .config(&simple_config(&cluster, &user))
                .args(&["--server", &world.red.url()])
        }),
        Row::new(
            "an address that the certificate does not have",
            "not 127.0.0.2",
            {
                let url = world.red.url().replace("127.0.0.1", "127.0.0.2");
                // Listens on 127.0.0.1 alone, so the tunnel of a proxy takes it there.
                let proxy = super::super::servers::Proxy::start(
                    super::super::servers::ProxyRole::Http,
                    world.red.address,
                );
                let mut cluster = world.cluster(&world.red);
                cluster["server"] = json!(url);
                cluster["proxy-url"] = json!(format!("http://{}", proxy.address));
                get().config(&simple_config(&cluster, &user))
            },
        ),
        Row::new(
            "an expired certificate",
            "x509: certificate has expired or is not yet valid",
            on(&world.expired),
        ),
        Row::new(
            "a server that wants a certificate and gets none",
            "remote error: tls: certificate required",
            on(&world.strict),
        )
        .but_ours_says(
            "remote error: tls: certificate required",
            "Go may meet the closed connection first",
        ),
        Row::new(
            "a server that wants a certificate and gets one",
            "\"strict\"",
            {
                let client = &world.client;
                get().config(&world.config(
                &world.strict,
                &json!({"client-certificate-data": base64(&client.certificate), "client-key-data": base64(&client.key)}),
            ))
            },
        ),
        Row::new(
            "a server that does not speak TLS",
            "http: server gave HTTP response to HTTPS client",
            {
                let url = world.plain.url().replace("http://", "https://");
                get().config(&simple_config(&json!({"server": url}), &user))
            },
        ),
        Row::new(
            "plain HTTP: no credentials go out",
            "\"authorization\":\"\"",
            bare(&world.plain),
        ),
        Row::new(
            "nobody listens",
            "was refused - did you specify the right host or port?",
            {
                get().config(&simple_config(
                    &json!({"server": format!("https://{refused}/front")}),
                    &user,
                ))
            },
        ),
        Row::new("a name that nobody knows", "no such host", {
            get().config(&simple_config(
                &json!({"server": "https://no-such-host.invalid:6443"}),
                &user,
            ))
        }),
    ]);
}
