//! The manifest as krew reads it, but strict: krew passes over keys it does not know, so that
//! a slip of the pen goes unnoticed until somebody's installation fails.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Manifest {
    pub api_version: String,
    pub kind: String,
    pub metadata: Metadata,
    pub spec: Spec,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Spec {
    pub version: String,
    pub homepage: String,
    pub short_description: String,
    pub description: String,
    pub caveats: String,
    pub platforms: Vec<Platform>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    pub selector: Option<Selector>,
    pub uri: String,
    pub sha256: String,
    pub bin: String,
    pub files: Option<Vec<FileOperation>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileOperation {
    pub from: String,
    pub to: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Selector {
    pub match_labels: Option<BTreeMap<String, String>>,
    pub match_expressions: Option<Vec<Expression>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expression {
    pub key: String,
    pub operator: Operator,
    #[serde(default)]
    pub values: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// An operating system and an architecture that krew knows.
pub type Pair = (&'static str, &'static str);

/// All pairs krew can install on.
pub const PAIRS: [Pair; 11] = [
    ("windows", "386"),
    ("windows", "amd64"),
    ("windows", "arm64"),
    ("linux", "386"),
    ("linux", "amd64"),
    ("linux", "arm"),
    ("linux", "arm64"),
    ("linux", "ppc64le"),
    ("darwin", "386"),
    ("darwin", "amd64"),
    ("darwin", "arm64"),
];

impl Platform {
    pub fn serves(&self, pair: Pair) -> bool {
        self.selector
            .as_ref()
            .is_some_and(|selector| selector.matches(pair))
    }

    /// The pairs this entry is installed on.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> {
        PAIRS.into_iter().filter(|pair| self.serves(*pair))
    }
}

impl Selector {
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let labels = self
            .match_labels
            .iter()
            .flat_map(|labels| labels.keys().map(String::as_str));
        let expressions = self
            .match_expressions
            .iter()
            .flatten()
            .map(|e| e.key.as_str());
        labels.chain(expressions)
    }

    fn matches(&self, pair: Pair) -> bool {
        let labels = self.match_labels.iter().flatten();
        let expressions = self.match_expressions.iter().flatten();
        labels
            .into_iter()
            .all(|(key, value)| label(pair, key) == Some(value.as_str()))
            && expressions
                .into_iter()
                .all(|expression| expression.matches(pair))
    }
}

impl Expression {
    fn matches(&self, pair: Pair) -> bool {
        let value = label(pair, &self.key);
        let listed = value.is_some_and(|value| self.values.iter().any(|wanted| wanted == value));
        match self.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

fn label(pair: Pair, key: &str) -> Option<&'static str> {
    match key {
        "os" => Some(pair.0),
        "arch" => Some(pair.1),
        _ => None,
    }
}
