//! Clusters with the answers of every minor's own plugins, kept in the repository: the older minors are compared without
//! their oracles, which take minutes to build.
//!
//! A line of JSON each, compressed. The clusters are kept too, so that the generator may change.

pub mod choose;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use nodemaint::domain::fit::profile::Minor;
use serde::{Deserialize, Serialize};

use crate::generator::Case;
use crate::oracle::{Answer, PodAnswer, oracle_of};

/// A cluster and what each minor's plugins say about its pods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Golden {
    /// The cluster.
    #[serde(flatten)]
    pub case: Case,
    /// The answers, those that are the same in several minors once.
    answers: Vec<Kept>,
}

/// An answer about a pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// Numbers of the minors that say so.
    minors: Vec<u32>,
    #[serde(flatten)]
    answer: PodAnswer,
}

/// The first line: of which versions the answers are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Such as `1.36.3`, oldest first.
    pub versions: Vec<String>,
}

impl Head {
    /// The versions that oracles are built of today.
    ///
    /// # Errors
    /// When the oracle's sources cannot be read.
    pub fn of_today() -> Result<Self, controlplane::Error> {
        let versions = Minor::ALL
            .into_iter()
            .map(|minor| oracle_of(minor).version());
        Ok(Self {
            versions: versions.collect::<Result<_, _>>()?,
        })
    }
}

impl Golden {
    /// Puts answers of all minors together, in the order of [`Minor::ALL`].
    #[must_use]
    pub fn of(case: Case, answers: &[Answer]) -> Self {
        let mut kept: Vec<Kept> = Vec::new();
        for (minor, answer) in Minor::ALL.into_iter().zip(answers) {
            for pod in &answer.pods {
                match kept.iter_mut().find(|kept| kept.answer == *pod) {
                    Some(same) => same.minors.push(minor.number()),
                    None => kept.push(Kept {
                        minors: vec![minor.number()],
                        answer: pod.clone(),
                    }),
                }
            }
        }
        Self {
            case,
            answers: kept,
        }
    }

    /// Returns what a minor's plugins say.
    #[must_use]
    pub fn answer(&self, minor: Minor) -> Answer {
        let own = |kept: &&Kept| kept.minors.contains(&minor.number());
        let pods = self.answers.iter().filter(own);
        Answer {
            id: self.case.seed.to_string(),
            error: None,
            pods: pods.map(|kept| kept.answer.clone()).collect(),
        }
    }
}

/// Where they are kept.
#[must_use]
pub fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens.jsonl.gz")
}

/// Reads all.
///
/// # Errors
/// When the file cannot be read, or holds something else.
pub fn read(path: &Path) -> io::Result<(Head, Vec<Golden>)> {
    let mut lines = BufReader::new(GzDecoder::new(File::open(path)?)).lines();
    let head = lines.next().transpose()?.unwrap_or_default();
    let goldens = lines.map(|line| Ok(serde_json::from_str(&line?)?));
    Ok((
        serde_json::from_str(&head)?,
        goldens.collect::<io::Result<_>>()?,
    ))
}

/// Writes all.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, head: &Head, goldens: &[Golden]) -> io::Result<()> {
    let mut output = GzEncoder::new(BufWriter::new(File::create(path)?), Compression::best());
    writeln!(output, "{}", serde_json::to_string(head)?)?;
    for golden in goldens {
        writeln!(output, "{}", serde_json::to_string(golden)?)?;
    }
    output.finish()?.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("goldens");
        let pod = |reason: Option<&str>| PodAnswer {
            preemption: None,
            pod: "default/p".to_owned(),
            displaced: false,
            pre_enqueue: None,
            prefilter: None,
            nodes: Vec::new(),
            summary: reason.map(str::to_owned),
            score_error: None,
            prefilter_nanos: None,
            filter_nanos: None,
        };
        let says = |reason: Option<&str>| Answer {
            id: "7".to_owned(),
            error: None,
            pods: vec![pod(reason)],
        };
        let answers = [None, None, Some("no"), None].map(says);
        let golden = Golden::of(generator::case(7), &answers);
        assert_eq!(golden.answers.len(), 2);
        let head = Head {
            versions: vec!["1.34.4".to_owned()],
        };
        write(&path, &head, std::slice::from_ref(&golden)).expect("written");
        let (found_head, found) = read(&path).expect("read");
        assert_eq!((found_head, &found[0]), (head, &golden));
        let read_again: Vec<_> = Minor::ALL.map(|minor| found[0].answer(minor)).into();
        assert_eq!(read_again, answers);
    }
}
