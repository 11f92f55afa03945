//! Containers, as far as they ask something of a node.

use serde::de::IgnoredAny;

use super::super::error::ConvertError;
use super::amount::{Requirements, resources};
use super::here::Here;
use super::slim;
use crate::domain::fit::object::pod as domain;
use crate::domain::fit::object::pod::{ContainerKind, HostPort, KubeletFeature};

slim!(Container {
    name: String,
    image: String,
    ports: Vec<Port>,
    resources: Requirements,
    restart_policy: String,
    restart_policy_rules: Vec<RestartRule>,
    volume_mounts: Vec<VolumeMount>,
});

slim!(Port {
    host_port: i32,
    protocol: String,
    #[serde(rename = "hostIP")]
    host_ip: String,
});

slim!(RestartRule { action: String });

slim!(VolumeMount {
    bind_mount_options: Vec<IgnoredAny>,
});

/// Which list of the pod a container is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    App,
    Init,
}

impl Role {
    fn field(self) -> &'static str {
        match self {
            Role::App => "spec.containers",
            Role::Init => "spec.initContainers",
        }
    }
}

/// Converts one of the pod's two lists.
pub(super) fn containers(
    written: Vec<Container>,
    role: Role,
    here: Here<'_>,
) -> Result<Vec<domain::Container>, ConvertError> {
    written
        .into_iter()
        .enumerate()
        .map(|(index, container)| container.into_domain(role, index, here))
        .collect()
}

impl Container {
    fn into_domain(
        self,
        role: Role,
        index: usize,
        here: Here<'_>,
    ) -> Result<domain::Container, ConvertError> {
        let field = || format!("{}[{index}].resources.requests", role.field());
        Ok(domain::Container {
            needs: self.needs(),
            kind: match role {
                Role::Init if self.restart_policy == "Always" => ContainerKind::Sidecar,
                Role::App | Role::Init => ContainerKind::Plain,
            },
            host_ports: self.ports.into_iter().filter_map(host_port).collect(),
            requests: resources(self.resources.requests, here, &field)?,
            name: self.name,
            image: self.image,
        })
    }

    /// What it needs of a kubelet beyond what every kubelet does; source: `component-helpers/nodedeclaredfeatures`.
    fn needs(&self) -> Vec<KubeletFeature> {
        let mut needs = Vec::new();
        let mut rules = self.restart_policy_rules.iter();
        if rules.any(|rule| rule.action == "RestartAllContainers") {
            needs.push(KubeletFeature::RestartAllContainers);
        }
        let mut mounts = self.volume_mounts.iter();
        if mounts.any(|mount| !mount.bind_mount_options.is_empty()) {
            needs.push(KubeletFeature::BindMountOptions);
        }
        needs
    }
}

fn host_port(port: Port) -> Option<HostPort> {
    (port.host_port > 0).then(|| HostPort {
        port: port.host_port,
        protocol: match port.protocol.as_str() {
            "" => "TCP".to_owned(),
            _ => port.protocol,
        },
        host_ip: port.host_ip,
    })
}
