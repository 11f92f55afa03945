//! Reads what a plan needs: what a drain asks, and the scheduler's picture of the cluster, by whose rules pods land.

use gethostname::gethostname;
use jiff::Timestamp;

use crate::adapters::files::Source;
use crate::adapters::live::Whose;
use crate::adapters::manifest::Additions;
use crate::cli::args::CourseArgs;
use crate::cli::context::{Live, variable};
use crate::cli::error::CliError;
use crate::cli::place::Read;
use crate::cli::reading::reading;
use crate::cli::scheduler::minor::Asked;
use crate::cli::scheduler::{ConfigText, SchedulerArgs};
use crate::cli::ui::Ui;
use crate::domain::labels::LabelSelector;
use crate::domain::node::Node;
use crate::domain::snapshot::{ClusterId, Snapshot};
use crate::engine::observe::observe;

use super::drain::Scope;

/// By which rules landing is judged, if at all.
pub struct Judge {
    scope: Scope,
    asked: Option<Asked>,
    config: Option<ConfigText>,
    course: CourseArgs,
}

/// What was read for a plan.
pub struct Seen {
    /// What a drain asks.
    pub snapshot: Snapshot,
    /// The nodes, in the order given.
    pub names: Vec<String>,
    /// What the scheduler asks; `None` where nobody asks where the pods land.
    pub ground: Option<Read>,
}

impl Judge {
    /// Checks the flags.
    ///
    /// # Errors
    ///
    /// A version or a configuration that cannot be read.
    pub fn of(scheduler: &SchedulerArgs, scope: Scope) -> Result<Judge, CliError> {
        Ok(Judge {
            scope,
            asked: scheduler.asked()?,
            config: scheduler.config()?,
            course: CourseArgs::default(),
        })
    }

    /// Says in which order nodes go, and how many at once.
    pub fn in_course(self, course: &CourseArgs) -> Judge {
        Judge {
            course: course.clone(),
            ..self
        }
    }

    /// Returns in which order nodes go, and how many at once.
    pub fn course(&self) -> &CourseArgs {
        &self.course
    }

    /// Returns the version that was asked for.
    pub fn asked(&self) -> Option<Asked> {
        self.asked
    }

    /// Returns the configuration that was given.
    pub fn config(&self) -> Option<&ConfigText> {
        self.config.as_ref()
    }

    /// Reads the scheduler's picture from a file.
    ///
    /// # Errors
    ///
    /// Names the file, the object and the field.
    pub fn read_file(&self, source: &Source) -> Result<Option<Read>, CliError> {
        match self.scope {
            Scope::Node => Ok(None),
            Scope::Cluster => Read::file(source, self.asked, &Additions::default()).map(Some),
        }
    }

    /// Reads what a plan of these nodes needs from the live cluster. The server's version comes with the scheduler's picture.
    ///
    /// # Errors
    ///
    /// Nodes or pods that cannot be read.
    pub async fn observe(
        &self,
        live: &Live,
        nodes: &[Node],
        selector: Option<&LabelSelector>,
        now: Timestamp,
        ui: &Ui,
    ) -> Result<Seen, CliError> {
        let names = nodes.iter().map(|node| node.name().to_owned()).collect();
        if self.scope == Scope::Node {
            let id = ClusterId {
                server: live.server.clone(),
                version: String::new(),
            };
            let selector = selector.map(ToString::to_string);
            return Ok(Seen {
                snapshot: observe(&live.cluster, nodes, selector.as_deref(), id, now).await?,
                names,
                ground: None,
            });
        }
        let whose = Whose::Of { nodes, selector };
        let picture = live.picture(whose, self.asked, now);
        let (snapshot, ground) = reading(live, ui, picture).await?;
        Ok(Seen {
            snapshot,
            names,
            ground: Some(ground),
        })
    }
}

/// Returns the name of the machine that this program runs on, which is that of its node by default.
///
/// A pod has a name of its own: there the downward API may say which node it is on (`NODE_NAME`).
pub(super) fn own_node() -> Option<String> {
    let named = variable("NODE_NAME").filter(|name| !name.is_empty());
    named.or_else(|| gethostname().into_string().ok())
}
