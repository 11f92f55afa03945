//go:build minor134 || minor135 || minor136

package main

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	resourceslicetracker "k8s.io/dynamic-resource-allocation/resourceslice/tracker"
	"k8s.io/kubernetes/pkg/features"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
)

// watchedByThisMinor are the kinds that other minors do not look up.
var watchedByThisMinor []runtime.Object

// newSliceTracker hands slices on as they are: DeviceTaintRules are off in these minors.
func newSliceTracker(ctx context.Context, factory informers.SharedInformerFactory) (*resourceslicetracker.Tracker, error) {
	return resourceslicetracker.StartTracker(ctx, resourceslicetracker.Options{
		EnableConsumableCapacity: utilfeature.DefaultFeatureGate.Enabled(features.DRAConsumableCapacity),
		SliceInformer:            factory.Resource().V1().ResourceSlices(),
	})
}

// mutableSnapshot: in these minors preemption reads the snapshot that everything reads.
func mutableSnapshot(*cluster) []frameworkruntime.Option { return nil }
