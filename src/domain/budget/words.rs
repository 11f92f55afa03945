//! The sentences about budgets: the name, the numbers, and the next command.

use super::{Amount, Budget, Standing, Surroundings, SyncState};

/// A sentence and what to do next; the hint is empty where there is nothing to do but wait.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// One line with the names and numbers.
    pub message: String,
    /// The next command; empty where there is none.
    pub hint: String,
}

/// How many sick pods are named before they are counted.
const NAMED: usize = 3;

/// Names the first of some pods: `a or b`, `a or b or c or one of 7 others`.
fn any_of(pods: &[String]) -> String {
    let named = pods.iter().take(NAMED).map(String::as_str);
    let others = match pods.len().saturating_sub(NAMED) {
        0 => None,
        1 => Some("another".to_owned()),
        more => Some(format!("one of {more} others")),
    };
    let all: Vec<&str> = named.chain(others.as_deref()).collect();
    all.join(" or ")
}

impl Budget {
    /// Says what the budget needs and has, in the words of the server's own answer.
    pub fn numbers(&self) -> String {
        let pods = if self.status.desired_healthy == 1 {
            "pod"
        } else {
            "pods"
        };
        format!(
            "budget {} needs {} healthy {pods} and has {}",
            self.id.path(),
            self.status.desired_healthy,
            self.status.current_healthy,
        )
    }

    /// Says why nothing can be spent from the budget at this standing.
    pub fn explain(&self, standing: Standing, surroundings: &Surroundings) -> Explanation {
        match standing {
            Standing::Open(allowed) => Explanation {
                message: format!("{}: {allowed} may leave now", self.numbers()),
                hint: String::new(),
            },
            Standing::NotComputable => self.explain_not_computable(),
            Standing::Stale => self.explain_stale(),
            Standing::NoHealthyPod => Explanation {
                message: format!(
                    "{}: while none is healthy nothing leaves, whatever the minimum",
                    self.numbers()
                ),
                hint: self.always_allow_command(),
            },
            Standing::Never => self.explain_never(surroundings),
            Standing::Waiting => self.explain_waiting(surroundings),
        }
    }

    /// Says why an unready pod is held, and how to release such pods.
    pub fn explain_unhealthy(&self) -> Explanation {
        Explanation {
            message: format!(
                "is not ready, and {}: unready pods stay while it is short of healthy ones",
                self.numbers()
            ),
            hint: self.always_allow_command(),
        }
    }

    /// Says that the pods which left are not replaced, so that the rest cannot follow.
    pub fn explain_unreplaced(&self) -> Explanation {
        Explanation {
            message: format!(
                "{}: the pods that leave before this one are not made again, so its turn never comes",
                self.numbers()
            ),
            hint: self.relax_command(),
        }
    }

    /// Says that replacements land nowhere (`namespace/name` of the pods that left), so that the rest cannot follow.
    pub fn explain_stranded(&self, stranded: &[String]) -> Explanation {
        let (first, more) = match stranded {
            [] => return self.explain_unreplaced(),
            [first] => (first, String::new()),
            [first, rest @ ..] => (first, format!(" and of {} more", rest.len())),
        };
        let name = first.rsplit('/').next().unwrap_or(first);
        Explanation {
            message: format!(
                "{}: the replacement of {first}{more} lands nowhere, so its turn never comes",
                self.numbers()
            ),
            hint: format!("kubectl nodemaint fit {name} -n {}", self.id.namespace),
        }
    }

