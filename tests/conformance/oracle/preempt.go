package main

import (
	"context"

	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultpreemption"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/names"
)

// preemption is what the scheduler's preemption would do for a pod that fits nowhere.
type preemption struct {
	// Ineligible is why the pod may not preempt; the rest is answered nevertheless.
	Ineligible string `json:"ineligible,omitempty"`
	// Text is what the event says when no node would have room.
	Text string `json:"text,omitempty"`
	// Node is the one that is chosen; of several that are equally good a random one.
	Node string `json:"node,omitempty"`
}

// room is what preemption finds on one node: victims in the order of their importance, or the reasons against it.
type room struct {
	Victims    []string `json:"victims,omitempty"`
	Violations int64    `json:"violations,omitempty"`
	Reasons    []string `json:"reasons,omitempty"`
}

// preempt has the plugin try every node on which fewer pods might help, also for a pod that fits elsewhere: what it
// finds on one node does not depend on the others.
func (c *cycle) preempt(ctx context.Context, result *podAnswer, diagnosis framework.Diagnosis) error {
	plugin, known := c.instances[names.DefaultPreemption].(*defaultpreemption.DefaultPreemption)
	if !known {
		return nil
	}
	answer := &preemption{}
	result.Preemption = answer
	nominated := diagnosis.NodeToStatus.Get(c.pod.Status.NominatedNodeName)
	if eligible, text := plugin.PodEligibleToPreemptOthers(ctx, c.pod, nominated); !eligible {
		answer.Ineligible = text
	}
	var potential []fwk.NodeInfo
	for _, node := range result.Nodes {
		if node.First != nil && node.First.Code == fwk.Unschedulable.String() {
			info, err := c.cluster.current.Get(node.Node)
			if err != nil {
				return err
			}
			potential = append(potential, info)
		}
	}
	statuses := framework.NewDefaultNodeToStatus()
	if len(potential) > 0 {
		candidates, found, err := plugin.Evaluator.DryRunPreemption(ctx, c.state, c.pod, potential, c.cluster.budgets, 0, int32(len(potential)))
		if err != nil {
			// A filter whose PreFilter the configuration switches off, or the like: no answer to compare with.
			result.Preemption = nil
			return nil
		}
		statuses = found
		rooms := map[string]*room{}
		for _, info := range potential {
			rooms[info.Node().Name] = &room{Reasons: refusalOf("", found.Get(info.Node().Name)).Reasons}
		}
		for _, candidate := range candidates {
			one := &room{Violations: candidate.Victims().NumPDBViolations}
			for _, victim := range candidate.Victims().Pods {
				one.Victims = append(one.Victims, key(victim))
			}
			rooms[candidate.Name()] = one
		}
		for i := range result.Nodes {
			result.Nodes[i].Room = rooms[result.Nodes[i].Node]
		}
		if len(candidates) > 0 {
			answer.Node = plugin.Evaluator.SelectCandidate(ctx, candidates).Name()
			return nil
		}
	}
	// As the plugin puts it, which says it to an event only.
	statuses.SetAbsentNodesStatus(fwk.NewStatus(fwk.UnschedulableAndUnresolvable, "Preemption is not helpful for scheduling"))
	failure := framework.FitError{Pod: c.pod, NumAllNodes: len(c.cluster.nodes), Diagnosis: framework.Diagnosis{NodeToStatus: statuses}}
	answer.Text = failure.Error()
	return nil
}
