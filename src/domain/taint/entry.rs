//! Which pods a node's taints keep out, and what a change of the taints does about it.
//!
//! The scheduler looks at NoSchedule and NoExecute alike, and `tolerationSeconds` plays no part; PreferNoSchedule only makes
//! the node the worse choice.

use super::toleration::{Comparisons, Toleration};
use super::{Effect, Taint};

/// What a change of a node's taints does to pods that look for a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entry {
    /// They could come and cannot any more.
    ShutOut,
    /// They can come, and go elsewhere where anything else will do.
    Avoided,
    /// They could not come and can.
    LetIn,
    /// They could come, and are not told to go elsewhere any more.
    Welcome,
}

/// Tells what a change does to pods with these tolerations, and the taint that it is about; `None` where nothing changes.
pub fn entry<'a>(
    before: &'a [Taint],
    after: &'a [Taint],
    tolerations: &[Toleration],
    comparisons: Comparisons,
) -> Option<(Entry, &'a Taint)> {
    let hard = |taints| barrier(taints, tolerations, comparisons);
    let soft = |taints| obstacle(taints, tolerations, comparisons, Strength::Soft);
    match (hard(before), hard(after)) {
        (None, Some(taint)) => Some((Entry::ShutOut, taint)),
        (Some(taint), None) => Some((Entry::LetIn, taint)),
        (Some(_), Some(_)) => None,
        (None, None) => match (soft(before), soft(after)) {
            (None, Some(taint)) => Some((Entry::Avoided, taint)),
            (Some(taint), None) => Some((Entry::Welcome, taint)),
            _ => None,
        },
    }
}

/// Returns the first taint that keeps pods with these tolerations out.
pub fn barrier<'a>(
    taints: &'a [Taint],
    tolerations: &[Toleration],
    comparisons: Comparisons,
) -> Option<&'a Taint> {
    obstacle(taints, tolerations, comparisons, Strength::Hard)
}

/// Whether a taint keeps out or turns away.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    Hard,
    Soft,
}

fn obstacle<'a>(
    taints: &'a [Taint],
    tolerations: &[Toleration],
    comparisons: Comparisons,
    strength: Strength,
) -> Option<&'a Taint> {
    let of_strength = |taint: &Taint| match taint.effect {
        Effect::PreferNoSchedule => strength == Strength::Soft,
        Effect::NoSchedule | Effect::NoExecute => strength == Strength::Hard,
    };
    let tolerated = |taint: &Taint| {
        let mut tolerations = tolerations.iter();
        tolerations.any(|one| one.tolerates_under(taint, comparisons))
    };
    let mut taints = taints.iter();
    taints.find(|taint| of_strength(taint) && !tolerated(taint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{taint, tolerates};

    fn between(before: &[Taint], after: &[Taint], keys: &[&str]) -> Option<(Entry, String)> {
        let tolerations: Vec<_> = keys.iter().map(|key| tolerates(key, Some(0))).collect();
        let found = entry(before, after, &tolerations, Comparisons::Off);
        found.map(|(entry, taint)| (entry, taint.to_string()))
    }

    #[test]
    fn hard_taints_shut_out_soft_ones_only_turn_away_and_time_plays_no_part() {
        let hard = [taint("a", "", Effect::NoSchedule)];
        let executing = [taint("a", "", Effect::NoExecute)];
        let soft = [taint("a", "", Effect::PreferNoSchedule)];
        let told = |entry, text: &str| Some((entry, text.to_owned()));
        assert_eq!(
            between(&[], &hard, &[]),
            told(Entry::ShutOut, "a:NoSchedule")
        );
        assert_eq!(
            between(&[], &executing, &[]),
            told(Entry::ShutOut, "a:NoExecute")
        );
        assert_eq!(
            between(&[], &soft, &[]),
            told(Entry::Avoided, "a:PreferNoSchedule")
        );
        assert_eq!(between(&hard, &[], &[]), told(Entry::LetIn, "a:NoSchedule"));
        assert_eq!(
            between(&soft, &[], &[]),
            told(Entry::Welcome, "a:PreferNoSchedule")
        );
        assert_eq!(
            between(&soft, &hard, &[]),
            told(Entry::ShutOut, "a:NoSchedule")
        );
        for (before, after) in [(&[][..], &hard), (&[], &executing), (&[], &soft)] {
            assert_eq!(between(before, after, &["a"]), None);
        }
    }

    #[test]
    fn who_is_kept_out_already_loses_nothing_by_another_taint() {
        let one = [taint("a", "", Effect::NoSchedule)];
        let two = [one[0].clone(), taint("b", "", Effect::NoSchedule)];
        assert_eq!(between(&one, &two, &[]), None);
        assert_eq!(between(&two, &one, &[]), None);
        assert_eq!(
            between(&one, &two, &["a"]),
            Some((Entry::ShutOut, "b:NoSchedule".to_owned()))
        );
    }
}
