//! OpenID Connect as a built-in provider: the one that client-go still has.
//!
//! `kube` implements it, refresh included, as a layer around requests; here the layer is put around nothing and asked
//! for the header it would add.

use http::{Request, Response};
use kube::client::ConfigExt as _;
use kube::config::{AuthInfo, AuthProviderConfig};
use tower::{BoxError, Layer as _, Service, ServiceExt as _, util::BoxCloneSyncService};

use super::Credentials;
use crate::adapters::live::connect::error::{ConnectError, TransportError};
use crate::adapters::live::connect::kubeconfig::AuthProvider;

/// Answers a request with the headers that the request had when it arrived.
type Echo = BoxCloneSyncService<Request<kube::client::Body>, Response<()>, BoxError>;

/// Hands out the provider's current token.
pub(crate) struct Provider(Echo);

impl Provider {
    pub(crate) fn new(provider: &AuthProvider) -> Result<Self, ConnectError> {
        let mut config = kube::Config::new(http::Uri::from_static("https://localhost"));
        config.auth_info = AuthInfo {
            auth_provider: Some(AuthProviderConfig {
                name: provider.name.clone(),
                config: provider.config.clone().into_iter().collect(),
                other: std::collections::BTreeMap::default(),
            }),
            ..AuthInfo::default()
        };
        let unusable = |reason: String| {
            ConnectError::Other(format!("{} auth provider: {reason}", provider.name))
        };
        let layer = config
            .auth_layer()
            .map_err(|error| unusable(error.to_string()))?;
        let layer = layer.ok_or_else(|| unusable("no token".to_owned()))?;
        let echo = tower::service_fn(|request: Request<kube::client::Body>| async move {
            let mut response = Response::new(());
            *response.headers_mut() = request.into_parts().0.headers;
            Ok::<_, BoxError>(response)
        });
        Ok(Self(BoxCloneSyncService::new(layer.layer(echo))))
    }

    pub(crate) async fn credentials(&self) -> Result<Credentials, TransportError> {
        let mut service = self.0.clone();
        let answer = async {
            service
                .ready()
                .await?
                .call(Request::new(kube::client::Body::empty()))
                .await
        }
        .await;
        let answer =
            answer.map_err(|error| TransportError::new(format!("getting credentials: {error}")))?;
        Ok(Credentials {
            header: answer.headers().get(http::header::AUTHORIZATION).cloned(),
            identity: None,
        })
    }
}
