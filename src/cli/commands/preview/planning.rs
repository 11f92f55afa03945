//! Makes plans of what was read: nodes in their order, budgets and room spent, rounds where the nodes cannot be away together.

use crate::cli::error::CliError;
use crate::cli::scheduler::{self, minor};
use crate::cli::ui::Ui;
use crate::domain::assume::{Assumed, Assumption, Edits, Outcome};
use crate::domain::drain::landing::Ground;
use crate::domain::drain::plan::{DrainPlan, Index, Site, UnknownNode, build_from};
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::drain::rounds::{Field, Terms, obstacle, rounds};

use super::judge::{Judge, Seen, own_node};

/// What is assumed for a plan.
pub struct WhatIf {
    /// The options with the flags that are assumed.
    pub policy: DrainPolicy,
    /// What is assumed by that; `None` where it is nothing.
    pub flags: Option<Assumption>,
    /// Nodes and budgets.
    pub edits: Edits,
}

impl Judge {
    /// Plans as of the moment at which the snapshot was taken: its ages are of that moment too. The names are put in order.
    ///
    /// # Errors
    ///
    /// A node that is not in the snapshot.
    pub fn plan(
        &self,
        seen: &mut Seen,
        policy: &DrainPolicy,
        ui: &Ui,
    ) -> Result<DrainPlan, CliError> {
        self.prepare(seen, ui);
        let plan = self.in_rounds(seen, policy)?;
        Ok(with_withheld(plan, seen))
    }

    /// Plans with assumptions, and says what the plan would be without them.
    ///
    /// # Errors
    ///
    /// As [`Judge::plan`]; assumptions that do not go with the cluster.
    pub fn plan_if(
        &self,
        seen: &mut Seen,
        policy: &DrainPolicy,
        what_if: WhatIf,
        ui: &Ui,
    ) -> Result<DrainPlan, CliError> {
        self.prepare(seen, ui);
        let without = Outcome::of(&self.together(seen, policy)?);
        let world = seen.ground.as_mut().map(|read| &mut read.world);
        let mut assumptions = what_if.edits.apply(&mut seen.snapshot, world)?;
        assumptions.extend(what_if.flags);
        let mut plan = self.in_rounds(seen, &what_if.policy)?;
        plan.assumed = Some(Assumed {
            assumptions,
            without,
        });
        Ok(with_withheld(plan, seen))
    }

    fn prepare(&self, seen: &mut Seen, ui: &Ui) {
        if let Some(read) = &seen.ground {
            minor::tell(self.asked(), read, ui);
        }
        let order = self.course().order();
        order.sort(&mut seen.names, &seen.snapshot);
    }

    /// Plans, and looks for rounds where the nodes cannot be away together.
    fn in_rounds(&self, seen: &mut Seen, policy: &DrainPolicy) -> Result<DrainPlan, CliError> {
        let mut plan = self.together(seen, policy)?;
        let Some(read) = &mut seen.ground else {
            return Ok(plan);
        };
        if seen.names.len() < 2 || obstacle(&plan).is_none() {
            return Ok(plan);
        }
        let profiles = scheduler::profiles(self.config(), read.world.minor)?;
        let terms = Terms {
            policy,
            now: seen.snapshot.taken_at,
            at_once: match self.course().max_parallel {
                Some(number) => usize::from(number),
                None => seen.names.len(),
            },
        };
        let mut field = Field {
            world: &mut read.world,
            rules: &|name| profiles.of(name),
            budgets: &seen.snapshot.budgets,
        };
        let index = Index::new(&seen.snapshot);
        let found = rounds(&index, &seen.names, terms, &mut field).map_err(not_found)?;
        plan.course.rounds = Some(found);
        Ok(plan)
    }

    /// Plans all nodes together; the world is afterwards as it was.
    fn together(&self, seen: &mut Seen, policy: &DrainPolicy) -> Result<DrainPlan, CliError> {
        let Seen {
            snapshot,
            names,
            ground,
        } = seen;
        let own_node = own_node();
        let site = || Site {
            own_node: own_node.as_deref(),
            max_parallel: self.course().at_once(),
            order: self.course().order(),
            ground: None,
        };
        let index = Index::new(snapshot);
        let now = snapshot.taken_at;
        let made = match ground {
            None => build_from(&index, names, policy, now, site()),
            Some(read) => {
                let profiles = scheduler::profiles(self.config(), read.world.minor)?;
                let drained: Vec<&str> = names.iter().map(String::as_str).collect();
                read.world.meanwhile(|world| {
                    let rules = |name: &str| profiles.of(name);
                    let mut ground = Ground::new(world, &rules, &snapshot.budgets, &drained);
                    let site = Site {
                        ground: Some(&mut ground),
                        ..site()
                    };
                    build_from(&index, names, policy, now, site)
                })
            }
        };
        made.map_err(not_found)
    }
}

/// Adds what the scheduler's picture lacks. The pods whose landing depends on one of them say so themselves: the verdict is
/// theirs.
fn with_withheld(mut plan: DrainPlan, seen: &mut Seen) -> DrainPlan {
    if let Some(read) = &mut seen.ground {
        plan.unread.append(&mut read.withheld);
    }
    plan
}

fn not_found(unknown: UnknownNode) -> CliError {
    CliError::unplanned(format!("Error from server (NotFound): {unknown}"))
}
