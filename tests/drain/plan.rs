//! Plans in files: carried out exactly so, or not at all.

use std::path::{Path, PathBuf};

use controlplane::{Made, Space, shared, space};
use serde_json::Value;

use crate::preview::{Run, online};

/// A node with two pods, and a second node for their replacements.
struct Scene {
    space: Space,
    node: Made,
    folder: tempfile::TempDir,
}

fn scene(hint: &str) -> Scene {
    let space = space(hint);
    let [node, _refuge] = space.nodes(["a", "b"]);
    space.pod("one").on(&node).create_ready();
    space.pod("two").on(&node).create_ready();
    Scene {
        space,
        node,
        folder: tempfile::tempdir().unwrap(),
    }
}

impl Scene {
    fn file(&self) -> PathBuf {
        self.folder.path().join("plan.json")
    }

    fn save(&self) -> Run {
        let file = self.file();
        let file = file.to_str().unwrap();
        let args = ["plan", "save", self.node.name(), "--force", "-o", file];
        online(&self.space.kubeconfig(), &args)
    }

    fn drain(&self) -> Run {
        drain(&self.space, &self.file())
    }

    fn edit(&self, change: impl FnOnce(&mut Value)) {
        let text = std::fs::read_to_string(self.file()).unwrap();
        let mut plan: Value = serde_json::from_str(&text).unwrap();
        change(&mut plan);
        std::fs::write(self.file(), plan.to_string()).unwrap();
    }

    fn is_untouched(&self) -> bool {
        let node = self.space.get_node(&self.node).unwrap();
        node["spec"]["unschedulable"].is_null() && self.space.pods_on(&self.node).len() >= 2
    }
}

fn drain(space: &Space, file: &Path) -> Run {
    let args = ["drain", "--plan", file.to_str().unwrap(), "--timeout=60s"];
    online(&space.kubeconfig(), &args)
}

#[test]
fn a_saved_plan_is_carried_out_with_its_flags() {
    let scene = scene("plan_kept");
    let mark = shared().audit_mark();
    let run = scene.save();
    assert_eq!(run.code, 0, "{run:?}");
    let writes = shared()
        .audit_since(mark)
        .by_agent("kubectl-nodemaint/")
        .in_namespace(scene.space.name())
        .writes();
    assert_eq!(writes.count(), 0, "{writes:#?}");
    let text = std::fs::read_to_string(scene.file()).unwrap();
    assert_eq!(crate::documents::check(&text), 1, "{text}");
    let run = scene.drain();
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(scene.space.pods_on(&scene.node).len(), 0);
}

#[test]
fn a_cluster_that_changed_ends_with_7_and_is_left_alone() {
    let scene = scene("plan_changed");
    scene.save();
    scene.space.pod("three").on(&scene.node).create_ready();
    let run = scene.drain();
    assert_eq!((run.code, run.out.as_str()), (7, ""), "{run:?}");
    let line = format!("pod {}/three is new on node", scene.space.name());
    assert!(
        run.err.contains("no longer matches the cluster"),
        "{}",
        run.err
    );
    assert!(run.err.contains(&line), "{}", run.err);
    assert!(scene.is_untouched());
}

#[test]
fn a_plan_of_another_cluster_and_one_for_another_node_of_that_name_end_with_7() {
    let scene = scene("plan_foreign");
    scene.save();
    scene.edit(|plan| plan["clusterUid"] = "11111111-2222".into());
    let run = scene.drain();
    assert_eq!((run.code, run.out.as_str()), (7, ""), "{run:?}");
    assert!(run.err.contains("is of another cluster"), "{}", run.err);
    scene.save();
    scene.edit(|plan| plan["plan"]["nodes"][0]["uid"] = "other".into());
    let run = scene.drain();
    assert_eq!((run.code, run.out.as_str()), (7, ""), "{run:?}");
    assert!(run.err.contains("is another one"), "{}", run.err);
    assert!(scene.is_untouched());
}

#[test]
fn a_plan_that_was_edited_by_hand_is_compared_with_the_cluster_or_refused() {
    let scene = scene("plan_edited");
    scene.save();
    scene.edit(|plan| plan["plan"]["nodes"][0]["pods"][0]["fate"] = "skip".into());
    let run = scene.drain();
    assert_eq!(run.code, 7, "{run:?}");
    assert!(
        run.err
            .contains("was to be left alone, and would be evicted now"),
        "{}",
        run.err
    );
    scene.save();
    scene.edit(|plan| plan["flags"]["forse"] = true.into());
    let run = scene.drain();
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{run:?}");
    assert!(run.err.contains("unknown field `forse`"), "{}", run.err);
    scene.save();
    scene.edit(|plan| plan["kind"] = "DrainPlan".into());
    let run = scene.drain();
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.err.contains("it is a DrainPlan of"), "{}", run.err);
    assert!(scene.is_untouched());
}

#[test]
fn half_a_plan_no_plan_and_flags_beside_a_plan_are_told() {
    let scene = scene("plan_broken");
    scene.save();
    let text = std::fs::read_to_string(scene.file()).unwrap();
    std::fs::write(scene.file(), &text[..text.len() / 2]).unwrap();
    let run = scene.drain();
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.err.contains("no plan that can be carried out: EOF"),
        "{}",
        run.err
    );
    let run = drain(&scene.space, &scene.folder.path().join("none.json"));
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.err.contains("No such file"), "{}", run.err);
    let args = ["drain", "--plan", "x.json", "--force"];
    let run = online(&scene.space.kubeconfig(), &args);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("--force"), "{}", run.err);
    assert!(scene.is_untouched());
}
