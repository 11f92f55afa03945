//! TLS as Go's client does it: what is trusted, who we are, and what is said when the two sides disagree.
//!
//! rustls with ring alone. rustls' own sentences are accurate and unknown to anyone who has used kubectl, so the ones
//! that people meet are put in Go's words.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use secrecy::ExposeSecret as _;

use super::error::ConnectError;
use super::settings::{Identity, Roots};

/// The TLS side of every connection to one server with one client certificate.
pub(super) fn client_config(
    roots: &Roots,
    identity: Option<&Identity>,
) -> Result<Arc<ClientConfig>, ConnectError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(roots, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(other)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let (chain, key) = key_pair(identity)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| match error {
                    Error::InconsistentKeys(_) => {
                        ConnectError::Other("tls: private key does not match public key".to_owned())
                    }
                    error => other(error),
                })?
        }
    };
    Ok(Arc::new(config))
}

fn other(error: impl std::fmt::Display) -> ConnectError {
    ConnectError::Other(format!("tls: {error}"))
}

fn verifier(
    roots: &Roots,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, ConnectError> {
    Ok(match roots {
        Roots::Anyone => Arc::new(TrustAnyone(provider.signature_verification_algorithms)),
        Roots::System => {
            Arc::new(rustls_platform_verifier::Verifier::new(provider.clone()).map_err(other)?)
        }
        Roots::Pem(pem) => Arc::new(TrustThese::new(pem, provider)?),
    })
}

fn key_pair(
    identity: &Identity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), ConnectError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&identity.certificate)
        .filter_map(Result::ok)
        .collect();
    if chain.is_empty() {
        return Err(ConnectError::Other(
            "tls: failed to find any PEM data in certificate input".to_owned(),
        ));
    }
    let key = PrivateKeyDer::from_pem_slice(identity.key.expose_secret().as_bytes())
        .map_err(|_| ConnectError::Other(super::settings::NO_PEM_KEY.to_owned()))?;
    Ok((chain, key))
}

/// Reads a bundle of certificate authorities; unreadable ones among readable ones are passed over, as in Go.
fn root_certificates(
    pem: &[u8],
) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), ConnectError> {
    let mut store = RootCertStore::empty();
    let mut certificates = Vec::new();
    let mut reason = "unable to parse bytes as PEM block".to_owned();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        match certificate {
            Ok(certificate) => match store.add(certificate.clone()) {
                Ok(()) => certificates.push(certificate),
                Err(error) => reason = format!("failed to parse certificate: {error}"),
            },
            Err(error) => reason = format!("failed to parse certificate: {error}"),
        }
    }
    if certificates.is_empty() {
        return Err(ConnectError::Other(format!(
            "unable to load root certificates: {reason}"
        )));
    }
    Ok((store, certificates))
}

/// Trusts the authorities of the kubeconfig, and nobody else.
#[derive(Debug)]
struct TrustThese {
    inner: Arc<WebPkiServerVerifier>,
    roots: Vec<CertificateDer<'static>>,
}

impl TrustThese {
    fn new(pem: &[u8], provider: &Arc<CryptoProvider>) -> Result<Self, ConnectError> {
        let (store, roots) = root_certificates(pem)?;
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone())
            .build()
            .map_err(other)?;
        Ok(Self { inner, roots })
    }
}

impl ServerCertVerifier for TrustThese {
    /// Go accepts a server whose very certificate is among the trusted ones, even where that is an authority's;
    /// webpki refuses such a leaf, after it has checked its dates, so only the name is left to check here.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let result = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match result {
            Err(error)
                if is_authority_as_server(&error)
                    && self.roots.iter().any(|root| root == end_entity) =>
            {
                rustls::client::verify_server_name(
                    &ParsedCertificate::try_from(end_entity)?,
                    server_name,
                )?;
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

fn is_authority_as_server(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::Other(other)) if other.to_string().contains("CaUsedAsEndEntity"))
}

/// Believes every certificate, because the user said so; signatures are still checked.
#[derive(Debug)]
struct TrustAnyone(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for TrustAnyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// A failed handshake in Go's words.
pub(super) fn go_text(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(certificate) => format!(
            "tls: failed to verify certificate: x509: {}",
            certificate_text(certificate)
        ),
        Error::AlertReceived(alert) => format!("remote error: tls: {}", alert_text(*alert)),
        Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            "http: server gave HTTP response to HTTPS client".to_owned()
        }
        Error::PeerIncompatible(_) => {
            format!("tls: protocol version or cipher suites do not match: {error}")
        }
        error => format!("tls: {error}"),
    }
}

fn certificate_text(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "certificate signed by unknown authority".to_owned(),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => name_text(expected, presented),
        CertificateError::NotValidForName => {
            "certificate is not valid for the server's name".to_owned()
        }
        CertificateError::Expired | CertificateError::NotValidYet => {
            "certificate has expired or is not yet valid".to_owned()
        }
        CertificateError::ExpiredContext { time, not_after } => {
            format!(
                "certificate has expired or is not yet valid: current time {} is after {}",
                date(*time),
                date(*not_after)
            )
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            format!(
                "certificate has expired or is not yet valid: current time {} is before {}",
                date(*time),
                date(*not_before)
            )
        }
        CertificateError::BadSignature => "certificate signed by unknown authority".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "certificate specifies an incompatible key usage".to_owned()
        }
        error => error.to_string(),
    }
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

/// Which names the certificate has, sorted out as Go does: addresses are compared with addresses only.
fn name_text(expected: &ServerName<'_>, presented: &[String]) -> String {
    let inner = |name: &String, kind: &str| {
        let name = name
            .strip_prefix(kind)?
            .strip_prefix('(')?
            .strip_suffix(')')?;
        Some(name.trim_matches('"').to_owned())
    };
    let names = |kind: &str| -> Vec<String> {
        presented
            .iter()
            .filter_map(|name| inner(name, kind))
            .collect()
    };
    match expected {
        ServerName::IpAddress(address) => {
            let address = std::net::IpAddr::from(*address);
            match names("IpAddress").as_slice() {
                [] => format!(
                    "cannot validate certificate for {address} because it doesn't contain any IP SANs"
                ),
                valid => format!(
                    "certificate is valid for {}, not {address}",
                    valid.join(", ")
                ),
            }
        }
        expected => match names("DnsName").as_slice() {
            [] => format!(
                "certificate is not valid for any names, but wanted to match {}",
                expected.to_str()
            ),
            valid => format!(
                "certificate is valid for {}, not {}",
                valid.join(", "),
                expected.to_str()
            ),
        },
    }
}

fn alert_text(alert: rustls::AlertDescription) -> String {
    use rustls::AlertDescription as Alert;
    match alert {
        Alert::BadCertificate => "bad certificate".to_owned(),
        Alert::CertificateRequired => "certificate required".to_owned(),
        Alert::CertificateExpired => "expired certificate".to_owned(),
        Alert::UnknownCA => "unknown certificate authority".to_owned(),
        Alert::HandshakeFailure => "handshake failure".to_owned(),
        Alert::InternalError => "internal error".to_owned(),
        Alert::ProtocolVersion => "protocol version not supported".to_owned(),
        Alert::AccessDenied => "access denied".to_owned(),
        other => format!("{other:?}"),
    }
}
