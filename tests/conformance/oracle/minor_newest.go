//go:build !minor134 && !minor135 && !minor136

package main

import (
	"context"
	"fmt"

	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	resourceslicetracker "k8s.io/dynamic-resource-allocation/resourceslice/tracker"
	"k8s.io/kubernetes/pkg/features"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
)

// watchedByThisMinor are the kinds that older minors do not look up. DeviceTaintRules have no stored objects here, but
// the tracker of resource slices wants an informer.
var watchedByThisMinor = []runtime.Object{&resourcev1.DeviceTaintRule{}}

func newSliceTracker(ctx context.Context, factory informers.SharedInformerFactory) (*resourceslicetracker.Tracker, error) {
	resources := factory.Resource().V1()
	tracker, err := resourceslicetracker.StartTracker(ctx, resourceslicetracker.Options{
		EnableDeviceTaintRules:   utilfeature.DefaultFeatureGate.Enabled(features.DRADeviceTaintRules),
		EnableConsumableCapacity: utilfeature.DefaultFeatureGate.Enabled(features.DRAConsumableCapacity),
		SliceInformer:            resources.ResourceSlices(),
		TaintInformer:            resources.DeviceTaintRules(),
	})
	if err != nil {
		return nil, fmt.Errorf("resource slices: %w", err)
	}
	return tracker, nil
}

// mutableSnapshot is what preemption reads here.
func mutableSnapshot(c *cluster) []frameworkruntime.Option {
	return []frameworkruntime.Option{frameworkruntime.WithMutableSnapshotLister(&c.current)}
}
