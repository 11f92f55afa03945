package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	fwk "k8s.io/kube-scheduler/framework"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// cluster is a case's objects, decoded, and the snapshot that the plugins see.
type cluster struct {
	podNominator
	objects []runtime.Object
	nodes   []*corev1.Node
	pods    map[string]*corev1.Pod
	// bound are the pods that occupy nodes, in the order of the input.
	bound   []*corev1.Pod
	skipped int
	whole   *internalcache.Snapshot
	current currentSnapshot
	// nominated are pending pods by the node that preemption made room on.
	nominated map[string][]fwk.PodInfo
	// budgets by namespace and name: where the scheduler has several for a pod, it takes them in any order.
	budgets []*policyv1.PodDisruptionBudget
}

// currentSnapshot lets plugins, which keep the lister from their construction, see another snapshot for each pod.
type currentSnapshot struct {
	*internalcache.Snapshot
}

// newDecoder decodes every kind of the API. The lenient one drops unknown fields, as clients do.
func newDecoder(strict bool) runtime.Decoder {
	if strict {
		factory := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict)
		return factory.UniversalDeserializer()
	}
	return scheme.Codecs.UniversalDeserializer()
}

func newCluster(decoder runtime.Decoder, raw []json.RawMessage) (*cluster, error) {
	c := &cluster{pods: map[string]*corev1.Pod{}, nominated: map[string][]fwk.PodInfo{}}
	for index, text := range raw {
		object, kind, err := decoder.Decode(text, nil, nil)
		if runtime.IsNotRegisteredError(err) {
			c.skipped++
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("object %d (%v): %w", index, kind, err)
		}
		if err := c.add(object); err != nil {
			return nil, fmt.Errorf("object %d (%v): %w", index, kind, err)
		}
	}
	slices.SortFunc(c.nodes, func(a, b *corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(c.budgets, func(a, b *policyv1.PodDisruptionBudget) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	c.dropUnbound()
	c.whole = internalcache.NewSnapshot(c.bound, c.nodes)
	return c, nil
}

func (c *cluster) add(object runtime.Object) error {
	switch typed := object.(type) {
	case *corev1.Node:
		c.nodes = append(c.nodes, typed)
	case *policyv1.PodDisruptionBudget:
		c.budgets = append(c.budgets, typed)
	case *corev1.Pod:
		// The scheduler does not watch finished pods.
		if typed.Status.Phase == corev1.PodSucceeded || typed.Status.Phase == corev1.PodFailed {
			return nil
		}
		if typed.UID == "" {
			typed.UID = types.UID(key(typed))
		}
		c.pods[key(typed)] = typed
		if typed.Spec.NodeName != "" {
			c.bound = append(c.bound, typed)
		} else if name := typed.Status.NominatedNodeName; name != "" {
			info, err := framework.NewPodInfo(typed)
			if err != nil {
				return err
			}
			c.nominated[name] = append(c.nominated[name], info)
		}
	}
	c.objects = append(c.objects, object)
	return nil
}

// dropUnbound leaves out pods on nodes that are not there: a snapshot would make a node without a Node of them.
func (c *cluster) dropUnbound() {
	names := make(map[string]bool, len(c.nodes))
	for _, node := range c.nodes {
		names[node.Name] = true
	}
	c.bound = slices.DeleteFunc(c.bound, func(pod *corev1.Pod) bool { return !names[pod.Spec.NodeName] })
}

// ask sets the stage for a pod: the pod as the scheduler would get it, and the snapshot without it.
func (c *cluster) ask(name string) (pod *corev1.Pod, displaced bool, err error) {
	pod, known := c.pods[name]
	if !known {
		return nil, false, fmt.Errorf("there is no pod %s that could be asked about", name)
	}
	if pod.Spec.NodeName == "" {
		c.current.Snapshot = c.whole
		return pod, false, nil
	}
	others := slices.DeleteFunc(slices.Clone(c.bound), func(other *corev1.Pod) bool { return other == pod })
	c.current.Snapshot = internalcache.NewSnapshot(others, c.nodes)
	pod = pod.DeepCopy()
	pod.Spec.NodeName = ""
	pod.Status = corev1.PodStatus{}
	return pod, true, nil
}

// NominatedPodsForNode is all of a nominator that filtering calls; any other method would be a nil call.
func (c *cluster) NominatedPodsForNode(node string) []fwk.PodInfo { return c.nominated[node] }

func key(pod *corev1.Pod) string { return pod.Namespace + "/" + pod.Name }