    /// Returns the command that lets unready pods go always.
    pub fn always_allow_command(&self) -> String {
        self.patch_command(r#"{"spec":{"unhealthyPodEvictionPolicy":"AlwaysAllow"}}"#)
    }

    fn explain_not_computable(&self) -> Explanation {
        let cause = match &self.status.sync {
            SyncState::Failed { message } => message.as_str(),
            SyncState::Computed => "no cause given",
        };
        Explanation {
            message: format!(
                "budget {} cannot be computed ({cause}): nothing that it selects leaves until that is mended",
                self.id.path()
            ),
            hint: format!(
                "kubectl describe pdb {} -n {}",
                self.id.name, self.id.namespace
            ),
        }
    }

    fn explain_stale(&self) -> Explanation {
        let seen = match self.status.observed_generation {
            Some(generation) => format!("was computed for generation {generation}"),
            None => "was never computed".to_owned(),
        };
        Explanation {
            message: format!(
                "the status of budget {} {seen}, its spec is generation {}: evictions are refused until the disruption \
                 controller has caught up",
                self.id.path(),
                self.generation
            ),
            hint: format!(
                "kubectl get pdb {} -n {} -w",
                self.id.name, self.id.namespace
            ),
        }
    }

    fn explain_never(&self, surroundings: &Surroundings) -> Explanation {
        if self.status.expected_pods <= 0 {
            return Explanation {
                message: format!(
                    "budget {} expects 0 pods, for none that it selects has a controller with a scale: it never lets one go",
                    self.id.path()
                ),
                hint: self.patch_command(r#"{"spec":{"maxUnavailable":null,"minAvailable":0}}"#),
            };
        }
        let expected = self.status.expected_pods;
        let rule = self.rule();
        Explanation {
            message: format!(
                "{}: with {rule} of {expected} it never lets one go",
                self.numbers()
            ),
            hint: self.room_command(surroundings),
        }
    }

    fn explain_waiting(&self, surroundings: &Surroundings) -> Explanation {
        let missing = self.status.desired_healthy + 1 - self.status.current_healthy;
        let in_flight = self.status.disrupted_pods.len();
        let (what, hint) = if let Some(sick) = surroundings.sick.first() {
            let name = sick.rsplit('/').next().unwrap_or(sick);
            (
                format!("until {} is ready", any_of(&surroundings.sick)),
                format!("kubectl describe pod {name} -n {}", self.id.namespace),
            )
        } else if in_flight > 0 {
            (
                format!("until {in_flight} evicted before is replaced"),
                String::new(),
            )
        } else if let Some(workload) = surroundings.workloads.first() {
            (
                format!("until {workload} has {missing} more ready"),
                rollout_command(workload, &self.id.namespace),
            )
        } else {
            (format!("until {missing} more is ready"), String::new())
        };
        Explanation {
            message: format!("{}: waits {what}", self.numbers()),
            hint,
        }
    }

    /// Returns the spec's rule as it is written: `minAvailable 2`.
    pub fn rule(&self) -> String {
        match (&self.min_available, &self.max_unavailable) {
            (Some(min), _) => format!("minAvailable {}", amount_text(min)),
            (None, Some(max)) => format!("maxUnavailable {}", amount_text(max)),
            (None, None) => "neither minAvailable nor maxUnavailable".to_owned(),
        }
    }

    /// Returns the command that makes room: one more replica where the rule is a floor, a wider rule otherwise.
    fn room_command(&self, surroundings: &Surroundings) -> String {
        let floor = match self.min_available {
            Some(Amount::Count(count)) => Some(count),
            _ => None,
        };
        match (floor, surroundings.workloads.as_slice()) {
            (Some(count), [workload]) if is_scalable(workload) => format!(
                "kubectl scale {workload} -n {} --replicas={}",
                self.id.namespace,
                count + 1
            ),
            _ => self.relax_command(),
        }
    }

    /// Returns the command that widens the rule by one pod.
    fn relax_command(&self) -> String {
        let expected = self.status.expected_pods;
        if self.min_available.is_some() {
            let fewer = (self.desired_by_spec(expected) - 1).clamp(0, (expected - 1).max(0));
            self.patch_command(&format!(r#"{{"spec":{{"minAvailable":{fewer}}}}}"#))
        } else {
            self.patch_command(r#"{"spec":{"maxUnavailable":1}}"#)
        }
    }

    fn patch_command(&self, patch: &str) -> String {
        format!(
            "kubectl patch pdb {} -n {} --type=merge -p '{patch}'",
            self.id.name, self.id.namespace
        )
    }
}

fn amount_text(amount: &Amount) -> String {
    match amount {
        Amount::Count(count) => count.to_string(),
        Amount::Percent(percent) => format!("{percent}%"),
    }
}

fn is_scalable(workload: &str) -> bool {
    ["deployment/", "statefulset/", "replicaset/"]
        .iter()
        .any(|kind| workload.starts_with(kind))
}

fn rollout_command(workload: &str, namespace: &str) -> String {
    if workload.starts_with("deployment/") || workload.starts_with("statefulset/") {
        format!("kubectl rollout status {workload} -n {namespace}")
    } else {
        format!("kubectl get {workload} -n {namespace}")
    }
}
