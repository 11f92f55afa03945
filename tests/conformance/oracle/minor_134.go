//go:build minor134

package main

import (
	"context"

	"k8s.io/client-go/informers"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/dynamicresources"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
)

// The framework's own words, which later minors keep in another package.
type (
	anyPlugin       = framework.Plugin
	filterPlugin    = framework.FilterPlugin
	frameworkHandle = framework.Handle
	nodeScores      = framework.NodePluginScores
	podNominator    = framework.PodNominator
)

// newManagers are for devices what the snapshot is for nodes and pods.
func newManagers(ctx context.Context, factory informers.SharedInformerFactory) ([]frameworkruntime.Option, error) {
	tracker, err := newSliceTracker(ctx, factory)
	if err != nil {
		return nil, err
	}
	devices := dynamicresources.NewDRAManager(ctx, newClaimCache(ctx, factory), tracker, factory)
	return []frameworkruntime.Option{frameworkruntime.WithSharedDRAManager(devices)}, nil
}
