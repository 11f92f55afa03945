//go:build !minor134

package main

import (
	"context"
	"fmt"

	"k8s.io/client-go/informers"
	"k8s.io/dynamic-resource-allocation/deviceclass/extendedresourcecache"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/dynamicresources"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/nodevolumelimits"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
)

// The framework's own words, which 1.34 keeps in another package.
type (
	anyPlugin       = fwk.Plugin
	filterPlugin    = fwk.FilterPlugin
	frameworkHandle = fwk.Handle
	nodeScores      = fwk.NodePluginScores
	podNominator    = fwk.PodNominator
)

// newManagers are for devices and volume drivers what the snapshot is for nodes and pods.
func newManagers(ctx context.Context, factory informers.SharedInformerFactory) ([]frameworkruntime.Option, error) {
	tracker, err := newSliceTracker(ctx, factory)
	if err != nil {
		return nil, err
	}
	devices := dynamicresources.NewDRAManager(ctx, newClaimCache(ctx, factory), tracker, factory)
	// Without this handler no extended resource is ever handed to device classes. 1.35 has no resolver: the gate is off.
	if classes, fits := devices.DeviceClassResolver().(*extendedresourcecache.ExtendedResourceCache); fits && classes != nil {
		if _, err := factory.Resource().V1().DeviceClasses().Informer().AddEventHandler(classes); err != nil {
			return nil, fmt.Errorf("device classes: %w", err)
		}
	}
	drivers := nodevolumelimits.NewCSIManager(factory.Storage().V1().CSINodes().Lister())
	return []frameworkruntime.Option{
		frameworkruntime.WithSharedDRAManager(devices),
		frameworkruntime.WithSharedCSIManager(drivers),
	}, nil
}
