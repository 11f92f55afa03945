//! Starts the programs in order and waits until tests can use them. The flags are those
//! that were measured to work together on loopback.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::description::Description;
use crate::error::{Error, at, running};
use crate::files;
use crate::lease::Lease;
use crate::pki;
use crate::process::Process;
use crate::programs::Program;
use crate::state::StateFolder;

/// Generous: a machine that builds at the same time needs many times the usual five seconds.
const READY_WITHIN: Duration = Duration::from_secs(180);
const LOOK: Duration = Duration::from_millis(100);
/// A port may be taken between picking and using it.
const ATTEMPTS: usize = 3;
const PORT_TAKEN: &str = "address already in use";

/// A running control plane. Dropping it ends the programs, the last started first, and
/// removes the folder.
#[derive(Debug)]
pub struct ControlPlane {
    description: Description,
    // Before the folder: fields are dropped in this order.
    processes: Processes,
    _folder: StateFolder,
}

#[derive(Debug, Default)]
struct Processes(Vec<Process>);

impl Drop for Processes {
    fn drop(&mut self) {
        while self.0.pop().is_some() {}
    }
}

impl ControlPlane {
    /// Starts it from the folder of programs. `own` is the binary that understands
    /// [`crate::process::EXEC_COMMAND`].
    ///
    /// # Errors
    /// A program that ends, a deadline, a file that cannot be written, the lease's end.
    pub fn start(programs: &Path, own: &Path, lease: &Lease) -> Result<Self, Error> {
        let mut attempt = 1;
        loop {
            match Launch::new(programs, own, lease)?.run() {
                Err(Error::Ended { tail, .. })
                    if tail.contains(PORT_TAKEN) && attempt < ATTEMPTS =>
                {
                    attempt += 1
                }
                outcome => return outcome,
            }
        }
    }

    /// How to reach it.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Looks whether all programs are alive.
    ///
    /// # Errors
    /// [`Error::Ended`] for the first that is not.
    pub fn check(&mut self) -> Result<(), Error> {
        check_all(&mut self.processes.0)
    }
}

fn check_all(processes: &mut [Process]) -> Result<(), Error> {
    for process in processes {
        if let Some(status) = process.ended()? {
            let (name, tail) = (process.name().to_owned(), process.tail());
            return Err(Error::Ended {
                name,
                status: status.to_string(),
                tail,
            });
        }
    }
    Ok(())
}

/// One try: ports, files, programs.
struct Launch<'a> {
    programs: &'a Path,
    own: &'a Path,
    lease: &'a Lease,
    deadline: Instant,
    ports: Ports,
    processes: Processes,
    folder: StateFolder,
}

struct Ports {
    etcd: u16,
    etcd_peer: u16,
    apiserver: u16,
    kwok: u16,
}

impl Ports {
    /// Picks free ones. All listeners are open at once, so that the four differ.
    fn pick() -> Result<Self, Error> {
        let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(running("free port"));
        let listeners = [listen()?, listen()?, listen()?, listen()?];
        let port = |index: usize| -> Result<u16, Error> {
            let address = listeners[index]
                .local_addr()
                .map_err(running("free port"))?;
            Ok(address.port())
        };
        Ok(Self {
            etcd: port(0)?,
            etcd_peer: port(1)?,
            apiserver: port(2)?,
            kwok: port(3)?,
        })
    }
}

impl<'a> Launch<'a> {
    fn new(programs: &'a Path, own: &'a Path, lease: &'a Lease) -> Result<Self, Error> {
        Ok(Self {
            programs,
            own,
            lease,
            deadline: Instant::now() + READY_WITHIN,
            ports: Ports::pick()?,
            processes: Processes::default(),
            folder: StateFolder::create()?,
        })
    }

    fn run(mut self) -> Result<ControlPlane, Error> {
        let tokens = files::tokens()?;
        let folder = self.folder.path().to_owned();
        pki::write_all(&folder)?;
        files::write_static(&folder, &tokens)?;
        let kubeconfig = self.path("admin.kubeconfig");
        let text = files::kubeconfig(
            &self.server(),
            &self.path("ca.crt"),
            files::ADMIN,
            &tokens[files::ADMIN],
            None,
        );
        fs::write(&kubeconfig, text).map_err(at(&kubeconfig))?;

        self.start(Program::Etcd, &self.etcd_arguments())?;
        self.start(Program::Apiserver, &self.apiserver_arguments())?;
        self.wait("kube-apiserver's /readyz is not ok", |launch| {
            launch.answers("/readyz")
        })?;
        self.start(
            Program::ControllerManager,
            &self.controller_manager_arguments(),
        )?;
        self.start(Program::Scheduler, &self.scheduler_arguments())?;
        self.start(Program::Kwok, &self.kwok_arguments())?;
        // Before it exists the API server refuses every pod.
        self.wait("there is no ServiceAccount default/default", |launch| {
            launch.answers("/api/v1/namespaces/default/serviceaccounts/default")
        })?;
        self.wait("kwok is not healthy", Self::kwok_is_healthy)?;
        self.finish(tokens, kubeconfig)
    }

    fn finish(
        self,
        tokens: BTreeMap<String, String>,
        kubeconfig: PathBuf,
    ) -> Result<ControlPlane, Error> {
        let mut pids: BTreeMap<_, _> = self
            .processes
            .0
            .iter()
            .map(|one| (one.name().to_owned(), one.id()))
            .collect();
        pids.insert("supervisor".to_owned(), std::process::id());
        let description = Description {
            folder: self.folder.path().to_owned(),
            programs: self.programs.to_owned(),
            server: self.server(),
            kubeconfig,
            ca: self.path("ca.crt"),
            client_ca: self.path("client-ca.crt"),
            client_ca_key: self.path("client-ca.key"),
            audit_log: self.path("audit.log"),
            tokens,
            pids,
        };
        description.save()?;
        Ok(ControlPlane {
            description,
            processes: self.processes,
            _folder: self.folder,
        })
    }

