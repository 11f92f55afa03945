//! How each request says who is asking, and what happens when the server no longer believes it.
//!
//! `kube` runs a credential plugin three times for one client and never again after a 401; each run costs about a
//! second, so here it runs once, and once more when the server refuses what it gave.

mod exec;
mod provider;
mod token_file;

use std::sync::Arc;

use base64::Engine as _;
use http::HeaderValue;
use secrecy::ExposeSecret as _;

use super::error::{ConnectError, TransportError};
use super::settings::{Auth, Identity};
use exec::ExecPlugin;
use provider::Provider;
use token_file::TokenFile;

/// What goes with one request.
#[derive(Clone, Default)]
pub(super) struct Credentials {
    /// The value of `Authorization`.
    pub header: Option<HeaderValue>,
    /// A client certificate from a plugin. The same `Arc` means the same connections may be used.
    pub identity: Option<Arc<Identity>>,
}

/// The source of credentials for all requests of a connection.
pub(super) enum Authenticator {
    Fixed(Credentials),
    TokenFile(TokenFile),
    Exec(Box<ExecPlugin>),
    Provider(Provider),
}

impl Authenticator {
    pub(super) fn new(auth: Auth) -> Result<Self, ConnectError> {
        let fixed = |header| {
            Ok(Self::Fixed(Credentials {
                header: Some(header),
                identity: None,
            }))
        };
        match auth {
            Auth::Anonymous => Ok(Self::Fixed(Credentials::default())),
            Auth::Token(token) => fixed(bearer(token.expose_secret()).ok_or_else(unsendable)?),
            Auth::Basic { username, password } => {
                let pair = format!("{username}:{}", password.expose_secret());
                let value = format!(
                    "Basic {}",
                    base64::engine::general_purpose::STANDARD.encode(pair)
                );
                fixed(sensitive(&value).ok_or_else(unsendable)?)
            }
            Auth::TokenFile(path) => TokenFile::open(path).map(Self::TokenFile),
            Auth::Exec(spec) => Ok(Self::Exec(Box::new(ExecPlugin::new(*spec)))),
            Auth::Provider(provider) => Provider::new(&provider).map(Self::Provider),
        }
    }

    /// Credentials for the next request; a plugin runs on the first one.
    pub(super) async fn credentials(&self) -> Result<Credentials, TransportError> {
        match self {
            Self::Fixed(credentials) => Ok(credentials.clone()),
            Self::TokenFile(file) => Ok(file.credentials()),
            Self::Exec(plugin) => plugin.credentials().await,
            Self::Provider(provider) => provider.credentials().await,
        }
    }

    /// Other credentials after a 401, or `None` where there are none to be had and the answer stands.
    pub(super) async fn renew(&self, refused: &Credentials) -> Option<Credentials> {
        match self {
            Self::Fixed(_) | Self::Provider(_) => None,
            Self::TokenFile(file) => file.renew(refused),
            Self::Exec(plugin) => plugin.renew(refused).await,
        }
    }

    /// Says that the server accepted the credentials, so that a later 401 is a new event.
    pub(super) fn accepted(&self) {
        if let Self::Exec(plugin) = self {
            plugin.accepted();
        }
    }
}

fn unsendable() -> ConnectError {
    ConnectError::header("Authorization")
}

/// A bearer token as a header, or `None` where it holds what no header may.
fn bearer(token: &str) -> Option<HeaderValue> {
    sensitive(&format!("Bearer {token}"))
}

fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}
