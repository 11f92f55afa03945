// Oracle answers what the real kube-scheduler would say about pods in a cluster that never existed.
//
// It reads one JSON document a line on standard input (type testCase), each a whole cluster with the pods asked
// about, and writes one line a case on standard output (type answer): the scheduler's own plugins, of the version
// in go.mod, run over that cluster. With -quantities it reads quantities instead, with -lists it encodes. Nothing of this project's own evaluator is in here; that is the point.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"
)

// testCase is one line of input.
type testCase struct {
	// ID is handed back with the answer.
	ID string `json:"id"`
	// Objects as the API server stores them: nothing is defaulted here.
	Objects []json.RawMessage `json:"objects"`
	// Pods to be asked about, as namespace/name.
	Pods []string `json:"pods"`
	// Config is a KubeSchedulerConfiguration; absent means the defaults.
	Config json.RawMessage `json:"config,omitempty"`
	// Time adds how long PreFilter and Filter took.
	Time bool `json:"time,omitempty"`
	// Brief leaves the nodes out of the answer, for timing large clusters.
	Brief bool `json:"brief,omitempty"`
}

func main() {
	strict := flag.Bool("strict", false, "refuse objects with fields that the API does not know")
	quantities := flag.Bool("quantities", false, "read quantities instead of cases, one a line")
	inLists := flag.Bool("lists", false, "write the lists of each case as an API server encodes them, in JSON and in protobuf")
	flag.Parse()
	if *quantities {
		exit(readQuantities(os.Stdin, os.Stdout))
	}
	if *inLists {
		exit(writeLists(os.Stdin, os.Stdout))
	}
	silence()
	crashes.catch()
	// Cases are small and short-lived; collecting less often is worth a fifth of the time.
	debug.SetGCPercent(400)
	exit(answerAll(newOracle(*strict), os.Stdin, os.Stdout))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// silence drops what the scheduler logs: its refusals are answers here.
func silence() {
	klog.SetLogger(klog.Logger{})
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	utilruntime.ErrorHandlers = nil
}

// answerAll writes a line for each case, in order, as soon as it is known.
func answerAll(o *oracle, in io.Reader, out io.Writer) error {
	cases := json.NewDecoder(bufio.NewReaderSize(in, 1<<20))
	writer := bufio.NewWriterSize(out, 1<<20)
	lines := json.NewEncoder(writer)
	lines.SetEscapeHTML(false)
	for {
		var c testCase
		if err := cases.Decode(&c); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("no case: %w", err)
		}
		if err := lines.Encode(o.answerOne(&c)); err != nil {
			return err
		}
		if err := writer.Flush(); err != nil {
			return err
		}
	}
}

// answerOne turns whatever goes wrong, a panic of a plugin included, into that case's answer.
func (o *oracle) answerOne(c *testCase) (result *answer) {
	defer func() {
		if cause := recover(); cause != nil {
			result = &answer{ID: c.ID, Error: fmt.Sprintf("panic: %v\n%s", cause, debug.Stack())}
		}
	}()
	crashes.take()
	result, err := o.evaluate(c)
	if text := crashes.take(); text != "" {
		return &answer{ID: c.ID, Error: text}
	}
	if err != nil {
		return &answer{ID: c.ID, Error: err.Error()}
	}
	return result
}
