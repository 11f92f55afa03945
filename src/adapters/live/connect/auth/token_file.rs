//! A token in a file, replaced from time to time by somebody else: the kubelet, or a login program.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::HeaderValue;

use super::{Credentials, bearer};
use crate::adapters::live::connect::error::{ConnectError, go_io_text};
use crate::adapters::live::connect::time::now;

/// How long a token that was read is used. The kubelet replaces it minutes before it ends.
const FRESH: Duration = Duration::from_secs(50);

/// Reads the file again when what was read is old, or the server refuses it.
pub(crate) struct TokenFile {
    path: PathBuf,
    current: Mutex<Read>,
}

struct Read {
    header: HeaderValue,
    at: Instant,
}

impl TokenFile {
    /// Reads the token for the first time.
    pub(crate) fn open(path: PathBuf) -> Result<Self, ConnectError> {
        let text = std::fs::read_to_string(&path).map_err(|error| {
            ConnectError::Other(format!("open {}: {}", path.display(), go_io_text(&error)))
        })?;
        let header = bearer(text.trim()).ok_or_else(super::unsendable)?;
        Ok(Self {
            path,
            current: Mutex::new(Read { header, at: now() }),
        })
    }

    /// The token in force. A file that has gone away leaves the last token: some programs remove it on purpose.
    pub(crate) fn credentials(&self) -> Credentials {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.at.elapsed() >= FRESH {
            self.reload(&mut current);
        }
        Credentials {
            header: Some(current.header.clone()),
            identity: None,
        }
    }

    /// The file's token where it is another than the refused one.
    pub(crate) fn renew(&self, refused: &Credentials) -> Option<Credentials> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        self.reload(&mut current);
        let header = Some(current.header.clone());
        (header != refused.header).then_some(Credentials {
            header,
            identity: None,
        })
    }

    fn reload(&self, current: &mut Read) {
        current.at = now();
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        if let Some(header) = Some(text.trim())
            .filter(|token| !token.is_empty())
            .and_then(bearer)
        {
            current.header = header;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(credentials: &Credentials) -> &str {
        credentials.header.as_ref().unwrap().to_str().unwrap()
    }

    #[test]
    fn a_refused_token_is_read_again_and_used_only_if_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, " one\n").unwrap();
        let file = TokenFile::open(path.clone()).unwrap();
        let first = file.credentials();
        assert_eq!(header(&first), "Bearer one");
        assert!(
            file.renew(&first).is_none(),
            "the same token again would be refused again"
        );

        std::fs::write(&path, "two").unwrap();
        assert_eq!(
            header(&file.credentials()),
            "Bearer one",
            "a fresh token is not read for every request"
        );
        assert_eq!(header(&file.renew(&first).unwrap()), "Bearer two");

        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            header(&file.renew(&first).unwrap()),
            "Bearer two",
            "the last token outlives its file"
        );
    }

    #[test]
    fn an_old_token_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "one").unwrap();
        let file = TokenFile::open(path.clone()).unwrap();
        std::fs::write(&path, "two").unwrap();
        let Some(past) = now().checked_sub(FRESH) else {
            return;
        };
        file.current.lock().unwrap().at = past;
        assert_eq!(header(&file.credentials()), "Bearer two");
    }

    #[test]
    fn what_no_header_can_carry_is_said_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "a\nb").unwrap();
        let error = TokenFile::open(path).err().unwrap().to_string();
        assert_eq!(
            error,
            "Unable to connect to the server: net/http: invalid header field value for \"Authorization\""
        );
    }
}
