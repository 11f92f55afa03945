//! The arithmetic as tables, the sentences word for word, the ledger by properties.

use proptest::prelude::*;

use super::*;
use crate::testing::{budget, pod};

fn around() -> Surroundings {
    Surroundings::default()
}

fn web(pods: &str) -> Surroundings {
    Surroundings {
        workloads: vec![pods.to_owned()],
        ..Surroundings::default()
    }
}

#[test]
fn percentages_round_up() {
    let rows = [
        (Amount::Percent(1), 3, 1),
        (Amount::Percent(34), 3, 2),
        (Amount::Percent(50), 3, 2),
        (Amount::Percent(50), 4, 2),
        (Amount::Percent(0), 3, 0),
        (Amount::Percent(100), 3, 3),
        (Amount::Percent(33), 0, 0),
        (Amount::Count(7), 3, 7),
    ];
    for (amount, total, expected) in rows {
        assert_eq!(amount.of(total), expected, "{amount:?} of {total}");
    }
}

#[test]
fn the_spec_asks_for_healthy_pods() {
    let min = budget("a/b").min_available(Amount::Percent(50)).build();
    let max = budget("a/b").max_unavailable(Amount::Percent(1)).build();
    let zero = budget("a/b").max_unavailable(Amount::Count(0)).build();
    let all = budget("a/b").max_unavailable(Amount::Count(9)).build();
    assert_eq!(min.desired_by_spec(3), 2);
    assert_eq!(max.desired_by_spec(3), 2, "1 % of 3 is one pod");
    assert_eq!(zero.desired_by_spec(3), 3);
    assert_eq!(all.desired_by_spec(3), 0);
    assert_eq!(budget("a/b").build().desired_by_spec(3), 0);
}

#[test]
fn standings() {
    let min = |n| budget("shop/web").min_available(Amount::Count(n));
    let max = |n| budget("shop/web").max_unavailable(Amount::Count(n));
    let rows = [
        ("room", min(2).counts(3, 3), Standing::Open(1)),
        (
            "replicas are the minimum",
            min(3).counts(3, 3),
            Standing::Never,
        ),
        ("maxUnavailable 0", max(0).counts(3, 3), Standing::Never),
        (
            "100 percent",
            budget("a/b")
                .min_available(Amount::Percent(100))
                .counts(2, 2),
            Standing::Never,
        ),
        ("one is sick", min(2).counts(2, 3), Standing::Waiting),
        ("several are sick", min(2).counts(1, 3), Standing::Waiting),
        (
            "none healthy, minimum 0",
            min(0).counts(0, 3),
            Standing::NoHealthyPod,
        ),
        (
            "none healthy, all may be away",
            budget("a/b")
                .max_unavailable(Amount::Percent(100))
                .counts(0, 3),
            Standing::NoHealthyPod,
        ),
        (
            "bare pods under maxUnavailable",
            max(1).counts(2, 0),
            Standing::Never,
        ),
        (
            "spec is newer",
            min(2).counts(3, 3).stale(),
            Standing::Stale,
        ),
        ("never computed", min(2).never_synced(), Standing::Stale),
        (
            "failed since it was made",
            max(1).never_synced().sync_failed("no scale"),
            Standing::NotComputable,
        ),
        (
            "failed after it was computed",
            max(1).counts(3, 3).sync_failed("no scale"),
            Standing::NotComputable,
        ),
    ];
    for (name, builder, expected) in rows {
        assert_eq!(builder.build().standing(&around()), expected, "{name}");
    }
}

#[test]
fn pods_on_their_way_out_do_not_count_as_room() {
    // Four are expected while one of three replicas ends: its replacement exists already.
    let tight = budget("shop/web")
        .min_available(Amount::Count(3))
        .counts(3, 4);
    let mut tight = tight.build();
    tight.status.disruptions_allowed = 0;
    let ending = Surroundings {
        leaving: 1,
        ..around()
    };
    assert_eq!(tight.standing(&around()), Standing::Waiting);
    assert_eq!(tight.standing(&ending), Standing::Never);
}

