//! The commands that a finding ends with.

use crate::domain::pod::Pod;

pub(super) fn describe_pod(pod: &Pod) -> String {
    format!(
        "kubectl describe pod {} -n {}",
        pod.id.name, pod.id.namespace
    )
}

pub(super) fn get_pod(pod: &Pod) -> String {
    format!("kubectl get pod {} -n {} -w", pod.id.name, pod.id.namespace)
}

pub(super) fn describe_node(node: &str) -> String {
    format!("kubectl describe node {node}")
}

/// A node whose kubelet works can run a pod that reads its log.
pub(super) fn kubelet_log(node: &str) -> String {
    format!(
        "kubectl debug node/{node} -it --profile=sysadmin --image=busybox -- chroot /host journalctl -u kubelet -n 100"
    )
}

pub(super) fn logs(pod: &Pod, container: Option<&str>) -> String {
    let of = container.map_or_else(String::new, |name| format!(" -c {name}"));
    format!("kubectl logs {} -n {}{of}", pod.id.name, pod.id.namespace)
}

/// What a container wrote before it was started again.
pub(super) fn previous_logs(pod: &Pod, container: &str) -> String {
    format!("{} --previous", logs(pod, Some(container)))
}

pub(super) fn exec(pod: &Pod, container: &str) -> String {
    format!(
        "kubectl exec -it {} -n {} -c {container} -- sh",
        pod.id.name, pod.id.namespace
    )
}

pub(super) fn finalizers(pod: &Pod) -> String {
    format!(
        "kubectl get pod {} -n {} -o jsonpath='{{.metadata.finalizers}}'",
        pod.id.name, pod.id.namespace
    )
}

pub(super) fn fit(pod: &Pod) -> String {
    format!("kubectl nodemaint fit {}", pod.id.path())
}
