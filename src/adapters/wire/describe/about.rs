//! What hangs on a node: events, attachments, and the volumes that are attached.

use super::super::fit::slim;
use super::super::meta::Meta;
use crate::domain::describe as domain;
use crate::domain::describe::AttachmentState;

slim!(Event {
    involved_object: Object,
    r#type: String,
    reason: String,
    message: String,
    source: Source,
    reporting_component: String,
    count: i64,
    first_timestamp: Option<String>,
    last_timestamp: Option<String>,
    event_time: Option<String>,
    series: Option<Series>,
});

slim!(Object {
    kind: String,
    name: String,
});

slim!(Source { component: String });

slim!(Series {
    count: i64,
    last_observed_time: Option<String>,
});

slim!(VolumeAttachment {
    metadata: Meta,
    spec: AttachmentSpec,
    status: AttachmentStatus,
});

slim!(AttachmentSpec {
    attacher: String,
    node_name: String,
    source: AttachmentSource,
});

slim!(AttachmentSource {
    persistent_volume_name: String,
    inline_volume_spec: InlineVolume,
});

slim!(InlineVolume { csi: Csi });

slim!(Csi {
    volume_handle: String
});

slim!(AttachmentStatus { attached: bool });

slim!(PersistentVolume {
    metadata: Meta,
    spec: VolumeSpec,
});

slim!(VolumeSpec {
    claim_ref: Option<ClaimRef>,
});

slim!(ClaimRef {
    namespace: String,
    name: String,
});

/// A volume with the namespace and name of the claim that it serves.
pub(in crate::adapters) type Claimed = (String, Option<(String, String)>);

impl Event {
    pub fn into_domain(self) -> Option<(String, domain::Event)> {
        if self.involved_object.kind != "Node" {
            return None;
        }
        let series = self.series.unwrap_or_default();
        // Older senders fill the first fields, newer ones the last.
        let times = [
            series.last_observed_time,
            self.last_timestamp,
            self.event_time,
            self.first_timestamp,
        ];
        let last = times
            .into_iter()
            .flatten()
            .find_map(|text| text.parse().ok());
        let from = match self.source.component {
            component if component.is_empty() => self.reporting_component,
            component => component,
        };
        let event = domain::Event {
            kind: self.r#type,
            reason: self.reason,
            message: self.message,
            from,
            count: self.count.max(series.count).max(1),
            last,
        };
        Some((self.involved_object.name, event))
    }
}

impl VolumeAttachment {
    pub fn into_domain(self) -> (String, domain::Attachment) {
        let AttachmentSpec {
            attacher,
            node_name,
            source,
        } = self.spec;
        let volume = match source.persistent_volume_name {
            name if name.is_empty() => source.inline_volume_spec.csi.volume_handle,
            name => name,
        };
        let attachment = domain::Attachment {
            volume: match volume {
                volume if volume.is_empty() => self.metadata.name,
                volume => volume,
            },
            attacher,
            state: match self.status.attached {
                true => AttachmentState::Attached,
                false => AttachmentState::Pending,
            },
            claim: None,
        };
        (node_name, attachment)
    }
}

impl PersistentVolume {
    pub fn into_domain(self) -> Claimed {
        let claim = self.spec.claim_ref;
        let claim = claim.map(|claim| (claim.namespace, claim.name));
        (self.metadata.name, claim)
    }
}
