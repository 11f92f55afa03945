package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	corehelpers "k8s.io/component-helpers/scheduling/corev1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// narrowed is the name that stands for the plugin where PreFilter restricted the nodes.
const narrowed = "PreFilter"

// evaluate answers a case. Its goroutines end with it.
func (o *oracle) evaluate(c *testCase) (*answer, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cluster, err := newCluster(o.decoder, c.Objects)
	if err != nil {
		return nil, err
	}
	profiles, err := o.newSchedulers(ctx, cluster, c.Config)
	if err != nil {
		return nil, err
	}
	result := &answer{ID: c.ID, Skipped: cluster.skipped, Pods: make([]podAnswer, 0, len(c.Pods))}
	for _, name := range c.Pods {
		pod, displaced, err := cluster.ask(name)
		if err != nil {
			return nil, err
		}
		scheduler, err := profiles.of(ctx, pod)
		if err != nil {
			return nil, err
		}
		cycle := &cycle{scheduler: scheduler, cluster: cluster, pod: pod, filters: scheduler.filters()}
		one := podAnswer{Pod: name, Displaced: displaced, Nodes: []nodeAnswer{}}
		if err := cycle.run(ctx, &one); err != nil {
			return nil, fmt.Errorf("pod %s: %w", name, err)
		}
		if c.Time {
			if err := cycle.measure(ctx, &one); err != nil {
				return nil, fmt.Errorf("pod %s: %w", name, err)
			}
		}
		if c.Brief {
			one.Nodes = []nodeAnswer{}
		}
		result.Pods = append(result.Pods, one)
	}
	return result, nil
}

// cycle is one pod's scheduling cycle up to the scores, over all nodes instead of a sample.
type cycle struct {
	*scheduler
	cluster *cluster
	pod     *corev1.Pod
	filters []filterPlugin
	state   fwk.CycleState
}

func (c *cycle) run(ctx context.Context, result *podAnswer) error {
	for _, plugin := range c.PreEnqueuePlugins() {
		if status := plugin.PreEnqueue(ctx, c.pod); !status.IsSuccess() {
			result.PreEnqueue = refusalOf(plugin.Name(), status)
			break
		}
	}
	c.state = framework.NewCycleState()
	diagnosis := framework.Diagnosis{NodeToStatus: framework.NewDefaultNodeToStatus()}
	restriction, status, plugins := c.RunPreFilterPlugins(ctx, c.state, c.pod)
	if !status.IsSuccess() {
		result.PreFilter = refusalOf(status.Plugin(), status)
		diagnosis.PreFilterMsg = status.Message()
		c.summarise(result, diagnosis)
		return c.preempt(ctx, result, diagnosis)
	}
	outside := fwk.NewStatus(fwk.UnschedulableAndUnresolvable, fmt.Sprintf("node(s) didn't satisfy plugin(s) %v", slices.Sorted(maps.Keys(plugins))))
	if !restriction.AllNodes() {
		diagnosis.NodeToStatus.SetAbsentNodesStatus(outside)
	}
	var feasible []fwk.NodeInfo
	for _, node := range c.cluster.nodes {
		info, err := c.cluster.current.Get(node.Name)
		if err != nil {
			return err
		}
		one := nodeAnswer{Node: node.Name}
		if !restriction.AllNodes() && !restriction.NodeNames.Has(node.Name) {
			one.First = refusalOf(narrowed, outside)
			one.Refusals = c.refusals(ctx, c.state, info)
		} else if status := c.RunFilterPluginsWithNominatedPods(ctx, c.state, c.pod, info); status.IsSuccess() {
			one.Fits = true
			one.Refusals = []refusal{}
			feasible = append(feasible, info)
		} else {
			one.First = refusalOf(status.Plugin(), status)
			diagnosis.NodeToStatus.Set(node.Name, status)
			if one.Refusals, err = c.refusalsWithNominated(ctx, info); err != nil {
				return err
			}
			if len(one.Refusals) == 0 || one.Refusals[0].Plugin != one.First.Plugin {
				return fmt.Errorf("node %s: the framework says %v, its plugins %v", node.Name, one.First, one.Refusals)
			}
		}
		result.Nodes = append(result.Nodes, one)
	}
	if err := c.preempt(ctx, result, diagnosis); err != nil {
		return err
	}
	if len(feasible) == 0 {
		c.summarise(result, diagnosis)
		return nil
	}
	c.score(ctx, result, feasible)
	return nil
}

