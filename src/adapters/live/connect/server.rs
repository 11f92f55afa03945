//! The server's address, as kubectl reads it: a URL, or `host:port` without one.

use std::fmt;

use http::Uri;

use super::error::ConnectError;

/// An API server: scheme, host and port, and the path before `/api` that some front proxies need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    scheme: Scheme,
    authority: String,
    prefix: String,
}

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Server {
    /// Reads an address. Without a scheme it means plain HTTP, as in client-go.
    ///
    /// # Errors
    /// Returns client-go's sentence where the text is neither a URL nor `host:port`.
    pub(super) fn parse(text: &str) -> Result<Self, ConnectError> {
        let url = match text.split_once("://") {
            Some((scheme, rest)) if !rest.is_empty() && !rest.starts_with('/') => {
                Some((scheme.to_ascii_lowercase(), rest))
            }
            _ => None,
        };
        let is_url = url.is_some();
        let (scheme, rest) = url.unwrap_or_else(|| ("http".to_owned(), text));
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let is_pair = is_url || matches!(path, "" | "/");
        if !is_pair || !authority.is_empty() && !is_authority(authority) || text.is_empty() {
            return Err(ConnectError::Other(format!(
                "host must be a URL or a host:port pair: {text:?}"
            )));
        }
        let scheme = match scheme.as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => {
                let reason = format!("unsupported protocol scheme {other:?}");
                return Err(ConnectError::Unsendable(reason));
            }
        };
        if authority.is_empty() {
            let reason = "http: no Host in request URL".to_owned();
            return Err(ConnectError::Unsendable(reason));
        }
        Ok(Self {
            scheme,
            authority: authority.to_owned(),
            prefix: path.trim_end_matches('/').to_owned(),
        })
    }

    pub(super) fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// `host:port` as written, for messages.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// The full address of a request path such as `/api/v1/nodes?limit=500`.
    pub(super) fn uri(&self, path_and_query: &str) -> Result<Uri, http::uri::InvalidUri> {
        format!("{self}{path_and_query}").parse()
    }
}

/// Whether `http` can make an address of it.
fn is_authority(text: &str) -> bool {
    let port = text.rsplit_once(':').map(|(_, port)| port);
    let port_is_number = port.is_none_or(|port| port.ends_with(']') || port.parse::<u16>().is_ok());
    port_is_number && format!("http://{text}/").parse::<Uri>().is_ok()
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https() { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_host_port_pairs() {
        let rows = [
            ("https://a:6443", "https://a:6443"),
            ("https://a/", "https://a"),
            ("HTTPS://a/prefix/x/", "https://a/prefix/x"),
            ("127.0.0.1:6443", "http://127.0.0.1:6443"),
            ("localhost:8080", "http://localhost:8080"),
            ("localhost", "http://localhost"),
            ("https://[::1]:6443?x=1#y", "https://[::1]:6443"),
        ];
        for (text, expected) in rows {
            assert_eq!(Server::parse(text).unwrap().to_string(), expected, "{text}");
        }
        let server = Server::parse("https://a/p").unwrap();
        assert_eq!(
            server.uri("/api/v1/nodes?limit=5").unwrap().to_string(),
            "https://a/p/api/v1/nodes?limit=5"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let no_pair = [
            "",
            "a/b",
            "https://",
            "https:///x",
            "https://a b",
            "https://[::1",
            "https://a:port",
            "https://a:99999",
        ];
        for text in no_pair {
            let error = Server::parse(text).unwrap_err().to_string();
            let expected = format!("error: host must be a URL or a host:port pair: {text:?}");
            assert_eq!(error, expected);
        }
        let rows = [
            (
                "ftp://a",
                "Unable to connect to the server: unsupported protocol scheme \"ftp\"",
            ),
            (
                "/",
                "Unable to connect to the server: http: no Host in request URL",
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(Server::parse(text).unwrap_err().to_string(), expected);
        }
    }
}
