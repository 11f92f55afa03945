//! The commands that put nodes' taints back as they were.

use super::Taint;

/// One change of one or more nodes that takes a change back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// Names of the nodes that need the same.
    pub nodes: Vec<String>,
    /// Taints to put back, with the values that they had.
    pub add: Vec<Taint>,
    /// Taints to take away, with the values that they have by then.
    pub remove: Vec<Taint>,
    /// Whether a value is replaced.
    pub values: Values,
}

/// Whether an undo replaces values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// What is put back is not there.
    Absent,
    /// Some of what is put back is there with another value.
    Replaced,
}

/// Returns what undoes changes of nodes (name, list before, list after); nodes that need the same share a command.
///
/// The order of a list and the times at which taints were added are not put back: nothing depends on either but the ages.
pub fn undo<'a>(
    changes: impl IntoIterator<Item = (&'a str, &'a [Taint], &'a [Taint])>,
) -> Vec<Undo> {
    let mut all: Vec<Undo> = Vec::new();
    for (name, before, after) in changes {
        let Some(one) = undo_one(name, before, after) else {
            continue;
        };
        let same = |known: &&mut Undo| (&known.add, &known.remove) == (&one.add, &one.remove);
        match all.iter_mut().find(same) {
            Some(known) => known.nodes.extend(one.nodes),
            None => all.push(one),
        }
    }
    all
}

fn undo_one(name: &str, before: &[Taint], after: &[Taint]) -> Option<Undo> {
    let there = |list: &[Taint], taint: &Taint| list.iter().any(|t| t.same_place(taint));
    let equal = |taint: &Taint| {
        let mut list = after.iter();
        list.any(|t| t.same_place(taint) && t.value == taint.value)
    };
    let add: Vec<Taint> = before
        .iter()
        .filter(|taint| !equal(taint))
        .map(|taint| Taint {
            time_added: None,
            ..taint.clone()
        })
        .collect();
    let gone = after.iter().filter(|taint| !there(before, taint));
    let remove: Vec<Taint> = gone.cloned().collect();
    let values = match add.iter().any(|taint| there(after, taint)) {
        true => Values::Replaced,
        false => Values::Absent,
    };
    let is_change = !add.is_empty() || !remove.is_empty();
    is_change.then(|| Undo {
        nodes: vec![name.to_owned()],
        add,
        remove,
        values,
    })
}

impl Undo {
    /// Returns the command. A removal names the value, so that a taint that somebody changed meanwhile is left alone, but
    /// where something is put back at the same time: that form compares no values.
    pub fn command(&self) -> String {
        let (add, remove) = (specs(&self.add, ""), specs(&self.remove, ""));
        let nodes = self.nodes.join(" ");
        let overwrite = match self.values {
            Values::Replaced => " --overwrite",
            Values::Absent => "",
        };
        match (self.add.is_empty(), self.remove.is_empty()) {
            (_, true) => format!("kubectl nodemaint taint add {nodes} {add}{overwrite}"),
            (true, false) => format!("kubectl nodemaint taint remove {nodes} {remove}"),
            (false, false) => {
                let remove = specs(&self.remove, "-");
                format!("kubectl nodemaint taint nodes {nodes} {add} {remove}{overwrite}")
            }
        }
    }
}

fn specs(taints: &[Taint], end: &str) -> String {
    let specs: Vec<String> = taints.iter().map(|taint| format!("{taint}{end}")).collect();
    specs.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::taint::Effect;
    use crate::domain::taint::set::{Existing, Rules, apply};
    use crate::domain::taint::spec::Changes;
    use crate::testing::taint;

    fn commands(changes: &[(&str, &[Taint], &[Taint])]) -> Vec<String> {
        undo(changes.iter().copied())
            .iter()
            .map(Undo::command)
            .collect()
    }

    #[test]
    fn each_kind_of_change_has_its_command() {
        let one = taint("a", "1", Effect::NoSchedule);
        let two = taint("a", "2", Effect::NoSchedule);
        let other = taint("b", "", Effect::NoExecute);
        let (none, one, two) = (&[][..], &[one][..], &[two][..]);
        let (other, both) = (&[other.clone()][..], &[two[0].clone(), other][..]);
        for (before, after, expected) in [
            (none, one, "kubectl nodemaint taint remove n a=1:NoSchedule"),
            (other, none, "kubectl nodemaint taint add n b:NoExecute"),
            (
                one,
                two,
                "kubectl nodemaint taint add n a=1:NoSchedule --overwrite",
            ),
            (
                one,
                other,
                "kubectl nodemaint taint nodes n a=1:NoSchedule b:NoExecute-",
            ),
            (
                one,
                both,
                "kubectl nodemaint taint nodes n a=1:NoSchedule b:NoExecute- --overwrite",
            ),
        ] {
            assert_eq!(commands(&[("n", before, after)]), [expected]);
        }
        assert!(commands(&[("n", one, one)]).is_empty());
    }

    #[test]
    fn nodes_that_need_the_same_share_a_command() {
        let (a, b) = (
            [taint("a", "", Effect::NoExecute)],
            [taint("b", "", Effect::NoSchedule)],
        );
        let both = [a[0].clone(), b[0].clone()];
        assert_eq!(
            commands(&[
                ("n1", &[], &a),
                ("n2", &a, &a),
                ("n3", &b, &both),
                ("n4", &b, &a)
            ]),
            [
                "kubectl nodemaint taint remove n1 n3 a:NoExecute",
                "kubectl nodemaint taint nodes n4 b:NoSchedule a:NoExecute-"
            ]
        );
    }

    fn list() -> impl Strategy<Value = Vec<Taint>> {
        let effects = prop::sample::select(Effect::ALL.to_vec());
        let one = ("[abc]", "[12]?", effects);
        prop::collection::vec(one, 0..6).prop_map(|all| {
            let mut list: Vec<Taint> = Vec::new();
            for (key, value, effect) in all {
                let new = taint(&key, &value, effect);
                if !list.iter().any(|known| known.same_place(&new)) {
                    list.push(new);
                }
            }
            list
        })
    }

    proptest! {
        /// The command is typed as it is printed, and the list is what it was, in some order.
        #[test]
        fn the_command_gives_the_old_list_back(before in list(), after in list()) {
            let mut now = after.clone();
            for undo in undo([("n", &before[..], &after[..])]) {
                let command = undo.command();
                let words: Vec<&str> = command.split(' ').skip(5).collect();
                let (flags, specs): (Vec<&str>, Vec<&str>) = words.into_iter().partition(|w| w.starts_with("--"));
                let typed: Vec<String> = match command.contains(" remove ") {
                    true => specs.iter().map(|spec| format!("{spec}-")).collect(),
                    false => specs.iter().map(|spec| (*spec).to_owned()).collect(),
                };
                let existing = if flags.is_empty() { Existing::Refuse } else { Existing::Overwrite };
                let changes = Changes::parse(&typed).unwrap();
                now = apply(&now, &changes, Rules::kubectl(existing)).unwrap().taints;
            }
            let sorted = |list: &[Taint]| {
                let mut texts: Vec<String> = list.iter().map(Taint::to_string).collect();
                texts.sort();
                texts
            };
            prop_assert_eq!(sorted(&now), sorted(&before));
        }
    }
}
