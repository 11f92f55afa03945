//! The one built-in provider that is left: OpenID Connect.

use serde_json::{Value, json};

use super::sides::{Probe, Situation, kubectl, ours};
use super::table::world;

/// A token that says when it ends; nobody checks its signature before it is sent.
fn identity_token(ends: u64) -> String {
    use base64::Engine as _;
    let part =
        |value: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.c2ln",
        part(json!({"alg": "RS256"})),
        part(json!({"exp": ends}))
    )
}

#[test]
fn openid_connect_sends_the_identity_token() {
    let token = identity_token(4_000_000_000);
    let provider = json!({"name": "oidc", "config": {
        "id-token": token, "idp-issuer-url": "https://issuer.invalid", "client-id": "me", "refresh-token": "r"}});
    let situation = Situation::new(Probe::Get("/version"))
        .config(&world().config(&world().red, &json!({"auth-provider": provider})));
    let (theirs, mine) = (kubectl(&situation), ours(&situation));
    assert!(mine.out.contains(&format!("Bearer {token}")), "{mine:?}");
    assert_eq!(theirs, mine);
}
