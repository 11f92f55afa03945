//! Proxies: the cluster's own, the variables', and who is left out.

use serde_json::json;

use super::servers::{Proxy, ProxyRole};
use super::sides::{Outcome, Probe, Situation, kubectl, ours, simple_config};
use super::table::{nobody, world};

/// A server that only a proxy can find, because no resolver knows its name.
fn hidden(extra: &serde_json::Value) -> serde_json::Value {
    let world = world();
    let mut cluster = world.cluster(&world.red);
    cluster["server"] = json!("https://api.test:6443");
    for (key, value) in extra.as_object().unwrap() {
        cluster[key] = value.clone();
    }
    simple_config(&cluster, &json!({"token": "t"}))
}

fn get(config: &serde_json::Value) -> Situation {
    Situation::new(Probe::Node).config(config)
}

/// Both sides say the same, and ask the proxy for the same.
fn same(situation: &Situation, proxy: &Proxy) -> (Outcome, Vec<String>) {
    let theirs = kubectl(situation);
    let their_asked = proxy.take();
    let mine = ours(situation);
    let my_asked = proxy.take();
    assert_eq!((&theirs, &their_asked), (&mine, &my_asked));
    (mine, my_asked)
}

fn reaches(situation: &Situation, proxy: &Proxy, asked: &[&str]) {
    let (outcome, seen) = same(situation, proxy);
    assert!(outcome.err.contains("\"server\":\"red\""), "{outcome:?}");
    assert_eq!(seen, asked);
}

#[test]
fn connect_table_proxies_of_the_cluster() {
    let red = world().red.address;
    let pair = world().authority.server(&["127.0.0.1"]);
    let http = Proxy::start(ProxyRole::Http, red);
    let https = Proxy::start(ProxyRole::Https(pair), red);
    let socks = Proxy::start(ProxyRole::Socks, red);
    let login = Proxy::start(ProxyRole::SocksLogin("ann", "p@ss"), red);
    let by = |url: String| get(&hidden(&json!({"proxy-url": url})));
    reaches(
        &by(format!("http://{}", http.address)),
        &http,
        &["api.test:6443"],
    );
    reaches(
        &by(format!("http://ann:p%40ss@{}", http.address)),
        &http,
        &["api.test:6443 Basic YW5uOnBAc3M="],
    );
    reaches(
        &by(format!("https://{}", https.address)),
        &https,
        &["api.test:6443"],
    );
    reaches(
        &by(format!("socks5://{}", socks.address)),
        &socks,
        &["api.test:6443"],
    );
    reaches(
        &by(format!("socks5://ann:p%40ss@{}", login.address)),
        &login,
        &["api.test:6443 ann:p@ss"],
    );
    // By the flag, over the file's.
    let flagged = by(format!("http://{}", nobody()))
        .args(&["--proxy-url", &format!("http://{}", http.address)]);
    reaches(&flagged, &http, &["api.test:6443"]);
    // The cluster's own proxy wins over the variables, NO_PROXY included, and even for the machine itself.
    let stubborn = by(format!("http://{}", http.address))
        .var("NO_PROXY", "*")
        .var("HTTPS_PROXY", &format!("http://{}", nobody()));
    reaches(&stubborn, &http, &["api.test:6443"]);
    let local = get(&hidden(
        &json!({"server": world().red.url(), "proxy-url": format!("http://{}", http.address)}),
    ));
    reaches(&local, &http, &[&world().red.address.to_string()]);
}

