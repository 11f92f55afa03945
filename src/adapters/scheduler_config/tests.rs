//! Profiles read from configurations of every kind.

use super::*;
use crate::domain::fit::plugin::Plugin;
use crate::domain::fit::profile::{
    CandidateNodes, Consideration, DefaultSpread, PostFilter, ScorePlugin, Strategy,
};

fn read(profiles_text: &str) -> Result<Vec<Profile>, FileError> {
    let text = format!("apiVersion: {API_VERSION}\nkind: {KIND}\n{profiles_text}");
    profiles(text.as_bytes(), "config.yaml", Minor::NEWEST)
}

fn one(profiles_text: &str) -> Profile {
    read(profiles_text).unwrap().remove(0)
}

fn weight(profile: &Profile, plugin: ScorePlugin) -> Option<i64> {
    let mut scores = profile.scores.iter();
    scores
        .find(|(score, _)| *score == plugin)
        .map(|(_, weight)| *weight)
}

#[test]
fn nothing_said_is_the_default_profile() {
    assert_eq!(read("").unwrap(), [Profile::default_of(Minor::NEWEST)]);
}

#[test]
fn plugins_are_switched_off_and_reweighed_everywhere() {
    let profile = one("profiles:
- schedulerName: dense
  plugins:
    multiPoint:
      enabled: [{name: NodeResourcesFit, weight: 7}]
      disabled: [{name: ImageLocality}, {name: NodePorts}]
");
    assert_eq!(profile.scheduler_name, "dense");
    assert_eq!(weight(&profile, ScorePlugin::NodeResourcesFit), Some(7));
    assert_eq!(weight(&profile, ScorePlugin::ImageLocality), None);
    assert!(!profile.filters.contains(&Plugin::NodePorts));
    assert_eq!(
        profile.filters.len(),
        Profile::default_of(Minor::NEWEST).filters.len() - 1
    );
}

#[test]
fn an_extension_point_may_differ_from_the_rest() {
    let profile = one("profiles:
- plugins:
    score: {disabled: [{name: '*'}], enabled: [{name: ImageLocality}]}
    filter: {enabled: [{name: NodeResourcesFit}]}
");
    assert_eq!(profile.scores, [(ScorePlugin::ImageLocality, 1)]);
    assert_eq!(
        profile.filters[0],
        Plugin::NodeResourcesFit,
        "named plugins come first"
    );
}

#[test]
fn a_filter_that_is_switched_off_may_still_refuse_before_any_node() {
    let profile = one("profiles:
- plugins:
    filter: {disabled: [{name: VolumeBinding}]}
    preFilter: {enabled: [{name: VolumeZone}]}
");
    assert!(!profile.filters.contains(&Plugin::VolumeBinding));
    assert!(profile.prefilters.contains(&Plugin::VolumeBinding));
    assert_eq!(profile.prefilters[0], Plugin::VolumeZone);
    assert_ne!(profile.filters[0], Plugin::VolumeZone);
    assert!(profile.unmodelled.is_empty());
}

#[test]
fn a_plugin_switched_off_and_on_at_one_point_comes_last() {
    let profile = one("profiles:
- plugins:
    filter: {disabled: [{name: NodePorts}], enabled: [{name: NodePorts}, {name: NodeAffinity}]}
");
    assert_eq!(profile.filters[0], Plugin::NodeAffinity);
    assert_eq!(profile.filters.last(), Some(&Plugin::NodePorts));
}

#[test]
fn plugins_without_what_they_rely_on_are_named() {
    let profile = one("profiles:
- plugins:
    preFilter: {disabled: [{name: NodePorts}, {name: NodeName}]}
    preScore: {disabled: [{name: InterPodAffinity}]}
");
    assert_eq!(
        profile.unmodelled,
        [
            "plugin NodePorts without its PreFilter",
            "plugin InterPodAffinity without its PreScore"
        ]
    );
}

#[test]
fn what_is_not_modelled_is_named() {
    let profile = one("profiles:
- plugins: {filter: {enabled: [{name: Coscheduling}]}}
extenders:
- urlPrefix: http://gpu.example:8888
");
    assert_eq!(
        profile.unmodelled,
        ["plugin Coscheduling", "extender http://gpu.example:8888"]
    );
}

#[test]
fn arguments_change_the_rules() {
    let profile = one("profiles:
- pluginConfig:
  - name: NodeResourcesFit
    args:
      ignoredResources: [example.com/foo]
      scoringStrategy:
        type: RequestedToCapacityRatio
        resources: [{name: cpu, weight: 3}, {name: example.com/gpu}]
        requestedToCapacityRatio: {shape: [{utilization: 0, score: 0}, {utilization: 100, score: 10}]}
  - name: NodeAffinity
    args:
      addedAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: In, values: [a]}]}]
  - name: PodTopologySpread
    args:
      defaultingType: List
      defaultConstraints: [{maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]
  - name: InterPodAffinity
    args: {hardPodAffinityWeight: 5, ignorePreferredTermsOfExistingPods: true}
");
    assert_eq!(
        profile.fit.strategy,
        Strategy::RequestedToCapacityRatio(vec![(0, 0), (100, 10)])
    );
    assert_eq!(
        profile.fit.resources,
        [("cpu".to_owned(), 3), ("example.com/gpu".to_owned(), 1)]
    );
    assert_eq!(profile.fit.ignored_resources, ["example.com/foo"]);
    let added = profile.added_affinity.unwrap().required.unwrap();
    assert_eq!(added[0].expressions[0].key, "pool");
    assert!(matches!(profile.default_spread, DefaultSpread::List(list) if list[0].max_skew == 2));
    assert_eq!(profile.hard_pod_affinity_weight, 5);
    assert_eq!(profile.preferred_terms_of_others, Consideration::Ignored);
}

#[test]
fn mistakes_are_named_with_file_profile_and_field() {
    let cases = [
        (
            "profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: Most}}}]}]",
            "config.yaml: document 1: profile \"default-scheduler\", arguments of NodeResourcesFit: scoringStrategy.type \"Most\" is not \
             LeastAllocated, MostAllocated or RequestedToCapacityRatio",
        ),
        (
            "profiles: [{schedulerName: a}, {schedulerName: a}]",
            "config.yaml: document 1: two profiles are called \"a\"",
        ),
        (
            "profiles: [{schedulerName: a}, {}]",
            "config.yaml: document 1: profiles[1] has no schedulerName, which only a single profile may leave out",
        ),
        (
            "profiles: [{pluginConfig: [{name: VolumeBinding, args: {shape: [{utilization: 0, score: 11}]}}]}]",
            "config.yaml: document 1: profile \"default-scheduler\", arguments of VolumeBinding: shape: utilization 0 is not of 0 to 100, or \
             score 11 not of 0 to 10",
        ),
        (
            "profiles: [{pluginConfig: [{name: InterPodAffinity, args: {hardPodAffinityWeight: 101}}]}]",
            "config.yaml: document 1: profile \"default-scheduler\", arguments of InterPodAffinity: hardPodAffinityWeight 101 is not of 0 to 100",
        ),
        (
            "profiles: [{plugins: {score: {enabled: [{name: NodeResourcesFit}, {name: ImageLocality, weight: 5000000000}]}}}]",
            "config.yaml: document 1: KubeSchedulerConfiguration: profiles[0].plugins.score.enabled[1].weight: \
             invalid value: integer `5000000000`, expected i32",
        ),
        (
            "profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {resources: [{name: cpu, weight: 101}]}}}]}]",
            "config.yaml: document 1: profile \"default-scheduler\", arguments of NodeResourcesFit: \
             scoringStrategy.resources[0].weight 101 is not of 1 to 100",
        ),
        (
            "profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {ignoredResources: example.com/x}}]}]",
            "config.yaml: document 1: profile \"default-scheduler\", arguments of NodeResourcesFit: ignoredResources: \
             invalid type: string \"example.com/x\", expected a sequence",
        ),
        (
            "profiles: [{pluginConfig: [{name: NodeAffinity, args: {addedAffinity: {preferredDuringSchedulingIgnoredDuringExecution: {}}}}]}]",
            "config.yaml: document 1: profile \"default-scheduler\", arguments of NodeAffinity: addedAffinity: \
             preferredDuringSchedulingIgnoredDuringExecution: invalid type: map, expected a sequence",
        ),
        (
            "---\na: b\n",
            "config.yaml holds 2 documents, and one is taken",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).unwrap_err().to_string(), expected);
    }
    let other = profiles(b"kind: Pod\napiVersion: v1", "pod.yaml", Minor::NEWEST).unwrap_err();
    assert_eq!(
        other.to_string(),
        "pod.yaml: document 1: it is a \"Pod\" of \"v1\", not a KubeSchedulerConfiguration of kubescheduler.config.k8s.io/v1"
    );
}

#[test]
fn preemption_is_on_unless_it_is_switched_off_everywhere_or_at_its_point() {
    let of = |plugins: &str| one(&format!("profiles:\n- plugins: {plugins}\n")).post_filter;
    let on = PostFilter::Preemption(CandidateNodes::default());
    assert_eq!(of("{}"), on);
    let off = "[{name: DefaultPreemption}]";
    assert_eq!(
        of(&format!("{{postFilter: {{disabled: {off}}}}}")),
        PostFilter::Nothing
    );
    assert_eq!(
        of("{multiPoint: {disabled: [{name: '*'}]}}"),
        PostFilter::Nothing
    );
    assert_eq!(
        of(&format!(
            "{{multiPoint: {{disabled: {off}}}, postFilter: {{enabled: {off}}}}}"
        )),
        on
    );
    assert_eq!(
        of("{postFilter: {enabled: [{name: Coscheduling}]}}"),
        PostFilter::Foreign("Coscheduling".to_owned())
    );
}

#[test]
fn after_how_many_nodes_preemption_stops_is_read_and_checked() {
    let args = |text: &str| {
        read(&format!(
            "profiles:\n- pluginConfig:\n  - name: DefaultPreemption\n    args: {text}\n"
        ))
    };
    let found = args("{minCandidateNodesPercentage: 5}").unwrap().remove(0);
    let expected = CandidateNodes {
        percentage: 5,
        absolute: 100,
    };
    assert_eq!(found.post_filter, PostFilter::Preemption(expected));
    for wrong in [
        "{minCandidateNodesPercentage: 101}",
        "{minCandidateNodesAbsolute: -1}",
        "{minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0}",
    ] {
        assert!(args(wrong).is_err(), "{wrong}");
    }
}
