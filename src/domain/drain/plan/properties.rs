//! What holds for every plan: independence of the source's order, and budgets that are never overspent.

use proptest::prelude::*;

use super::tests::{min, plan, shop, web, web_budget};
use crate::domain::drain::fate::Fate;
use crate::domain::pod::Readiness;
use crate::domain::snapshot::Snapshot;
use crate::testing::{budget, pod};

/// A cluster with every kind of pod under three budgets.
fn mixed() -> Snapshot {
    let mut builder = shop()
        .budget(web_budget(2, 4, 5))
        .budget(
            budget("shop/db")
                .selecting(&[("app", "db")])
                .min_available(min(1))
                .counts(1, 1),
        )
        .budget(
            budget("shop/both")
                .selecting(&[("tier", "x")])
                .max_unavailable(min(1))
                .counts(3, 3),
        );
    for index in 0..4 {
        let node = if index % 2 == 0 { "n1" } else { "n2" };
        builder = builder
            .pod(web(&format!("web-{index}"), node))
            .pod(pod(&format!("shop/db-{index}")).on(node).label("app", "db"))
            .pod(web(&format!("x-{index}"), node).label("tier", "x"))
            .pod(web(&format!("sick-{index}"), node).unready())
            .pod(
                pod(&format!("shop/tier-{index}"))
                    .on(node)
                    .label("tier", "x"),
            );
    }
    builder.build()
}

proptest! {
    #[test]
    fn the_order_of_the_source_does_not_matter(
        pods in Just(mixed().pods).prop_shuffle(),
        budgets in Just(mixed().budgets).prop_shuffle(),
    ) {
        let shuffled = Snapshot { pods, budgets, ..mixed() };
        prop_assert_eq!(plan(&shuffled, &["n2", "n1"]), plan(&mixed(), &["n2", "n1"]));
    }

    #[test]
    fn a_wave_never_takes_more_from_a_budget_than_it_allows(minimum in 0i64..7, sick in 0usize..3) {
        let mut builder = shop();
        for index in 0..6 {
            let node = if index < 3 { "n1" } else { "n2" };
            let pod = web(&format!("web-{index}"), node);
            builder = builder.pod(if index < sick { pod.unready() } else { pod });
        }
        let healthy = 6 - i64::try_from(sick).unwrap_or(0);
        let snapshot = builder.budget(web_budget(minimum, healthy, 6)).build();
        let plan = plan(&snapshot, &["n1", "n2"]);
        let allowed = (healthy - minimum).max(0);
        for wave in 1..=6 {
            let ready = plan.pods().filter(|p| p.wave == Some(wave));
            let spent = ready.filter(|p| p.pod.readiness == Readiness::Ready).count();
            prop_assert!(i64::try_from(spent).unwrap_or(i64::MAX) <= allowed);
        }
        let nobody_blocked = plan.pods().all(|p| p.fate == Fate::Evict);
        prop_assert_eq!(nobody_blocked, allowed > 0 || (sick == 6));
    }
}
