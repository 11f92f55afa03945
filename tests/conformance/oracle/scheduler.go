package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/validation"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/kubernetes/pkg/scheduler/metrics"
	"k8s.io/kubernetes/pkg/scheduler/util/assumecache"
)

// oracle is what all cases share: nothing in it remembers a cluster.
type oracle struct {
	decoder  runtime.Decoder
	registry frameworkruntime.Registry
	defaults *config.KubeSchedulerConfiguration
	client   kubernetes.Interface
	recorder events.EventRecorderLogger
	metrics  *metrics.MetricAsyncRecorder
}

func newOracle(strict bool) *oracle {
	// Without it the first plugin that counts something dereferences nil.
	metrics.Register()
	defaults, err := latest.Default()
	if err != nil {
		panic(err)
	}
	// Filtering and scoring ask no server; the client is only there to be handed around.
	client := kubernetes.NewForConfigOrDie(&rest.Config{Host: "127.0.0.1:1"})
	return &oracle{
		decoder:  newDecoder(strict),
		registry: plugins.NewInTreeRegistry(),
		defaults: defaults,
		client:   client,
		recorder: events.NewEventBroadcasterAdapter(client).NewRecorder("oracle"),
		metrics:  metrics.NewMetricsAsyncRecorder(1000, time.Hour, context.Background().Done()),
	}
}

// scheduler is one profile's plugins over one cluster.
type scheduler struct {
	framework.Framework
	instances map[string]anyPlugin
}

// schedulers makes the profiles of a case when a pod first asks for them.
type schedulers struct {
	oracle  *oracle
	cluster *cluster
	config  *config.KubeSchedulerConfiguration
	shared  []frameworkruntime.Option
	ready   map[string]*scheduler
}

// newSchedulers builds what the profiles of a scheduler share, as the scheduler's own constructor does.
func (o *oracle) newSchedulers(ctx context.Context, c *cluster, given json.RawMessage) (*schedulers, error) {
	configuration, err := o.configuration(given)
	if err != nil {
		return nil, err
	}
	factory, err := newInformerFactory(o.client, c.objects)
	if err != nil {
		return nil, err
	}
	managers, err := newManagers(ctx, factory)
	if err != nil {
		return nil, err
	}
	shared := append(managers, mutableSnapshot(c)...)
	shared = append(shared,
		frameworkruntime.WithClientSet(o.client),
		frameworkruntime.WithInformerFactory(factory),
		frameworkruntime.WithSnapshotSharedLister(&c.current),
		frameworkruntime.WithPodNominator(c),
		frameworkruntime.WithEventRecorder(o.recorder),
		frameworkruntime.WithMetricsRecorder(o.metrics),
		// One case, one core: several oracles run side by side instead.
		frameworkruntime.WithParallelism(1),
	)
	return &schedulers{oracle: o, cluster: c, config: configuration, shared: shared, ready: map[string]*scheduler{}}, nil
}

func (o *oracle) configuration(given json.RawMessage) (*config.KubeSchedulerConfiguration, error) {
	if len(given) == 0 || string(given) == "null" {
		return o.defaults, nil
	}
	object, kind, err := scheme.Codecs.UniversalDecoder().Decode(given, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	configuration, fits := object.(*config.KubeSchedulerConfiguration)
	if !fits {
		return nil, fmt.Errorf("config: %v is no KubeSchedulerConfiguration", kind)
	}
	configuration.APIVersion = kind.GroupVersion().String()
	if err := validation.ValidateKubeSchedulerConfiguration(configuration); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return configuration, nil
}

// newClaimCache is what the manager of devices keeps claims in.
func newClaimCache(ctx context.Context, factory informers.SharedInformerFactory) *assumecache.AssumeCache {
	claims := factory.Resource().V1().ResourceClaims().Informer()
	return assumecache.NewAssumeCache(klog.FromContext(ctx), claims, "ResourceClaim", "", nil)
}

// of gives the profile that a pod names, or the first one.
func (s *schedulers) of(ctx context.Context, pod *corev1.Pod) (*scheduler, error) {
	profile := &s.config.Profiles[0]
	for i := range s.config.Profiles {
		if s.config.Profiles[i].SchedulerName == pod.Spec.SchedulerName {
			profile = &s.config.Profiles[i]
		}
	}
	if ready, known := s.ready[profile.SchedulerName]; known {
		return ready, nil
	}
	made := &scheduler{instances: map[string]anyPlugin{}}
	var err error
	made.Framework, err = frameworkruntime.NewFramework(ctx, made.keeping(s.oracle.registry), profile, s.shared...)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", profile.SchedulerName, err)
	}
	s.ready[profile.SchedulerName] = made
	return made, nil
}

// keeping wraps the factories so that plugins can be asked one by one, which the framework does not offer.
func (s *scheduler) keeping(registry frameworkruntime.Registry) frameworkruntime.Registry {
	wrapped := make(frameworkruntime.Registry, len(registry))
	for name, factory := range registry {
		wrapped[name] = func(ctx context.Context, arguments runtime.Object, handle frameworkHandle) (anyPlugin, error) {
			plugin, err := factory(ctx, arguments, handle)
			s.instances[name] = plugin
			return plugin, err
		}
	}
	return wrapped
}

// filters are the profile's filter plugins in its order.
func (s *scheduler) filters() []filterPlugin {
	var found []filterPlugin
	for _, enabled := range s.ListPlugins().Filter.Enabled {
		if plugin, fits := s.instances[enabled.Name].(filterPlugin); fits {
			found = append(found, plugin)
		}
	}
	return found
}