// summarise has the scheduler itself write the line of its event.
func (c *cycle) summarise(result *podAnswer, diagnosis framework.Diagnosis) {
	failure := framework.FitError{Pod: c.pod, NumAllNodes: len(c.cluster.nodes), Diagnosis: diagnosis}
	text := failure.Error()
	result.Summary = &text
}

// refusals asks each filter plugin by itself; the framework stops at the first.
func (c *cycle) refusals(ctx context.Context, state fwk.CycleState, info fwk.NodeInfo) []refusal {
	found := []refusal{}
	skipped := state.GetSkipFilterPlugins()
	for _, plugin := range c.filters {
		if skipped.Has(plugin.Name()) {
			continue
		}
		if status := plugin.Filter(ctx, state, c.pod, info); !status.IsSuccess() {
			found = append(found, *refusalOf(plugin.Name(), status))
		}
	}
	return found
}

// refusalsWithNominated looks as the framework does: first with the pods that preemption made room for on this
// node, then without them, and takes the first view in which anything refuses.
func (c *cycle) refusalsWithNominated(ctx context.Context, info fwk.NodeInfo) ([]refusal, error) {
	nominated := c.cluster.nominated[info.Node().Name]
	if len(nominated) == 0 {
		return c.refusals(ctx, c.state, info), nil
	}
	crowded, state := info.Snapshot(), c.state.Clone()
	added := false
	for _, other := range nominated {
		if other.GetPod().UID == c.pod.UID || corehelpers.PodPriority(other.GetPod()) < corehelpers.PodPriority(c.pod) {
			continue
		}
		crowded.AddPodInfo(other)
		if status := c.RunPreFilterExtensionAddPod(ctx, state, c.pod, other, crowded); !status.IsSuccess() {
			return nil, status.AsError()
		}
		added = true
	}
	if added {
		if found := c.refusals(ctx, state, crowded); len(found) > 0 {
			return found, nil
		}
	}
	return c.refusals(ctx, c.state, info), nil
}

// score runs the score plugins over the nodes that fit, also where there is only one, which the scheduler would not.
func (c *cycle) score(ctx context.Context, result *podAnswer, feasible []fwk.NodeInfo) {
	if status := c.RunPreScorePlugins(ctx, c.state, c.pod, feasible); !status.IsSuccess() {
		result.ScoreError = status.Message()
		return
	}
	all, status := c.RunScorePlugins(ctx, c.state, c.pod, feasible)
	if !status.IsSuccess() {
		result.ScoreError = status.Message()
		return
	}
	byNode := make(map[string]*nodeScores, len(all))
	for i := range all {
		byNode[all[i].Name] = &all[i]
	}
	for i := range result.Nodes {
		node := &result.Nodes[i]
		scores, known := byNode[node.Node]
		if !known {
			continue
		}
		node.Scores = make(map[string]int64, len(scores.Scores))
		for _, score := range scores.Scores {
			node.Scores[score.Name] = score.Score
		}
		node.Total = &scores.TotalScore
	}
}

// measure times PreFilter, and Filter over all nodes one after another, without anything of our own between.
func (c *cycle) measure(ctx context.Context, result *podAnswer) error {
	infos := make([]fwk.NodeInfo, 0, len(c.cluster.nodes))
	for _, node := range c.cluster.nodes {
		info, err := c.cluster.current.Get(node.Name)
		if err != nil {
			return err
		}
		infos = append(infos, info)
	}
	state := framework.NewCycleState()
	started := time.Now()
	_, status, _ := c.RunPreFilterPlugins(ctx, state, c.pod)
	spent := time.Since(started).Nanoseconds()
	result.PreFilterNanos = &spent
	if !status.IsSuccess() {
		return nil
	}
	started = time.Now()
	for _, info := range infos {
		c.RunFilterPlugins(ctx, state, c.pod, info)
	}
	filtered := time.Since(started).Nanoseconds()
	result.FilterNanos = &filtered
	return nil
}
