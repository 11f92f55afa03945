//! The six programs and what it takes to build each. One table, because the cache key,
//! the build and the check of `KUBEBUILDER_ASSETS` must agree.

use std::path::PathBuf;

/// A program of the control plane, or the client that comes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The store.
    Etcd,
    /// The API server.
    Apiserver,
    /// The controllers: disruption, taint eviction, node lifecycle, workloads, garbage.
    ControllerManager,
    /// The scheduler.
    Scheduler,
    /// The client whose behaviour ours is compared with.
    Kubectl,
    /// The fake kubelets.
    Kwok,
}

/// A Go module of `modules/`. Three, because their requirements contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Module {
    /// `modules/etcd`
    Etcd,
    /// `modules/kubernetes`
    Kubernetes,
    /// `modules/kwok`
    Kwok,
}

impl Module {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Etcd, Self::Kubernetes, Self::Kwok];

    /// The folder with its `go.mod`.
    #[must_use]
    pub fn folder(self) -> PathBuf {
        let name = match self {
            Self::Etcd => "etcd",
            Self::Kubernetes => "kubernetes",
            Self::Kwok => "kwok",
        };
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("modules")
            .join(name)
    }

    /// `go.mod` and `go.sum` as they were when this was compiled.
    #[must_use]
    pub fn texts(self) -> [&'static str; 2] {
        match self {
            Self::Etcd => [
                include_str!("../modules/etcd/go.mod"),
                include_str!("../modules/etcd/go.sum"),
            ],
            Self::Kubernetes => [
                include_str!("../modules/kubernetes/go.mod"),
                include_str!("../modules/kubernetes/go.sum"),
            ],
            Self::Kwok => [
                include_str!("../modules/kwok/go.mod"),
                include_str!("../modules/kwok/go.sum"),
            ],
        }
    }
}

impl Program {
    /// All six, in the order in which they are built: small ones first, so that a
    /// mistake in the set-up shows soon.
    pub const ALL: [Self; 6] = [
        Self::Etcd,
        Self::Kwok,
        Self::Apiserver,
        Self::Kubectl,
        Self::ControllerManager,
        Self::Scheduler,
    ];

    /// The file name, which is also its name in a process list.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::Apiserver => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kubectl => "kubectl",
            Self::Kwok => "kwok",
        }
    }

    /// The module that it is built from.
    #[must_use]
    pub fn module(self) -> Module {
        match self {
            Self::Etcd => Module::Etcd,
            Self::Kwok => Module::Kwok,
            Self::Apiserver | Self::ControllerManager | Self::Scheduler | Self::Kubectl => {
                Module::Kubernetes
            }
        }
    }

    /// The package that `go build` is given.
    #[must_use]
    pub fn package(self) -> String {
        match self.module() {
            Module::Etcd => "go.etcd.io/etcd/server/v3".to_owned(),
            Module::Kwok => "sigs.k8s.io/kwok/cmd/kwok".to_owned(),
            Module::Kubernetes => format!("k8s.io/kubernetes/cmd/{}", self.name()),
        }
    }

    /// The linker flags. Without the version ones the API server reports a dev version,
    /// and kubectl's user agent names none.
    #[must_use]
    pub fn linker_flags(self) -> String {
        let strip = "-s -w".to_owned();
        if self.module() != Module::Kubernetes {
            return strip;
        }
        let version = kubernetes_version();
        let mut parts = version.trim_start_matches('v').split('.');
        let (major, minor) = (parts.next().unwrap_or("1"), parts.next().unwrap_or("0"));
        let base = "k8s.io/component-base/version";
        format!(
            "{strip} -X {base}.gitVersion={version} -X {base}.gitMajor={major} -X {base}.gitMinor={minor} \
             -X {base}.gitTreeState=clean -X k8s.io/client-go/pkg/version.gitVersion={version}"
        )
    }
}

/// The Kubernetes version that `modules/kubernetes/go.mod` requires, such as `v1.37.2`.
#[must_use]
pub fn kubernetes_version() -> &'static str {
    let [go_mod, _] = Module::Kubernetes.texts();
    go_mod
        .lines()
        .filter_map(|line| {
            line.trim()
                .trim_start_matches("require ")
                .strip_prefix("k8s.io/kubernetes ")
        })
        .find_map(|rest| rest.split_whitespace().next())
        .unwrap_or("v0.0.0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_comes_from_the_committed_module() {
        assert!(
            kubernetes_version().starts_with("v1."),
            "{}",
            kubernetes_version()
        );
        assert!(
            Program::Apiserver
                .linker_flags()
                .contains(&format!("gitVersion={}", kubernetes_version())),
            "{}",
            Program::Apiserver.linker_flags()
        );
    }

    #[test]
    fn every_package_is_a_tool_of_its_module() {
        for program in Program::ALL {
            let [go_mod, _] = program.module().texts();
            assert!(
                go_mod
                    .lines()
                    .any(|line| line.trim().trim_start_matches("tool ") == program.package()),
                "go.mod has no tool line for {}",
                program.package()
            );
        }
    }
}