#[test]
fn connect_table_proxies_of_the_environment() {
    let red = world().red.address;
    let http = Proxy::start(ProxyRole::Http, red);
    let socks = Proxy::start(ProxyRole::Socks, red);
    let (url, bare) = (format!("http://{}", http.address), http.address.to_string());
    let with = |vars: &[(&str, &str)]| {
        vars.iter()
            .fold(get(&hidden(&json!({}))), |situation, (name, value)| {
                situation.var(name, value)
            })
    };
    let used: &[&[(&str, &str)]] = &[
        &[("HTTPS_PROXY", &url)],
        &[("https_proxy", &url)],
        &[("HTTPS_PROXY", &bare)],
        &[("HTTPS_PROXY", ""), ("https_proxy", &url)],
        &[("HTTPS_PROXY", &url), ("https_proxy", "http://127.0.0.1:1")],
        &[("HTTPS_PROXY", &url), ("NO_PROXY", "")],
        &[
            ("HTTPS_PROXY", &url),
            ("NO_PROXY", "127.0.0.1,localhost,10.0.0.0/8"),
        ],
        &[("HTTPS_PROXY", &url), ("NO_PROXY", "api.test:443")],
        &[("HTTPS_PROXY", &url), ("NO_PROXY", "pi.test")],
        &[("HTTPS_PROXY", &url), ("NO_PROXY", ".api.test")],
        &[("HTTPS_PROXY", &url), ("no_proxy", "other,,")],
    ];
    for vars in used {
        let (outcome, asked) = same(&with(vars), &http);
        assert!(
            outcome.err.contains("\"server\":\"red\""),
            "{vars:?}: {outcome:?}"
        );
        assert_eq!(asked, ["api.test:6443"], "{vars:?}");
    }
    reaches(
        &with(&[("HTTPS_PROXY", &format!("socks5://{}", socks.address))]),
        &socks,
        &["api.test:6443"],
    );
    // Left out, so the name itself is looked up, which nobody can.
    let unused: &[&[(&str, &str)]] = &[
        &[("HTTP_PROXY", &url)],
        &[("ALL_PROXY", &url)],
        &[("HTTPS_PROXY", &url), ("NO_PROXY", "*")],
        &[("HTTPS_PROXY", &url), ("NO_PROXY", "api.test")],
        &[("HTTPS_PROXY", &url), ("NO_PROXY", "x, API.test:6443 ,y")],
        &[("HTTPS_PROXY", &url), ("NO_PROXY", "test")],
        &[("HTTPS_PROXY", &url), ("no_proxy", "*.test")],
    ];
    for vars in unused {
        let (theirs, mine) = (kubectl(&with(vars)), ours(&with(vars)));
        assert!(
            theirs.err.contains("no such host") && mine.err.contains("no such host"),
            "{vars:?}: {theirs:?} {mine:?}"
        );
        assert!(http.take().is_empty(), "{vars:?}");
    }
    // The machine itself is never proxied.
    let local = get(&hidden(&json!({"server": world().red.url()}))).var("HTTPS_PROXY", &url);
    reaches(&local, &http, &[]);
}

#[test]
fn connect_table_proxies_that_fail() {
    let red = world().red.address;
    let by = |url: String| get(&hidden(&json!({"proxy-url": url})));
    let denied = Proxy::start(
        ProxyRole::Refusing("407 Proxy Authentication Required"),
        red,
    );
    let down = Proxy::start(ProxyRole::Refusing("503 Service Unavailable"), red);
    let login = Proxy::start(ProxyRole::SocksLogin("ann", "right"), red);
    let rows = [
        (
            by(format!("http://{}", denied.address)),
            "Unable to connect to the server: Proxy Authentication Required",
        ),
        (
            by(format!("http://{}", down.address)),
            "Unable to connect to the server: Service Unavailable",
        ),
        (
            by(format!("socks5://ann:wrong@{}", login.address)),
            "username/password authentication failed",
        ),
        (
            by(format!("socks5://{}", nobody())),
            "The connection to the server api.test:6443 was refused",
        ),
        (
            by(format!("http://{}", nobody())),
            "The connection to the server api.test:6443 was refused",
        ),
        (
            by("http://no-such-proxy.invalid:3128".to_owned()),
            "proxyconnect tcp: dial tcp: lookup no-such-proxy.invalid",
        ),
        // A proxy that speaks plain HTTP where TLS is meant.
        (
            by(format!("https://{}", world().plain.address)),
            "Unable to connect to the server: proxyconnect tcp: ",
        ),
        // And one that is no proxy at all.
        (
            by(format!("http://{}", world().plain.address)),
            "Unable to connect to the server: ",
        ),
    ];
    for (situation, says) in rows {
        let (theirs, mine) = (kubectl(&situation), ours(&situation));
        assert!(
            theirs.err.contains(says) && mine.err.contains(says),
            "{says}: {theirs:?} {mine:?}"
        );
    }
}

#[test]
fn without_tls_the_proxy_gets_the_whole_address() {
    // Any HTTP server is such a proxy: it sees the request line.
    let proxy = &world().plain;
    let situation = get(&simple_config(
        &json!({"server": "http://api.test:8001/front"}),
        &json!({}),
    ))
    .var("HTTP_PROXY", &format!("http://ann:x@{}", proxy.address));
    let (theirs, mine) = (kubectl(&situation), ours(&situation));
    assert!(
        mine.err
            .contains("http://api.test:8001/front/api/v1/nodes/probed-node"),
        "{mine:?}"
    );
    assert_eq!(theirs, mine);
}
