//! Folds the pods of a list into a world: what many of them share is converted once.
//!
//! That pays in protobuf, where the shared part is found without reading it. JSON has to be parsed to its end in any case.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::encoded::Encoded;
use super::super::error::ConvertError;
use super::super::meta::Meta;
use super::super::pod::phase;
use super::super::protobuf::{self, Devices, Keys, Own};
use super::fold::convert;
use super::pod::Pod;
use super::slim;
use crate::domain::fit::object::pod::{Life, PodObject, Preempted};
use crate::domain::fit::world::{self, Family, PodExtra, Template, WorldBuilder};

const KIND: &str = "Pod";

slim!(OnlyMetadata { metadata: Meta });

/// Templates and families that are remembered. Pods that share nothing with others would only fill the memory.
const MOST: usize = 10_000;

/// Folds pods; what it remembers is of one builder.
#[derive(Debug, Default)]
pub(in crate::adapters) struct PodFolder {
    keys: Keys,
    families: HashMap<Box<[u8]>, Family>,
    templates: HashMap<Box<[u8]>, (Template, Preempted)>,
}

/// What others ask of a pod that was folded.
#[derive(Debug)]
pub(in crate::adapters) struct Folded<'a> {
    /// `spec.nodeName`.
    pub node: Option<Cow<'a, str>>,
    /// Its namespace and labels.
    pub family: Family,
}

impl PodFolder {
    /// Gives a pod to a world.
    ///
    /// # Errors
    ///
    /// Names the pod and the field that cannot be converted.
    pub fn fold<'a>(
        &mut self,
        object: Encoded<'a>,
        world: &mut WorldBuilder,
    ) -> Result<Folded<'a>, ConvertError> {
        let Encoded::Protobuf(_, bytes) = object else {
            let pod: PodObject = convert::<Pod, _>(KIND, object)?;
            let node = pod.node.clone().map(Cow::Owned);
            let (family, _) = world.pod_and_kin(pod);
            return Ok(Folded { node, family });
        };
        let own = protobuf::split(bytes, &mut self.keys)
            .map_err(|cause| ConvertError::new(KIND, "", cause.to_string()))?;
        let node = non_empty(own.node).map(Cow::Borrowed);
        if let Some(family) = self.like_another(&own, bytes, world)? {
            return Ok(Folded { node, family });
        }
        let pod: PodObject = convert::<Pod, _>(KIND, object)?;
        let preempted = pod.preempted;
        let (family, template) = world.pod_and_kin(pod);
        remember(&mut self.families, &self.keys.family, || family.clone());
        if let Some(template) = template {
            let both = || (template, preempted);
            remember(&mut self.templates, &self.keys.template, both);
        }
        Ok(Folded { node, family })
    }

    /// Adds a pod whose template is known; `None` where it has to be read.
    fn like_another(
        &mut self,
        own: &Own<'_>,
        bytes: &[u8],
        world: &mut WorldBuilder,
    ) -> Result<Option<Family>, ConvertError> {
        if own.name.is_empty() || own.devices == Devices::Claimed {
            return Ok(None);
        }
        let is_finished = phase(own.phase).is_finished();
        let template = self.templates.get(self.keys.template.as_slice()).cloned();
        if template.is_none() && !is_finished {
            return Ok(None);
        }
        let family = self.family(bytes, world)?;
        match template.filter(|_| !is_finished) {
            None => world.finished_pod(&family, own.name),
            Some((template, preempted)) => {
                world.add_pod(&family, &template, of_world(own, preempted));
            }
        }
        Ok(Some(family))
    }

    /// Returns the family of the pod that was split; pods of a StatefulSet are each one of its own, by their labels.
    fn family(&mut self, pod: &[u8], world: &mut WorldBuilder) -> Result<Family, ConvertError> {
        if let Some(family) = self.families.get(self.keys.family.as_slice()) {
            return Ok(family.clone());
        }
        let pod = Encoded::Protobuf(&protobuf::ONLY_METADATA, pod);
        let OnlyMetadata { metadata } = pod.decode(KIND)?;
        let controller = metadata.controller();
        let family = world.family(&metadata.namespace, metadata.labels, controller);
        remember(&mut self.families, &self.keys.family, || family.clone());
        Ok(family)
    }
}

fn of_world<'a>(own: &Own<'a>, preempted: Preempted) -> world::Own<'a> {
    world::Own {
        name: own.name,
        uid: own.uid,
        node: non_empty(own.node),
        nominated_node: non_empty(own.nominated_node),
        life: match own.deleted {
            Some(_) => Life::Terminating,
            None => Life::Active,
        },
        created: own.created,
        started: own.started,
        extra: PodExtra {
            preempted,
            ..PodExtra::default()
        },
    }
}

fn remember<T>(known: &mut HashMap<Box<[u8]>, T>, key: &[u8], value: impl FnOnce() -> T) {
    if known.len() < MOST && !known.contains_key(key) {
        known.insert(key.into(), value());
    }
}

fn non_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
