// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// spec is a case; all that is drawn in it comes from its name.
type spec struct {
	goal   string // enable, rotate, again, provider, disable, reenable; guide-enable, guide-rotate
	count  int    // of servers
	reload bool   // hot reload (a folder is mounted), else a restart (a file)
	noHash bool   // servers from before the hash metric
	lanes  int    // kinds of resources, each with its own entry
	fault  string
	node   int // which is disturbed
	at     int // after which step
}

// makeConfig is what `atrest config new` writes, with an entry for each resource.
func makeConfig(resources []string, name, secret string, identityFirst bool) []byte {
	var text strings.Builder
	text.WriteString("apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n")
	for _, resource := range resources {
		fmt.Fprintf(&text, "  - resources:\n      - %q\n    providers:\n", resource)
		if identityFirst {
			text.WriteString("      - identity: {}\n")
		}
		fmt.Fprintf(&text, "      - aescbc:\n          keys:\n            - name: %q # made %s by atrest\n              secret: %s\n",
			name, made, secret)
		if !identityFirst {
			text.WriteString("      - identity: {}\n")
		}
	}
	return []byte(text.String())
}

// result is what a case came to.
type result struct {
	spec     spec
	problems []string
	log      []string
	fired    bool
	steps    int
	points   []int
	excused  int64
	requests int64
}

func run(d *driver, e *etcd, one spec) result {
	w, err := newWorld(d, e, one)
	if err != nil {
		return result{spec: one, problems: []string{err.Error()}}
	}
	defer w.close()
	if err := w.play(); err != nil {
		w.problem(nil, "%v", err)
	}
	ret := result{spec: one, problems: w.problems, log: w.log, fired: w.fault.fired || one.fault == "none" || one.fault == "parallel",
		steps: int(w.steps.Load()), excused: w.excused.Load()}
	for i, n := range w.nodes {
		ret.points = append(ret.points, n.points)
		ret.requests += w.clients[i].ended.Load()
	}
	if strings.HasPrefix(one.goal, "guide") {
		if len(ret.problems) > 0 {
			ret.problems = nil
		} else {
			ret.problems = []string{"the guide's own order was expected to be seen by the clients"}
		}
	}
	return ret
}

func (w *world) play() error {
	first, err := w.firstFile()
	if err != nil {
		return err
	}
	if err := w.open(first); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	for _, c := range w.clients {
		clients.Add(1)
		go func() {
			defer clients.Done()
			c.run(ctx)
		}()
	}
	w.fault.begin(w, first)
	w.barrier()
	goals[w.spec.goal](w)
	cancel()
	clients.Wait()
	if w.failed() {
		return nil
	}
	w.checkAll("at the end")
	for _, s := range w.servers {
		s.crash()
		if err := s.restart(); err != nil {
			return err
		}
	}
	w.checkAll("after a start from disk")
	return nil
}

func (w *world) firstFile() ([]byte, error) {
	if w.spec.goal == "enable" || w.spec.goal == "guide-enable" {
		return nil, nil
	}
	n := w.nodes[0]
	word, err := n.mint("aescbc", "key1", nil)
	if err != nil {
		return nil, err
	}
	w.used = []string{"key1"}
	text := makeConfig(w.resources, "key1", n.bytes[word].secret, false)
	delete(n.bytes, word)
	return text, nil
}

var goals = map[string]func(w *world){
	"enable": (*world).enable,
	"rotate": func(w *world) { w.rotate("aescbc", false) },
	"again":  func(w *world) { w.rotate("aescbc", true) },
	"provider": func(w *world) {
		w.rotate("secretbox", false)
		if !w.failed() {
			w.rotate("aesgcm", false)
		}
	},
	"disable": (*world).disable,
	"reenable": func(w *world) {
		w.disable()
		if !w.failed() {
			w.enable()
		}
	},
	"guide-enable": func(w *world) { w.guide("aescbc/key1") },
	"guide-rotate": func(w *world) { w.guide("aescbc/key2") },
}

func (w *world) newKey(n *node, provider string) string {
	word, err := n.mint(provider, "key1", w.used)
	if err != nil {
		w.problem(nil, "%v", err)
		return ""
	}
	w.used = append(w.used, strings.SplitN(word, "/", 2)[1])
	return word
}

func (w *world) reach(goal string) {
	if !w.failed() {
		w.drive(goal)
	}
	if !w.failed() {
		w.checkGoal(goal)
	}
}

func (w *world) enable() {
	n := w.nodes[0]
	goal := w.newKey(n, "aescbc")
	n.fresh = makeConfig(w.resources, strings.TrimPrefix(goal, "aescbc/"), n.bytes[goal].secret, false)
	w.reach(goal)
}

func (w *world) rotate(provider string, again bool) {
	goal := w.newKey(w.nodes[0], provider)
	if again {
		result := w.nodes[0].climb(goal)
		w.trace("cp1: %s %s", result.kind, result.reason)
		w.settle()
		w.help(w.nodes[0], goal, result)
		w.mu.Lock()
		named := w.lease.goal
		w.mu.Unlock()
		if named != goal && w.spec.fault == "none" {
			w.problem(nil, "the second node would make a third key: the Lease says %q", named)
		}
	}
	w.reach(goal)
}

func (w *world) disable() { w.reach("plain") }

// guide does what the user's guide says: the new key writes on the first node at once.
func (w *world) guide(key string) {
	n := w.nodes[0]
	if key == "aescbc/key1" {
		key = w.newKey(n, "aescbc")
		n.fresh = makeConfig(w.resources, "key1", n.bytes[key].secret, false)
		if err := n.s.write(n.fresh); err != nil {
			w.problem(nil, "%v", err)
		}
		n.setFlag(true)
	} else {
		key = w.newKey(n, "aescbc")
		text, err := n.change(n.s.disk.read(), "reader", n.key(key))
		if err == nil {
			text, err = n.change(text, "promote", request{Key: key})
		}
		if err == nil {
			err = n.s.write(text)
		}
		if err != nil {
			w.log = append(w.log, err.Error())
			return
		}
	}
	if err := n.s.restart(); err != nil {
		w.trace("%v", err)
	}
	w.barrier()
	w.barrier()
}
