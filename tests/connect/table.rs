//! The table of configurations: each is given to the real kubectl and to us, and both must reach the same server as
//! the same user, or fail with the same words.
//!
//! Every row also says what kubectl's answer must contain, so that no row passes because both sides stumble over
//! something else. Where our words differ on purpose the row says why.

mod files;
mod identities;
mod mistakes;
mod refusals;
mod trust;

use std::sync::{Mutex, OnceLock};

use serde_json::{Value, json};

use super::servers::{Authority, Pair, Server, echo};
use super::sides::{Outcome, Probe, Situation, kubectl, ours, simple_config};

/// One configuration.
pub struct Row {
    name: &'static str,
    /// What kubectl's output or error must contain.
    says: &'static str,
    situation: Situation,
    agreement: Agreement,
}

/// How equal the two sides must be.
enum Agreement {
    /// Output and error to the letter.
    Words,
    /// The same kind of failure: kubectl's text contains `says`, ours this; with the reason for the difference.
    Differs {
        ours_says: &'static str,
        because: &'static str,
    },
}

impl Row {
    fn new(name: &'static str, says: &'static str, situation: Situation) -> Self {
        Self {
            name,
            says,
            situation,
            agreement: Agreement::Words,
        }
    }

    fn but_ours_says(mut self, ours_says: &'static str, because: &'static str) -> Self {
        self.agreement = Agreement::Differs { ours_says, because };
        self
    }
}

/// The servers that the rows talk to, beside the real control plane.
pub struct World {
    pub authority: Authority,
    pub client: Pair,
    pub red: Server,
    pub blue: Server,
    pub plain: Server,
    /// Wants a client certificate in the handshake.
    pub strict: Server,
    pub expired: Server,
    /// Its certificate is for `api.test` alone.
    pub named: Server,
    /// Refuses what it is asked, in a way that the token chooses.
    pub refusing: Server,
}

pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let authority = Authority::new("connection tests");
        let pair = authority.server(&["127.0.0.1", "localhost", "api.test"]);
        World {
            client: authority.client("jane"),
            red: Server::secure(&pair, echo("red")),
            blue: Server::secure(&pair, echo("blue")),
            plain: Server::plain(echo("plain")),
            strict: Server::strict(&pair, echo("strict")),
            expired: Server::secure(&authority.expired_server(&["127.0.0.1"]), echo("expired")),
            named: Server::secure(&authority.server(&["api.test"]), echo("named")),
            refusing: Server::secure(&pair, refusals::refuse),
            authority,
        }
    })
}

impl World {
    /// A cluster entry for one of our servers.
    pub fn cluster(&self, server: &Server) -> Value {
        json!({"server": server.url(), "certificate-authority-data": base64(&self.authority.pem())})
    }

    /// A kubeconfig for one of our servers with this user.
    pub fn config(&self, server: &Server, user: &Value) -> Value {
        simple_config(&self.cluster(server), user)
    }
}

pub fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// A port of the loopback on which nobody listens.
pub fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// What differs between two runs of the same program.
fn normalised(text: &str) -> String {
    let lines = text.lines().map(|line| {
        // Go names the resolver that it asked.
        let line = match (line.find(" on "), line.find(": no such host")) {
            (Some(from), Some(to)) if from < to => format!("{}{}", &line[..from], &line[to..]),
            _ => line.to_owned(),
        };
        // The clock goes on.
        match line.split_once("current time ") {
            Some((before, after)) => {
                let rest = after.split_once(' ').map_or("", |(_, rest)| rest);
                format!("{before}current time NOW {rest}")
            }
            None => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn disagreement(row: &Row, kubectl: &Outcome, ours: &Outcome) -> Option<String> {
    if !kubectl.out.contains(row.says) && !kubectl.err.contains(row.says) {
        return Some(format!("kubectl does not say {:?}", row.says));
    }
    if kubectl.succeeded != ours.succeeded {
        return Some("one side succeeded".to_owned());
    }
    match row.agreement {
        Agreement::Words if identity(&kubectl.out) != identity(&ours.out) => {
            Some("different answers".to_owned())
        }
        Agreement::Words if normalised(&kubectl.err) != normalised(&ours.err) => {
            Some("different words".to_owned())
        }
        Agreement::Differs { ours_says, because }
            if !ours.err.contains(ours_says) && !ours.out.contains(ours_says) =>
        {
            Some(format!(
                "ours does not say {ours_says:?} (which may differ because {because})"
            ))
        }
        _ => None,
    }
}

/// The answer without what is new in each.
fn identity(out: &str) -> Value {
    let mut answer: Value = serde_json::from_str(out).unwrap_or_else(|_| json!(out.trim()));
    if let Some(review) = answer.as_object_mut() {
        review.remove("metadata");
    }
    answer
}

/// What is wrong with a row; nothing, if all is well.
fn compare(mut row: Row) -> Option<String> {
    let (theirs, mine) = (kubectl(&row.situation), ours(&row.situation));
    let report = |what: &str, theirs: &Outcome, mine: &Outcome| {
        let name = row.name;
        format!("\n{name}: {what}\n  kubectl: {theirs:?}\n  ours:    {mine:?}")
    };
    if let Some(what) = disagreement(&row, &theirs, &mine) {
        return Some(report(&what, &theirs, &mine));
    }
    if row.situation.probe != Probe::WhoAmI || matches!(row.agreement, Agreement::Differs { .. }) {
        return None;
    }
    // The library answered; the program must say the same about a node that is not there.
    row.situation.probe = Probe::Node;
    let (theirs, mine) = (kubectl(&row.situation), ours(&row.situation));
    (normalised(&theirs.err) != normalised(&mine.err))
        .then(|| report("the program says otherwise", &theirs, &mine))
}

/// Runs the rows of one part of the table, a few at a time, and reports all that disagree.
fn check(rows: Vec<Row>) {
    let count = rows.len();
    let queue = Mutex::new(rows.into_iter());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some(row) = next else { break };
                    failures.lock().unwrap().extend(compare(row));
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {count} rows disagree:{}",
        failures.len(),
        failures.concat()
    );
}