    fn start(&mut self, program: Program, arguments: &[String]) -> Result<(), Error> {
        self.lease.check()?;
        let process = Process::start(
            self.own,
            &self.programs.join(program.name()),
            arguments,
            self.folder.path(),
        )?;
        self.processes.0.push(process);
        Ok(())
    }

    /// Waits for a condition while all programs stay alive.
    fn wait(
        &mut self,
        waiting_for: &str,
        mut holds: impl FnMut(&Self) -> bool,
    ) -> Result<(), Error> {
        while !holds(self) {
            check_all(&mut self.processes.0)?;
            self.lease.check()?;
            if Instant::now() > self.deadline {
                let tail = self
                    .processes
                    .0
                    .last()
                    .map(Process::tail)
                    .unwrap_or_default();
                let waiting_for = waiting_for.to_owned();
                return Err(Error::NotReady {
                    seconds: READY_WITHIN.as_secs(),
                    waiting_for,
                    tail,
                });
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Whether the API server answers a path with success. Asked with kubectl, which is
    /// there anyway: no TLS of our own in this layer.
    fn answers(&self, path: &str) -> bool {
        Command::new(self.programs.join(Program::Kubectl.name()))
            .arg("--kubeconfig")
            .arg(self.path("admin.kubeconfig"))
            .args(["--request-timeout=5s", "get", "--raw", path])
            .env("HOME", self.folder.path())
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    fn kwok_is_healthy(&self) -> bool {
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.ports.kwok);
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect_timeout(&address.into(), Duration::from_secs(1))?;
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"GET /healthz HTTP/1.0\r\nHost: kwok\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.split_whitespace().nth(1) == Some("200"))
    }

    fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.apiserver)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn flag_path(&self, flag: &str, name: &str) -> String {
        format!("--{flag}={}", self.path(name).display())
    }

    fn etcd_arguments(&self) -> Vec<String> {
        let client = format!("http://127.0.0.1:{}", self.ports.etcd);
        let peer = format!("http://127.0.0.1:{}", self.ports.etcd_peer);
        vec![
            self.flag_path("data-dir", "etcd"),
            "--unsafe-no-fsync".to_owned(),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster=default={peer}"),
        ]
    }

    fn apiserver_arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            format!("--etcd-servers=http://127.0.0.1:{}", self.ports.etcd),
            format!("--secure-port={}", self.ports.apiserver),
            self.flag_path("cert-dir", "apiserver-certificates"),
            self.flag_path("tls-cert-file", "server.crt"),
            self.flag_path("tls-private-key-file", "server.key"),
            self.flag_path("client-ca-file", "client-ca.crt"),
            self.flag_path("service-account-key-file", "service-account.pub"),
            self.flag_path("service-account-signing-key-file", "service-account.key"),
            self.flag_path("token-auth-file", "tokens.csv"),
            self.flag_path("audit-policy-file", "audit-policy.yaml"),
            self.flag_path("audit-log-path", "audit.log"),
        ];
        arguments.extend(
            [
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--authorization-mode=RBAC",
                "--endpoint-reconciler-type=none",
                "--allow-privileged=true",
                // Many tests at once are one client's burst to the server's fairness queues.
                "--max-requests-inflight=1600",
                "--max-mutating-requests-inflight=800",
            ]
            .map(str::to_owned),
        );
        arguments
    }

    fn controller_manager_arguments(&self) -> Vec<String> {
        let mut arguments = self.controller_arguments();
        arguments.extend([
            self.flag_path("service-account-private-key-file", "service-account.key"),
            self.flag_path("root-ca-file", "ca.crt"),
            "--controllers=*,-node-ipam-controller".to_owned(),
            // A starved kwok must not make nodes NotReady; tests set the condition themselves.
            "--node-monitor-grace-period=10m".to_owned(),
        ]);
        arguments
    }

    fn scheduler_arguments(&self) -> Vec<String> {
        self.controller_arguments()
    }

    fn controller_arguments(&self) -> Vec<String> {
        let (rate, burst) = controller_rate();
        vec![
            self.flag_path("kubeconfig", "admin.kubeconfig"),
            "--leader-elect=false".to_owned(),
            format!("--kube-api-qps={rate}"),
            format!("--kube-api-burst={burst}"),
            "--secure-port=0".to_owned(),
        ]
    }

    fn kwok_arguments(&self) -> Vec<String> {
        vec![
            self.flag_path("kubeconfig", "admin.kubeconfig"),
            self.flag_path("config", "stages.yaml"),
            "--manage-all-nodes".to_owned(),
            "--node-lease-duration-seconds=40".to_owned(),
            format!("--server-address=127.0.0.1:{}", self.ports.kwok),
        ]
    }
}

/// Names the rate of the controllers' clients as `RATE,BURST`: `20,30` is what a cluster has that nobody configured.
pub const CONTROLLER_RATE: &str = "NODEMAINT_TEST_CONTROLLER_RATE";

/// Far above the defaults unless asked for: what tests wait for shall not wait for a client's rate.
fn controller_rate() -> (u32, u32) {
    let given = std::env::var(CONTROLLER_RATE).ok();
    let read = |text: String| {
        let (rate, burst) = text.split_once(',')?;
        Some((rate.parse().ok()?, burst.parse().ok()?))
    };
    given.and_then(read).unwrap_or((1000, 2000))
}
