//! Keys and certificates of one cluster. Two authorities, because what proves the server
//! must not prove a client: a test that mixes them up should fail.

use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

use crate::error::{Error, at};

const CLIENT_CA: &str = "nodemaint test client CA";

/// A certificate with its key, both PEM.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// Its private key, PKCS#8.
    pub key: String,
}

/// Writes all keys of a cluster into `folder`: `ca.crt`, `server.crt`, `server.key`,
/// `client-ca.crt`, `client-ca.key`, `service-account.pub`, `service-account.key`.
///
/// # Errors
/// When no key can be made or a file cannot be written.
pub fn write_all(folder: &Path) -> Result<(), Error> {
    let server_ca = authority("nodemaint test server CA")?;
    let client_ca = authority(CLIENT_CA)?;
    let server = serving(&server_ca)?;
    let tokens = KeyPair::generate().map_err(failed)?;
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(at(&path))
    };
    put("ca.crt", &server_ca.pem())?;
    put("server.crt", &server.certificate)?;
    put("server.key", &server.key)?;
    put("client-ca.crt", &client_ca.pem())?;
    put("client-ca.key", &client_ca.key().serialize_pem())?;
    put("service-account.pub", &tokens.public_key_pem())?;
    put("service-account.key", &tokens.serialize_pem())
}

/// A client certificate: `user` is its common name, `groups` its organisations.
///
/// # Errors
/// When the authority's key cannot be read or is not what [`write_all`] wrote.
pub fn client(ca_key: &Path, user: &str, groups: &[&str]) -> Result<Pair, Error> {
    let key = fs::read_to_string(ca_key).map_err(at(ca_key))?;
    let key = KeyPair::from_pem(&key).map_err(failed)?;
    // The subject is all that a signature takes from the authority's certificate.
    let issuer = Issuer::new(authority_params(CLIENT_CA), key);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, user);
    for group in groups {
        params
            .distinguished_name
            .push(DnType::OrganizationName, *group);
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    sign(&params, &issuer)
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, Error> {
    let key = KeyPair::generate().map_err(failed)?;
    CertifiedIssuer::self_signed(authority_params(name), key).map_err(failed)
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn serving(ca: &CertifiedIssuer<'static, KeyPair>) -> Result<Pair, Error> {
    let names = [
        "127.0.0.1",
        "localhost",
        "kubernetes",
        "kubernetes.default.svc",
    ]
    .map(str::to_owned);
    let mut params = CertificateParams::new(names).map_err(failed)?;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "kube-apiserver");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    sign(&params, ca)
}

fn sign(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Result<Pair, Error> {
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.signed_by(&key, issuer).map_err(failed)?;
    Ok(Pair {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}

fn failed(error: rcgen::Error) -> Error {
    Error::Certificates(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_are_pem() {
        let folder = std::env::temp_dir().join(format!("nodemaint-pki-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("folder");
        write_all(&folder).expect("written");
        let pair = client(&folder.join("client-ca.key"), "jane", &["ops", "dev"]);
        let texts: Vec<_> = fs::read_dir(&folder)
            .expect("listed")
            .map(|entry| fs::read_to_string(entry.expect("entry").path()).expect("read"))
            .collect();
        fs::remove_dir_all(&folder).expect("removed");
        assert_eq!(texts.len(), 7);
        assert!(
            texts.iter().all(|text| text.starts_with("-----BEGIN ")),
            "{texts:?}"
        );
        assert!(
            pair.expect("signed")
                .certificate
                .contains("BEGIN CERTIFICATE")
        );
    }
}