#[test]
fn unready_pods_leave_free_when_the_policy_or_the_numbers_allow_it() {
    let sick = pod("shop/web-1").unready().build();
    let well = pod("shop/web-2").build();
    let min = |n| budget("shop/web").min_available(Amount::Count(n));
    let rows = [
        ("enough healthy", min(2).counts(2, 3).build(), true),
        ("short of healthy", min(2).counts(1, 3).build(), false),
        ("always", min(2).counts(1, 3).always_allow().build(), true),
        (
            "always, though stale",
            min(2).counts(1, 3).always_allow().stale().build(),
            true,
        ),
        (
            "minimum 0, one is healthy",
            min(0).counts(1, 2).build(),
            true,
        ),
        (
            "minimum 0, none is healthy",
            min(0).counts(0, 2).build(),
            false,
        ),
    ];
    for (name, budget, free) in rows {
        assert_eq!(budget.lets_go_free(&sick), free, "{name}");
        assert!(
            !budget.lets_go_free(&well),
            "{name}: a ready pod always costs"
        );
    }
}

#[test]
fn explanations_name_the_budget_its_numbers_and_the_next_command() {
    let tight = budget("shop/web")
        .min_available(Amount::Count(3))
        .counts(3, 3)
        .build();
    let never = tight.explain(Standing::Never, &web("deployment/web"));
    assert_eq!(
        never.message,
        "budget shop/web needs 3 healthy pods and has 3: with minAvailable 3 of 3 it never lets one go"
    );
    assert_eq!(
        never.hint,
        "kubectl scale deployment/web -n shop --replicas=4"
    );

    let zero = budget("shop/web")
        .max_unavailable(Amount::Count(0))
        .counts(3, 3)
        .build();
    let never = zero.explain(Standing::Never, &web("deployment/web"));
    assert_eq!(
        never.message,
        "budget shop/web needs 3 healthy pods and has 3: with maxUnavailable 0 of 3 it never lets one go"
    );
    assert_eq!(
        never.hint,
        r#"kubectl patch pdb web -n shop --type=merge -p '{"spec":{"maxUnavailable":1}}'"#
    );

    let percent = budget("shop/web")
        .min_available(Amount::Percent(100))
        .counts(3, 3)
        .build();
    assert_eq!(
        percent
            .explain(Standing::Never, &web("deployment/web"))
            .hint,
        r#"kubectl patch pdb web -n shop --type=merge -p '{"spec":{"minAvailable":2}}'"#
    );
}

#[test]
fn waiting_names_what_is_waited_for() {
    let short = budget("shop/web")
        .min_available(Amount::Count(2))
        .counts(2, 3)
        .build();
    let sick = Surroundings {
        sick: ["shop/web-3".to_owned()].into(),
        ..web("deployment/web")
    };
    let waiting = short.explain(Standing::Waiting, &sick);
    assert_eq!(
        waiting.message,
        "budget shop/web needs 2 healthy pods and has 2: waits until shop/web-3 is ready"
    );
    assert_eq!(waiting.hint, "kubectl describe pod web-3 -n shop");

    let rollout = short.explain(Standing::Waiting, &web("deployment/web"));
    assert_eq!(
        rollout.message,
        "budget shop/web needs 2 healthy pods and has 2: waits until deployment/web has 1 more ready"
    );
    assert_eq!(
        rollout.hint,
        "kubectl rollout status deployment/web -n shop"
    );

    let disrupted = budget("shop/web")
        .min_available(Amount::Count(2))
        .counts(2, 3);
    let in_flight = disrupted.disrupted("web-9").build();
    assert_eq!(
        in_flight
            .explain(Standing::Waiting, &web("deployment/web"))
            .message,
        "budget shop/web needs 2 healthy pods and has 2: waits until 1 evicted before is replaced"
    );
}

