package main

import (
	"slices"

	fwk "k8s.io/kube-scheduler/framework"
)

// answer is one line of output.
type answer struct {
	ID string `json:"id"`
	// Error is why there is no answer; then there are no pods.
	Error string `json:"error,omitempty"`
	// Skipped counts objects of kinds that nobody here knows.
	Skipped int         `json:"skipped,omitempty"`
	Pods    []podAnswer `json:"pods,omitempty"`
}

type podAnswer struct {
	Pod string `json:"pod"`
	// Displaced: the pod was bound, and was taken off its node before it was asked about.
	Displaced bool `json:"displaced"`
	// PreEnqueue is what keeps the pod from being tried at all. The rest is answered nevertheless.
	PreEnqueue *refusal `json:"preEnqueue"`
	// PreFilter is the refusal of all nodes at once; then there are no nodes.
	PreFilter *refusal     `json:"prefilter"`
	Nodes     []nodeAnswer `json:"nodes"`
	// Summary is the text of FailedScheduling without what preemption adds; null when a node fits.
	Summary *string `json:"summary"`
	// Preemption is what the scheduler would try next; null where the profile does without it.
	Preemption *preemption `json:"preemption,omitempty"`
	// ScoreError is why no node has scores although some fit: the real cycle ends with it.
	ScoreError     string `json:"scoreError,omitempty"`
	PreFilterNanos *int64 `json:"prefilterNanos,omitempty"`
	FilterNanos    *int64 `json:"filterNanos,omitempty"`
}

type nodeAnswer struct {
	Node string `json:"node"`
	Fits bool   `json:"fits"`
	// First is what the scheduler itself reports; its plugin is PreFilter where PreFilter narrowed the nodes.
	First *refusal `json:"first"`
	// Refusals has every plugin that refuses when asked by itself, in the order of the profile.
	Refusals []refusal `json:"refusals"`
	// Scores of the plugins that were not skipped, normalised and weighted.
	Scores map[string]int64 `json:"scores,omitempty"`
	Total  *int64           `json:"total,omitempty"`
	// Room is what preemption finds, where fewer pods might help.
	Room *room `json:"room,omitempty"`
}

type refusal struct {
	Plugin  string   `json:"plugin"`
	Code    string   `json:"code"`
	Reasons []string `json:"reasons"`
}

// refusalOf turns a status that is no success into values; reasons are sorted because some plugins order them at random.
func refusalOf(plugin string, status *fwk.Status) *refusal {
	reasons := slices.Clone(status.Reasons())
	if reasons == nil {
		reasons = []string{}
	}
	slices.Sort(reasons)
	return &refusal{Plugin: plugin, Code: status.Code().String(), Reasons: reasons}
}
