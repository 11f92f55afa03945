package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// crashes keeps panics of goroutines that the plugins start: they would end the process before the case is named.
var crashes crashLog

type crashLog struct {
	mutex sync.Mutex
	first string
}

// catch makes the helper library's crash handler note the panic instead of passing it on.
func (l *crashLog) catch() {
	utilruntime.ReallyCrash = false
	utilruntime.PanicHandlers = []func(context.Context, any){func(_ context.Context, cause any) {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		if l.first == "" {
			l.first = fmt.Sprintf("panic: %v\n%s", cause, debug.Stack())
		}
	}}
}

// take gives what was noted since the last call.
func (l *crashLog) take() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	text := l.first
	l.first = ""
	return text
}
