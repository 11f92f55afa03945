package main

import (
	"reflect"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// watched are the kinds that the scheduler's plugins look up, apart from those in the snapshot.
var watched = []runtime.Object{
	&corev1.Pod{}, &corev1.Node{}, &corev1.Namespace{}, &corev1.Service{}, &corev1.ReplicationController{},
	&corev1.PersistentVolume{}, &corev1.PersistentVolumeClaim{},
	&appsv1.ReplicaSet{}, &appsv1.StatefulSet{},
	&storagev1.StorageClass{}, &storagev1.CSINode{}, &storagev1.CSIDriver{}, &storagev1.CSIStorageCapacity{}, &storagev1.VolumeAttachment{},
	&resourcev1.ResourceClaim{}, &resourcev1.ResourceSlice{}, &resourcev1.DeviceClass{},
}

// newInformerFactory gives the plugins informers that are full from the beginning. Real ones over a fake client
// cost some thirty goroutines and a tenth of a second for each case, and fill their caches behind one's back.
func newInformerFactory(client kubernetes.Interface, objects []runtime.Object) (informers.SharedInformerFactory, error) {
	factory := informers.NewSharedInformerFactory(client, 0)
	byKind := make(map[reflect.Type]*staticInformer, len(watched))
	for _, kind := range append(slices.Clone(watched), watchedByThisMinor...) {
		informer := newStaticInformer()
		byKind[reflect.TypeOf(kind)] = informer
		// The factory keeps the first informer that it is given for a kind.
		factory.InformerFor(kind, func(kubernetes.Interface, time.Duration) cache.SharedIndexInformer { return informer })
	}
	for _, object := range objects {
		if informer, known := byKind[reflect.TypeOf(object)]; known {
			if err := informer.indexer.Add(object); err != nil {
				return nil, err
			}
		}
	}
	return factory, nil
}

// staticInformer holds objects that never change. Handlers get them at once, in the caller's goroutine.
// The embedded nil interface makes a call of anything else a panic, which is an answer to be looked at.
type staticInformer struct {
	cache.SharedIndexInformer
	indexer cache.Indexer
}

func newStaticInformer() *staticInformer {
	byNamespace := cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}
	return &staticInformer{indexer: cache.NewIndexer(cache.MetaNamespaceKeyFunc, byNamespace)}
}

func (s *staticInformer) GetStore() cache.Store     { return s.indexer }
func (s *staticInformer) GetIndexer() cache.Indexer { return s.indexer }
func (s *staticInformer) HasSynced() bool           { return true }
func (s *staticInformer) IsStopped() bool           { return false }

// SetTransform is called by the factories of 1.34 and 1.35, which trim what they store; here nothing is left to be trimmed.
func (s *staticInformer) SetTransform(cache.TransformFunc) error { return nil }

func (s *staticInformer) AddIndexers(indexers cache.Indexers) error {
	return s.indexer.AddIndexers(indexers)
}

func (s *staticInformer) AddEventHandler(handler cache.ResourceEventHandler) (cache.ResourceEventHandlerRegistration, error) {
	for _, object := range s.indexer.List() {
		handler.OnAdd(object, true)
	}
	return done{}, nil
}

func (s *staticInformer) AddEventHandlerWithResyncPeriod(handler cache.ResourceEventHandler, _ time.Duration) (cache.ResourceEventHandlerRegistration, error) {
	return s.AddEventHandler(handler)
}

func (s *staticInformer) AddEventHandlerWithOptions(handler cache.ResourceEventHandler, _ cache.HandlerOptions) (cache.ResourceEventHandlerRegistration, error) {
	return s.AddEventHandler(handler)
}

func (s *staticInformer) RemoveEventHandler(cache.ResourceEventHandlerRegistration) error { return nil }

// done is the registration of a handler that has seen everything.
type done struct{}

func (done) HasSynced() bool { return true }
