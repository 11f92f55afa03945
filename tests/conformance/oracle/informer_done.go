//go:build !minor134 && !minor135

package main

import "k8s.io/client-go/tools/cache"

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func (s *staticInformer) HasSyncedChecker() cache.DoneChecker { return done{} }

func (done) HasSyncedChecker() cache.DoneChecker { return done{} }
func (done) Name() string                        { return "static" }
func (done) Done() <-chan struct{}               { return closed }
