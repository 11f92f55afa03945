//! A drain that lacks a right: which one, whose, where, and who can help. Said before anything is written.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::shell::quote;
use crate::domain::drain::policy::Removal;
use crate::engine::cluster::Right;
use crate::engine::rights::MissingRight;

use super::ending::NOTHING_CHANGED;

/// Returns the error about rights that are missing; `user` is the caller's name where it is known.
pub(super) fn error(missing: &[MissingRight], user: Option<&str>, removal: Removal) -> CliError {
    let mut lines: Vec<String> = missing.iter().flat_map(|m| sentences(m, user)).collect();
    lines.push(NOTHING_CHANGED.to_owned());
    CliError::new(Exit::NotPermitted, lines.join("\n")).with_hint(hint(user, removal))
}

/// Says it in the server's words, for which people search; about nodes also in kubectl's, which names each.
fn sentences(missing: &MissingRight, user: Option<&str>) -> Vec<String> {
    let who = user.map_or_else(
        || "the current user".to_owned(),
        |name| format!("User {name:?}"),
    );
    let pods = |does: &str| {
        let quoted: Vec<String> = missing.places.iter().map(|p| format!("{p:?}")).collect();
        let namespaces = match quoted.as_slice() {
            [one] => format!("namespace {one}"),
            several => format!("namespaces {}", several.join(", ")),
        };
        vec![format!(
            "error: unable to drain: {who} cannot {does} in API group \"\" in the {namespaces}"
        )]
    };
    match missing.right {
        Right::EvictPods => pods("create resource \"pods/eviction\""),
        Right::DeletePods => pods("delete resource \"pods\""),
        Right::PatchNodes => missing
            .places
            .iter()
            .map(|node| {
                format!(
                    "error: unable to cordon node {node:?}: nodes {node:?} is forbidden: {who} cannot patch resource \
                     \"nodes\" in API group \"\" at the cluster scope"
                )
            })
            .collect(),
    }
}

fn hint(user: Option<&str>, removal: Removal) -> String {
    let role = match removal {
        Removal::Evict => "act",
        Removal::Delete => "force",
    };
    let user = user.map_or_else(|| "USER".to_owned(), quote);
    format!(
        "deploy/rbac-{role}.yaml has the smallest role for this; an administrator gives it by: \
         kubectl create clusterrolebinding NAME --clusterrole=nodemaint-{role} --user={user}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(right: Right, places: &[&str]) -> MissingRight {
        MissingRight {
            right,
            places: places.iter().map(|&place| place.to_owned()).collect(),
        }
    }

    #[test]
    fn the_right_the_user_and_the_places_are_named() {
        let found = [
            missing(Right::PatchNodes, &["n1", "n2"]),
            missing(Right::EvictPods, &["shop", "web"]),
        ];
        let error = error(&found, Some("ada"), Removal::Evict);
        assert_eq!(error.exit, Exit::NotPermitted);
        assert_eq!(
            error.message,
            "error: unable to cordon node \"n1\": nodes \"n1\" is forbidden: User \"ada\" cannot patch resource \"nodes\" \
             in API group \"\" at the cluster scope\n\
             error: unable to cordon node \"n2\": nodes \"n2\" is forbidden: User \"ada\" cannot patch resource \"nodes\" \
             in API group \"\" at the cluster scope\n\
             error: unable to drain: User \"ada\" cannot create resource \"pods/eviction\" in API group \"\" in the \
             namespaces \"shop\", \"web\"\n\
             nothing was changed: no node was cordoned and no pod was touched"
        );
        assert_eq!(
            error.hints,
            [
                "deploy/rbac-act.yaml has the smallest role for this; an administrator gives it by: kubectl create \
                 clusterrolebinding NAME --clusterrole=nodemaint-act --user=ada"
            ]
        );
    }

    #[test]
    fn an_unknown_user_who_wants_to_delete_is_pointed_to_the_other_role() {
        let found = [missing(Right::DeletePods, &["shop"])];
        let error = error(&found, None, Removal::Delete);
        assert!(error.message.starts_with(
            "error: unable to drain: the current user cannot delete resource \"pods\" in API group \"\" in the \
             namespace \"shop\"\n"
        ));
        assert!(error.hints[0].ends_with("--clusterrole=nodemaint-force --user=USER"));
    }
}