#[test]
fn odd_states_say_what_they_are() {
    let bare = budget("shop/db")
        .max_unavailable(Amount::Count(1))
        .counts(1, 0)
        .build();
    assert_eq!(
        bare.explain(Standing::Never, &around()).message,
        "budget shop/db expects 0 pods, for none that it selects has a controller with a scale: it never lets one go"
    );
    let failed = budget("shop/db")
        .never_synced()
        .sync_failed("jobs.batch does not implement the scale subresource");
    let failed = failed.build().explain(Standing::NotComputable, &around());
    assert_eq!(
        failed.message,
        "budget shop/db cannot be computed (jobs.batch does not implement the scale subresource): nothing that it \
         selects leaves until that is mended"
    );
    assert_eq!(failed.hint, "kubectl describe pdb db -n shop");
    let stale = budget("shop/db")
        .stale()
        .build()
        .explain(Standing::Stale, &around());
    assert_eq!(
        stale.message,
        "the status of budget shop/db was computed for generation 1, its spec is generation 2: evictions are refused \
         until the disruption controller has caught up"
    );
    let empty = budget("shop/db")
        .min_available(Amount::Count(0))
        .counts(0, 1)
        .build();
    assert_eq!(
        empty.explain(Standing::NoHealthyPod, &around()).message,
        "budget shop/db needs 0 healthy pods and has 0: while none is healthy nothing leaves, whatever the minimum"
    );
}

#[test]
fn an_account_gives_waves_as_long_as_pods_are_replaced() {
    let mut account = Account::new(2, 2);
    let waves: Vec<Grant> = (0..5).map(|_| account.spend(Refund::Sure)).collect();
    let numbers: Vec<u32> = waves.iter().map(|grant| wave_number(*grant)).collect();
    assert_eq!(numbers, [1, 1, 2, 2, 3]);
}

#[test]
fn what_is_not_replaced_is_not_given_back() {
    let mut account = Account::new(2, 2);
    assert_eq!(wave_number(account.spend(Refund::Sure)), 1);
    assert_eq!(wave_number(account.spend(Refund::Never)), 1);
    assert_eq!(wave_number(account.spend(Refund::Never)), 2);
    assert_eq!(account.spend(Refund::Sure), Grant::Denied);
}

#[test]
fn a_wave_that_rests_on_an_unknown_owner_says_so() {
    let mut account = Account::new(1, 1);
    let unsure = |number| Grant::Wave {
        number,
        refund: Refund::Unsure,
    };
    assert_eq!(
        account.spend(Refund::Unsure),
        Grant::Wave {
            number: 1,
            refund: Refund::Sure
        }
    );
    assert_eq!(account.spend(Refund::Sure), unsure(2));
    assert_eq!(account.spend(Refund::Sure), unsure(3));
}

#[test]
fn room_from_a_rollout_surge_is_used_once() {
    // Four healthy of three wanted: one may go now, but the arithmetic leaves no room afterwards.
    let mut account = Account::new(1, 0);
    assert_eq!(wave_number(account.spend(Refund::Sure)), 1);
    assert_eq!(account.spend(Refund::Sure), Grant::Denied);
}

fn wave_number(grant: Grant) -> u32 {
    match grant {
        Grant::Wave { number, .. } => number,
        Grant::Denied => 0,
    }
}

fn refunds() -> impl Strategy<Value = Vec<Refund>> {
    let one = prop_oneof![
        Just(Refund::Sure),
        Just(Refund::Unsure),
        Just(Refund::Never)
    ];
    proptest::collection::vec(one, 0..40)
}

proptest! {
    #[test]
    fn no_wave_spends_more_than_is_allowed(allowed in -3i64..6, capacity in -3i64..6, claims in refunds()) {
        let mut account = Account::new(allowed, capacity);
        let mut spent: BTreeMap<u32, i64> = BTreeMap::new();
        for claim in claims {
            let grant = account.spend(claim);
            prop_assert!(account.balance() >= 0);
            if let Grant::Wave { number, .. } = grant {
                *spent.entry(number).or_default() += 1;
            }
        }
        for (wave, count) in spent {
            let limit = if wave == 1 { allowed } else { allowed.min(capacity) };
            prop_assert!(count <= limit, "wave {} spent {} of {}", wave, count, limit);
        }
    }

    #[test]
    fn once_denied_always_denied(allowed in 0i64..4, capacity in 0i64..4, claims in refunds()) {
        let mut account = Account::new(allowed, capacity);
        let grants: Vec<Grant> = claims.into_iter().map(|claim| account.spend(claim)).collect();
        let first = grants.iter().position(|g| *g == Grant::Denied).unwrap_or(grants.len());
        prop_assert!(grants[first..].iter().all(|g| *g == Grant::Denied));
    }
}
