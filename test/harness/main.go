// SPDX-License-Identifier: Apache-2.0

// Command harness climbs the ladder on one to three nodes, against upstream's own code (README.md).
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"
)

var (
	etcdPath   = flag.String("etcd", "", "the etcd to start")
	driverPath = flag.String("driver", "", "ar-ladder")
	only       = flag.String("only", "", "cases that match this alone")
	verbose    = flag.Bool("v", false, "print every case, and what happened in it")
	all        = flag.Bool("all", false, "every case; else about one in ten")
	workers    = flag.Int("workers", 2, "cases at once, each with its own etcd")
)

func main() {
	flag.Parse()
	quiet()
	failed, err := runAll()
	if err != nil {
		fmt.Fprintln(os.Stderr, "harness:", err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

func quiet() {
	var flags flag.FlagSet
	klog.InitFlags(&flags)
	_ = flags.Set("logtostderr", "false")
	_ = flags.Set("stderrthreshold", "FATAL")
	klog.SetOutput(io.Discard)
	utilruntime.ErrorHandlers = nil
}

// tally is the sum of all cases.
type tally struct {
	mu                      sync.Mutex
	passed, failed, unfired int
	excused, requests       int64
	baseline                map[string]result
	slow                    map[string]time.Duration
}

func (t *tally) add(r result, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slow[r.spec.fault] += took
	t.excused += r.excused
	t.requests += r.requests
	if *verbose {
		fmt.Printf("%s: %d steps, %v, %d excused, fired %v, %d ms\n", r.spec, r.steps, r.points, r.excused, r.fired, took.Milliseconds())
	}
	if len(r.problems) == 0 {
		t.passed++
		if !r.fired {
			t.unfired++
		}
		if *verbose && *only != "" {
			printLog(r.log)
		}
		return
	}
	t.failed++
	fmt.Printf("FAILED: %s (run it alone: -only '^%s$')\n", r.spec, regexp.QuoteMeta(r.spec.String()))
	printLog(r.log)
}

func printLog(log []string) {
	for i, line := range log {
		if i < 100 || i >= len(log)-30 {
			fmt.Println("    | " + line)
		}
	}
}

func runAll() (int, error) {
	began := time.Now()
	t := &tally{baseline: map[string]result{}, slow: map[string]time.Duration{}}
	pattern, err := regexp.Compile(*only)
	if err != nil {
		return 0, err
	}
	pool, err := newPool(*workers)
	if err != nil {
		return 0, err
	}
	defer pool.stop()
	// First those without a disturbance: they say how many steps there are to disturb.
	pool.each(matching(plainCases(), pattern), func(r result, took time.Duration) {
		t.mu.Lock()
		t.baseline[baseOf(r.spec)] = r
		t.mu.Unlock()
		t.add(r, took)
	})
	share, stride := 3, 5
	if *all || *only != "" {
		share, stride = 1, 1
	}
	pool.each(matching(disturbed(t.baseline, share, stride), pattern), t.add)
	if *verbose {
		for kind, took := range t.slow {
			fmt.Printf("note: %s: %.1f s\n", kind, took.Seconds())
		}
	}
	fmt.Printf("note: %.0f s; %d rounds of requests by the clients; %d errors at servers that somebody else took keys from; in %d cases there was nothing left to disturb\n",
		time.Since(began).Seconds(), t.requests, t.excused, t.unfired)
	fmt.Printf("%d passed, %d failed\n", t.passed, t.failed)
	return t.failed, nil
}

func matching(cases []spec, pattern *regexp.Regexp) []spec {
	return slices.DeleteFunc(cases, func(one spec) bool { return !pattern.MatchString(one.String()) })
}

// pool runs cases, each worker with an etcd and an ar-ladder of its own.
type pool struct {
	etcds   []*etcd
	drivers []*driver
}

func newPool(count int) (*pool, error) {
	p := &pool{}
	for range count {
		d, err := startDriver(*driverPath)
		if err != nil {
			return nil, err
		}
		p.drivers = append(p.drivers, d)
		e, err := newEtcd(*etcdPath)
		if err != nil {
			p.stop()
			return nil, err
		}
		p.etcds = append(p.etcds, e)
	}
	return p, nil
}

func (p *pool) stop() {
	for _, e := range p.etcds {
		e.stop()
	}
	for _, d := range p.drivers {
		d.stop()
	}
}

func (p *pool) each(cases []spec, done func(r result, took time.Duration)) {
	next := make(chan spec)
	var all sync.WaitGroup
	for i := range p.etcds {
		all.Add(1)
		go func() {
			defer all.Done()
			for one := range next {
				began := time.Now()
				r := run(p.drivers[i], p.etcds[i], one)
				done(r, time.Since(began))
			}
		}()
	}
	for _, one := range cases {
		next <- one
	}
	close(next)
	all.Wait()
}
