//! The server's address, as kubectl reads it: a URL, or `host:port` without one.

use std::fmt;

use http::Uri;

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
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if !rest.is_empty() && !rest.starts_with('/') => {
                (scheme.to_ascii_lowercase(), rest)
            }
            _ => ("http".to_owned(), text),
        };
        let had_scheme = rest.len() != text.len();
        let scheme = match scheme.as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return Err(format!("unsupported protocol scheme {other:?}")),
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if authority.is_empty() || !had_scheme && !matches!(path, "" | "/") {
            return Err(format!("host must be a URL or a host:port pair: {text:?}"));
        }
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        if format!("{authority}/").parse::<Uri>().is_err()
            && format!("http://{authority}/").parse::<Uri>().is_err()
        {
            return Err(format!("parse {text:?}: invalid character in host name"));
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
        for text in ["", "/", "a/b", "https://", "https:///x"] {
            let error = Server::parse(text).unwrap_err();
            assert!(
                error.starts_with("host must be a URL or a host:port pair"),
                "{text}: {error}"
            );
        }
        assert!(
            Server::parse("ftp://a")
                .unwrap_err()
                .contains("unsupported protocol scheme")
        );
        assert!(Server::parse("https://a b").is_err());
    }
}
