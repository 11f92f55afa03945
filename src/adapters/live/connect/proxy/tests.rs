//! Go's documentation of `NO_PROXY` and the table of `httpproxy`'s behaviour, row by row.

use super::*;

fn server(text: &str) -> Server {
    Server::parse(text).unwrap()
}

#[test]
fn no_proxy_by_gos_rules() {
    // host, port, NO_PROXY, does the request go through the proxy?
    let rows = [
        ("api.example.com", "6443", "", true),
        ("api.example.com", "6443", "*", false),
        ("api.example.com", "6443", "other.com, *", false),
        ("localhost", "6443", "", false),
        ("LOCALHOST", "6443", "", true),
        ("127.0.0.1", "6443", "", false),
        ("127.8.9.1", "6443", "", false),
        ("::1", "6443", "", false),
        ("::ffff:127.0.0.1", "6443", "", false),
        ("example.com", "6443", "example.com", false),
        ("api.example.com", "6443", "example.com", false),
        ("notexample.com", "6443", "example.com", true),
        ("example.com", "6443", ".example.com", true),
        ("api.example.com", "6443", ".example.com", false),
        ("api.example.com", "6443", "*.example.com", false),
        ("example.com", "6443", "*.example.com", true),
        ("api.example.com", "6443", "*example.com", true),
        ("API.Example.COM", "6443", "EXAMPLE.com", false),
        ("example.com", "6443", "example.com:6443", false),
        ("example.com", "443", "example.com:6443", true),
        ("example.com", "6443", "a,,example.com,", false),
        ("example.com", "6443", ",", true),
        ("example.com", "6443", ":6443", true),
        ("example.com", "6443", " example.com ", false),
        ("10.1.2.3", "6443", "10.0.0.0/8", false),
        ("11.1.2.3", "6443", "10.0.0.0/8", true),
        ("10.1.2.3", "6443", "10.1.2.3", false),
        ("10.1.2.3", "6443", "10.1.2.3:6443", false),
        ("10.1.2.3", "443", "10.1.2.3:6443", true),
        ("10.1.2.33", "6443", "10.1.2.3", true),
        ("10.1.2.3", "6443", "10.1", true),
        ("10.1.2.3", "6443", ".3", true),
        ("10.1.2.3", "6443", "10.0.0.0/8:6443", true),
        ("fd00::1", "6443", "fd00::/8", false),
        ("fd00::1", "6443", "[fd00::1]:6443", false),
        ("fd00::1", "443", "[fd00::1]:6443", true),
        ("fd00::1", "443", "fd00::1", false),
        ("host.example", "6443", "10.0.0.0/8", true),
        ("svc", "443", "svc", false),
        ("svc.ns", "443", "svc", true),
    ];
    for (host, port, no_proxy, expected) in rows {
        assert_eq!(
            is_proxied(host, port, no_proxy),
            expected,
            "{host}:{port} with NO_PROXY={no_proxy:?}"
        );
    }
}

#[test]
fn each_scheme_has_its_own_variable() {
    let env = ConnectEnv {
        http_proxy: Some("plain:1".into()),
        https_proxy: Some("secure:2".into()),
        ..ConnectEnv::default()
    };
    assert_eq!(from_env(&server("https://a"), &env).unwrap().host, "secure");
    assert_eq!(from_env(&server("http://a"), &env).unwrap().host, "plain");
    let env = ConnectEnv {
        http_proxy: Some("plain:1".into()),
        ..ConnectEnv::default()
    };
    assert_eq!(
        from_env(&server("https://a"), &env),
        None,
        "HTTP_PROXY says nothing about HTTPS"
    );
}

#[test]
fn no_proxy_is_compared_with_the_server_and_its_default_port() {
    let env = |no_proxy: &str| ConnectEnv {
        https_proxy: Some("http://proxy.example.com:3128".into()),
        no_proxy: Some(no_proxy.into()),
        ..ConnectEnv::default()
    };
    assert!(from_env(&server("https://api:6443"), &env("proxy.example.com")).is_some());
    assert!(from_env(&server("https://api.test"), &env("api.test:443")).is_none());
    assert!(from_env(&server("https://[fd00::1]:6443"), &env("fd00::/8")).is_none());
}

#[test]
fn variables_are_urls_or_bare_hosts() {
    let read = |text: &str| {
        ProxyUrl::from_variable(text).map(|proxy| (proxy.kind, proxy.host, proxy.port))
    };
    assert_eq!(
        read("proxy:3128"),
        Some((ProxyKind::Http, "proxy".into(), 3128))
    );
    assert_eq!(read("proxy"), Some((ProxyKind::Http, "proxy".into(), 80)));
    assert_eq!(
        read("http://proxy/"),
        Some((ProxyKind::Http, "proxy".into(), 80))
    );
    assert_eq!(
        read("https://proxy"),
        Some((ProxyKind::Https, "proxy".into(), 443))
    );
    assert_eq!(
        read("socks5://[fd00::1]"),
        Some((ProxyKind::Socks5, "fd00::1".into(), 1080))
    );
    assert_eq!(
        read("socks5h://p:9"),
        Some((ProxyKind::Socks5, "p".into(), 9))
    );
    for broken in ["://", ":3128", "http://a:port", "http://a b"] {
        assert_eq!(read(broken), None, "{broken}");
    }
}

#[test]
fn credentials_are_decoded() {
    let proxy = ProxyUrl::parse("http://user:p%40ss%3A@proxy:1").unwrap();
    assert_eq!(proxy.credentials(), Some(("user", "p@ss:")));
    assert_eq!(proxy.basic_auth().unwrap(), "Basic dXNlcjpwQHNzOg==");
    assert_eq!(
        ProxyUrl::parse("http://proxy:1").unwrap().basic_auth(),
        None
    );
}

#[test]
fn a_kubeconfigs_url_needs_a_scheme_that_is_known() {
    assert_eq!(
        ProxyUrl::parse("ftp://x").unwrap_err(),
        r#"unsupported scheme "ftp", must be http, https, or socks5"#
    );
    assert_eq!(
        ProxyUrl::parse("proxy:3128").unwrap_err(),
        r#"unsupported scheme "", must be http, https, or socks5"#
    );
    assert_eq!(
        ProxyUrl::parse("http://a:x").unwrap_err(),
        "could not parse: http://a:x"
    );
}
