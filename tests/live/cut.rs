//! A relay between a client and the API server whose connections a test can cut.

use std::path::Path;
use std::sync::{Arc, Mutex};

use controlplane::shared;
use nodemaint::adapters::live::connect::ConnectFlags;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// The relay; ends with the test's runtime.
pub struct Relay {
    port: u16,
    open: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Relay {
    /// Begins to relay to the shared cluster's API server.
    pub async fn start() -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let open: Arc<Mutex<Vec<AbortHandle>>> = Arc::default();
        let handles = open.clone();
        let server = server_address();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let server = server.clone();
                let task = tokio::spawn(async move {
                    let mut server = TcpStream::connect(server).await.unwrap();
                    // A connection that ends with an error is what the test is about.
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
                handles.lock().unwrap().push(task.abort_handle());
            }
        });
        Relay { port, open }
    }

    /// Flags that lead through the relay.
    pub fn flags(&self, kubeconfig: &Path) -> ConnectFlags {
        ConnectFlags {
            kubeconfig: Some(kubeconfig.to_owned()),
            server: Some(format!("https://127.0.0.1:{}", self.port)),
            ..ConnectFlags::default()
        }
    }

    /// Cuts all connections.
    pub fn cut(&self) {
        let open = std::mem::take(&mut *self.open.lock().unwrap());
        assert!(!open.is_empty(), "nothing to cut");
        open.iter().for_each(AbortHandle::abort);
    }
}

fn server_address() -> String {
    let server = &shared().description().server;
    let address = server.strip_prefix("https://").unwrap();
    address.trim_end_matches('/').to_owned()
}
