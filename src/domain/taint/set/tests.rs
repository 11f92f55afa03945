//! Tests of changes to a list: upstream's tables first, then our own rules and properties.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::taint::Effect;
use crate::domain::taint::spec::parse_addition;

fn list(specs: &[&str]) -> Vec<Taint> {
    specs.iter().map(|s| parse_addition(s).unwrap()).collect()
}

fn changes(specs: &[&str]) -> Changes {
    let changes = Changes::parse(specs).unwrap();
    changes.check_conflicts().unwrap();
    changes
}

fn kubectl(
    old: &[&str],
    specs: &[&str],
    existing: Existing,
) -> Result<(Word, Vec<String>), Refusal> {
    let applied = apply(&list(old), &changes(specs), Rules::kubectl(existing))?;
    Ok((applied.word, print(&applied.taints)))
}

fn print(taints: &[Taint]) -> Vec<String> {
    taints.iter().map(Taint::to_string).collect()
}

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|s| (*s).to_owned()).collect()
}

/// `TestTaint` of kubectl: the cases that succeed.
#[test]
fn upstream_taint_table() {
    use Existing::{Overwrite, Refuse};
    let both = [
        "dedicated=namespaceA:NoSchedule",
        "foo=bar:PreferNoSchedule",
    ];
    let pair = [
        "dedicated=namespaceA:NoSchedule",
        "dedicated=namespaceA:PreferNoSchedule",
    ];
    type Case<'a> = (&'a [&'a str], &'a [&'a str], Existing, Word, &'a [&'a str]);
    let table: &[Case] = &[
        (
            &[],
            &["foo=bar:NoSchedule"],
            Refuse,
            Word::Tainted,
            &["foo=bar:NoSchedule"],
        ),
        (
            &[],
            &["foo=bar:PreferNoSchedule"],
            Refuse,
            Word::Tainted,
            &["foo=bar:PreferNoSchedule"],
        ),
        (
            &["foo=bar:NoSchedule"],
            &["foo=barz:NoSchedule"],
            Overwrite,
            Word::Modified,
            &["foo=barz:NoSchedule"],
        ),
        (&[], &both, Refuse, Word::Tainted, &both),
        (
            &pair,
            &["dedicated:NoSchedule-"],
            Refuse,
            Word::Untainted,
            &pair[1..],
        ),
        (&pair, &["dedicated-"], Refuse, Word::Untainted, &[]),
        (
            &both,
            &["dedicated:NoSchedule-", "foo=barz:PreferNoSchedule"],
            Overwrite,
            Word::Modified,
            &["foo=barz:PreferNoSchedule"],
        ),
    ];
    for (old, specs, existing, word, expected) in table {
        let got = kubectl(old, specs, *existing).unwrap();
        assert_eq!(got, (*word, strings(expected)), "{old:?} {specs:?}");
    }
}

/// `TestTaint`: a taint that is there, the same in every part, is refused without `--overwrite`.
#[test]
fn upstream_existing_taint_is_refused() {
    let refusal = kubectl(
        &["foo=bar:NoSchedule"],
        &["foo=bar:NoSchedule"],
        Existing::Refuse,
    );
    assert_eq!(
        refusal.unwrap_err().messages("node-name"),
        ["node node-name already has foo taint(s) with same effect(s) and --overwrite is false"]
    );
}

/// `TestCheckIfTaintsAlreadyExists`.
#[test]
fn upstream_already_exists() {
    let old = [
        "foo_1=bar:NoSchedule",
        "foo_2=bar:NoSchedule",
        "foo_3=bar:NoSchedule",
    ];
    let keys = |specs: &[&str]| clashes(&list(&old), &list(specs), Existing::Refuse).join(",");
    assert_eq!(keys(&[]), "");
    assert_eq!(keys(&["foo_1:NoExecute"]), "");
    assert_eq!(keys(&["foo_2:NoSchedule"]), "foo_2");
    assert_eq!(
        keys(&["foo_2:NoSchedule", "foo_3:NoSchedule"]),
        "foo_2,foo_3"
    );
}

/// `TestDeleteTaint` and `TestDeleteTaintByKey`.
#[test]
fn upstream_deletions() {
    let delete = |old: &[&str], removal: &str| {
        let removals = [Removal::parse(removal).unwrap()];
        let (left, missing) = remove_all(list(old), &removals, RemovalValue::Ignored);
        (print(&left), missing.is_empty())
    };
    let foo = ["foo:NoSchedule"];
    assert_eq!(delete(&foo, "foo_1:NoSchedule"), (strings(&foo), false));
    assert_eq!(delete(&foo, "foo:NoExecute"), (strings(&foo), false));
    assert_eq!(delete(&foo, "foo:NoSchedule"), (vec![], true));
    assert_eq!(delete(&[], "foo:NoSchedule"), (vec![], false));
    assert_eq!(
        delete(&["foo=bar:NoSchedule"], "foo_1"),
        (strings(&["foo=bar:NoSchedule"]), false)
    );
    assert_eq!(delete(&["foo=bar:NoSchedule"], "foo"), (vec![], true));
    assert_eq!(delete(&[], "foo"), (vec![], false));
}

/// `TestReorganizeTaints`.
#[test]
fn upstream_reorganize() {
    use Existing::{Overwrite, Refuse};
    let old = ["foo=bar:NoSchedule"];
    type Case<'a> = (Existing, &'a [&'a str], Word, &'a [&'a str]);
    let table: &[Case] = &[
        (Overwrite, &[], Word::Modified, &old),
        (Refuse, &[], Word::Untainted, &old),
        (
            Refuse,
            &["foo_1:NoExecute"],
            Word::Tainted,
            &["foo_1:NoExecute", "foo=bar:NoSchedule"],
        ),
        (Refuse, &["foo:NoSchedule-"], Word::Untainted, &[]),
        (Refuse, &["foo-"], Word::Untainted, &[]),
        (
            Refuse,
            &["foo_1:NoSchedule", "foo-"],
            Word::Modified,
            &["foo_1:NoSchedule"],
        ),
    ];
    for (existing, specs, word, expected) in table {
        let got = kubectl(&old, specs, *existing).unwrap();
        assert_eq!(got, (*word, strings(expected)), "{specs:?}");
    }
    let absent = kubectl(&old, &["foo_1:NoSchedule-"], Refuse).unwrap_err();
    assert_eq!(
        absent.messages("n"),
        ["taint \"foo_1:NoSchedule\" not found"]
    );
}

#[test]
fn every_missing_taint_is_named_and_nothing_is_removed() {
    let refusal = kubectl(
        &["a:NoSchedule"],
        &["a-", "b-", "c=x:NoExecute-"],
        Existing::Refuse,
    );
    assert_eq!(
        refusal.unwrap_err().messages("n"),
        ["taint \"b\" not found", "taint \"c:NoExecute\" not found"]
    );
}

#[test]
fn removing_twice_is_not_found_the_second_time() {
    let refusal = kubectl(
        &["a:NoSchedule"],
        &["a-", "a:NoSchedule-"],
        Existing::Refuse,
    );
    assert_eq!(
        refusal.unwrap_err().messages("n"),
        ["taint \"a:NoSchedule\" not found"]
    );
}

#[test]
fn replacing_drops_the_time_added_and_the_rest_keep_theirs() {
    let mut old = list(&["a=1:NoExecute", "b=1:NoExecute"]);
    for taint in &mut old {
        taint.time_added = Some(Timestamp::UNIX_EPOCH);
    }
    let rules = Rules::kubectl(Existing::Overwrite);
    let new = apply(&old, &changes(&["b=2:NoExecute"]), rules)
        .unwrap()
        .taints;
    assert_eq!(print(&new), ["b=2:NoExecute", "a=1:NoExecute"]);
    assert_eq!(new[0].time_added, None);
    assert_eq!(new[1], old[0]);
}

fn tolerant() -> Rules {
    Rules {
        existing: Existing::KeepIdentical,
        absent: Absent::Accept,
        removal_value: RemovalValue::Compared,
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let old = list(&["x:NoExecute", "a=1:NoSchedule"]);
    let again = apply(&old, &changes(&["a=1:NoSchedule"]), tolerant()).unwrap();
    assert_eq!(again.word, Word::AlreadyTainted);
    assert_eq!(again.taints, old);
    let gone = apply(&old, &changes(&["b-"]), tolerant()).unwrap();
    assert_eq!(
        (gone.word, gone.taints),
        (Word::AlreadyUntainted, old.clone())
    );
    let part = apply(
        &old,
        &changes(&["a=1:NoSchedule", "c:NoSchedule"]),
        tolerant(),
    )
    .unwrap();
    assert_eq!(part.word, Word::Tainted);
    assert_eq!(
        print(&part.taints),
        ["c:NoSchedule", "x:NoExecute", "a=1:NoSchedule"]
    );
}

#[test]
fn another_value_is_never_overwritten_unasked() {
    let old = list(&["a=1:NoSchedule"]);
    let refusal = apply(
        &old,
        &changes(&["a=2:NoSchedule", "b:NoSchedule"]),
        tolerant(),
    );
    assert_eq!(
        refusal.unwrap_err(),
        Refusal::AlreadyHas(vec!["a".to_owned()])
    );
}

#[test]
fn a_removal_with_another_value_says_which_is_there() {
    let remove = |old: &str, spec: &str| {
        apply(&list(&[old]), &changes(&[spec]), tolerant())
            .unwrap_err()
            .messages("n")
            .join("\n")
    };
    assert_eq!(
        remove("a=1:NoSchedule", "a=2:NoSchedule-"),
        "taint \"a=2:NoSchedule\" not found: \"a:NoSchedule\" is there with the value \"1\""
    );
    assert_eq!(
        remove("a:NoSchedule", "a=2:NoSchedule-"),
        "taint \"a=2:NoSchedule\" not found: \"a:NoSchedule\" is there without a value"
    );
    assert_eq!(
        remove("a=1:NoSchedule", "a=:NoSchedule-"),
        "taint \"a=:NoSchedule\" not found: \"a:NoSchedule\" is there with the value \"1\""
    );
    let same = apply(
        &list(&["a=1:NoSchedule"]),
        &changes(&["a=1:NoSchedule-"]),
        tolerant(),
    );
    assert_eq!(same.unwrap().word, Word::Untainted);
}

#[test]
fn a_replaced_list_keeps_what_kubernetes_owns() {
    let mut old = list(&[
        "node.kubernetes.io/unschedulable:NoSchedule",
        "a=1:NoSchedule",
        "b:NoExecute",
    ]);
    old[2].time_added = Some(Timestamp::UNIX_EPOCH);
    let new = list(&["b:NoExecute", "c:NoSchedule"]);
    let replaced = replace(&old, &new, &[]);
    assert_eq!(
        print(&replaced.taints),
        [
            "b:NoExecute",
            "c:NoSchedule",
            "node.kubernetes.io/unschedulable:NoSchedule"
        ]
    );
    assert_eq!(
        replaced.taints[0], old[2],
        "a taint that stays keeps its age"
    );
    assert_eq!(replaced.kept, old[..1]);
    let named = [Removal::parse("node.kubernetes.io/unschedulable").unwrap()];
    assert_eq!(replace(&old, &[], &named).taints, []);
    assert_eq!(replace(&old, &[], &[]).taints, old[..1]);
}

#[test]
fn a_difference_names_what_comes_goes_and_changes() {
    let before = list(&["a=1:NoSchedule", "b:NoSchedule", "c:NoExecute"]);
    let after = list(&["d:NoSchedule", "c:NoExecute", "a=2:NoSchedule"]);
    let diff = Diff::between(&before, &after);
    assert_eq!(
        diff.lines,
        [
            DiffLine::New(after[0].clone()),
            DiffLine::Same(after[1].clone()),
            DiffLine::Changed {
                from: before[0].clone(),
                to: after[2].clone()
            },
            DiffLine::Gone(before[1].clone()),
        ]
    );
    assert!(!diff.is_empty());
    assert_eq!(diff.apply(&after), None, "it starts from another list");
    let reversed: Vec<Taint> = before.iter().rev().cloned().collect();
    assert!(Diff::between(&before, &reversed).is_empty());
}

/// Lists unique by key and effect, as the server keeps them.
fn lists() -> impl Strategy<Value = Vec<Taint>> {
    let key = proptest::sample::select(vec!["a", "b", "c", "node.kubernetes.io/x"]);
    let effect = proptest::sample::select(Effect::ALL.to_vec());
    let one =
        (key, "[xy]?", effect, proptest::bool::ANY).prop_map(|(key, value, effect, aged)| Taint {
            key: key.to_owned(),
            value,
            effect,
            time_added: aged.then_some(Timestamp::UNIX_EPOCH),
        });
    proptest::collection::vec(one, 0..8).prop_map(|taints| {
        let mut unique: Vec<Taint> = Vec::new();
        for taint in taints {
            if !unique.iter().any(|t| t.same_place(&taint)) {
                unique.push(taint);
            }
        }
        unique
    })
}

proptest! {
    #[test]
    fn a_difference_leads_from_one_list_to_the_other(a in lists(), b in lists()) {
        prop_assert_eq!(Diff::between(&a, &b).apply(&a), Some(b));
    }

    #[test]
    fn adding_then_removing_gives_the_old_list(old in lists(), value in "[xy]?") {
        let spec = format!("new={value}:NoExecute");
        let added = apply(&old, &changes(&[&spec]), Rules::kubectl(Existing::Refuse)).unwrap();
        let undone = apply(&added.taints, &changes(&["new:NoExecute-"]), Rules::kubectl(Existing::Refuse));
        prop_assert_eq!(undone.unwrap().taints, old);
    }

    #[test]
    fn no_change_makes_a_list_that_the_server_refuses(old in lists(), new in lists()) {
        let changes = Changes { add: new.clone(), remove: vec![] };
        let applied = apply(&old, &changes, Rules::kubectl(Existing::Overwrite)).unwrap().taints;
        for list in [applied, replace(&old, &new, &[]).taints] {
            for (i, taint) in list.iter().enumerate() {
                prop_assert!(!list[..i].iter().any(|t| t.same_place(taint)));
            }
        }
    }
}
