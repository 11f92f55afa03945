//! Namespaces, and the objects that select pods.

use super::super::error::ConvertError;
use super::super::meta::Meta;
use super::affinity::Selector;
use super::here::Here;
use super::slim;
use crate::domain::fit::object::affinity;
use crate::domain::fit::object::workload::{
    NamespaceObject, ServiceObject, TOPOLOGY_LABELS, WorkloadKind, WorkloadObject,
};
use crate::domain::labels::Labels;

slim!(Namespace { metadata: Meta });

slim!(Service {
    metadata: Meta,
    spec: MapSelector,
});

slim!(MapSelector { selector: Labels });

slim!(Controller {
    metadata: Meta,
    spec: ControllerSpec,
});

slim!(ControllerSpec {
    selector: Labels,
    template: Template,
});

slim!(Template {
    metadata: TemplateMeta
});

slim!(TemplateMeta { labels: Labels });

slim!(Workload {
    metadata: Meta,
    spec: WorkloadSpec,
});

slim!(WorkloadSpec {
    selector: Option<Selector>,
    template: Template,
});

impl Template {
    fn topology(self) -> Labels {
        let mut labels = self.metadata.labels;
        labels.retain(|key, _| TOPOLOGY_LABELS.contains(&key.as_str()));
        labels
    }
}

impl TryFrom<Namespace> for NamespaceObject {
    type Error = ConvertError;

    fn try_from(namespace: Namespace) -> Result<Self, ConvertError> {
        let metadata = namespace.metadata;
        metadata.require_name("Namespace")?;
        Ok(NamespaceObject {
            name: metadata.name,
            labels: metadata.labels,
        })
    }
}

impl TryFrom<Service> for ServiceObject {
    type Error = ConvertError;

    fn try_from(service: Service) -> Result<Self, ConvertError> {
        let metadata = service.metadata;
        metadata.require_name("Service")?;
        Ok(ServiceObject {
            namespace: metadata.namespace,
            name: metadata.name,
            selector: service.spec.selector,
        })
    }
}

impl TryFrom<Controller> for WorkloadObject {
    type Error = ConvertError;

    /// Converts a ReplicationController, whose selector is a plain map.
    fn try_from(controller: Controller) -> Result<Self, ConvertError> {
        let metadata = controller.metadata;
        metadata.require_name("ReplicationController")?;
        let selector = affinity::Selector {
            labels: controller.spec.selector,
            expressions: Vec::new(),
        };
        Ok(WorkloadObject {
            kind: WorkloadKind::ReplicationController,
            namespace: metadata.namespace,
            name: metadata.name,
            selector: Some(selector).filter(|selector| !selector.labels.is_empty()),
            template_topology: controller.spec.template.topology(),
        })
    }
}

impl Workload {
    /// Converts a ReplicaSet or StatefulSet.
    pub fn into_domain(self, kind: WorkloadKind) -> Result<WorkloadObject, ConvertError> {
        let name = match kind {
            WorkloadKind::StatefulSet => "StatefulSet",
            WorkloadKind::ReplicaSet | WorkloadKind::ReplicationController => "ReplicaSet",
        };
        Here::at(name, &self.metadata)?;
        Ok(WorkloadObject {
            kind,
            namespace: self.metadata.namespace,
            name: self.metadata.name,
            selector: self.spec.selector.map(Into::into),
            template_topology: self.spec.template.topology(),
        })
    }
}
