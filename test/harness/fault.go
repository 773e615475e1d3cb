// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"
)

// fault is what disturbs a case. All of it is by counted steps, so that a case can be run again.
type fault struct {
	spec  spec
	fired bool
	since int  // the round in which it was
	brief bool // the machine that is off comes back soon
	now   int
	seen  map[string]bool
	first []byte // the file that the case began with
}

func newFault(one spec) *fault { return &fault{spec: one, seen: map[string]bool{}} }

// kills says whether the node's run ends at this point.
func (f *fault) kills(n *node, what string) bool {
	switch f.spec.fault {
	case "kill":
		if f.fired || n.s.id != f.spec.node || n.points != f.spec.at {
			return false
		}
		f.fired = true
		return true
	case "killall":
		at := n.s.name + what + n.last.String()
		if f.seen[at] {
			return false
		}
		f.seen[at] = true
		f.fired = true
		return true
	}
	return false
}

// act comes after the step with this number.
func (f *fault) act(w *world, n *node, count int) bool {
	if f.spec.fault == "crashall" && (count < 20 || !f.spec.noHash) { // what is not known of a start has its end
		f.fired = true
		s := w.servers[count%len(w.servers)]
		w.trace("%s crashes and starts again", s.name)
		s.crash()
		f.start(w, s)
		return true
	}
	do, ok := acts[f.spec.fault]
	if !ok || f.fired || count != f.spec.at {
		return false
	}
	f.fired, f.since = true, f.now
	do(f, w, n)
	return true
}

func (f *fault) start(w *world, s *server) {
	if err := s.restart(); err != nil {
		w.trace("%v", err)
	}
}

var acts = map[string]func(f *fault, w *world, n *node){
	"crash": (*fault).crash,
	"down":  (*fault).down,
	"gone":  (*fault).down,
	"wrong": (*fault).wrong,
	"fresh": (*fault).fresh,
	"hand":  (*fault).hand,
	"lease": (*fault).lose,
	"etcd":  (*fault).lead,
}

// crash: at an odd step it is there again at once, else after this node's run.
func (f *fault) crash(w *world, _ *node) {
	s := w.servers[(f.spec.at/2+f.spec.node)%len(w.servers)]
	w.trace("%s crashes", s.name)
	s.crash()
	if f.spec.at%2 == 1 {
		f.start(w, s)
	}
}

func (f *fault) down(w *world, _ *node) {
	n := w.nodes[f.spec.node]
	w.trace("%s is switched off", n.s.name)
	n.s.crash()
	n.off = true
	f.brief = f.spec.fault == "down" || !w.isCopied(n)
	for _, other := range w.nodes {
		other.gone[n.s.name] = !f.brief && other != n
	}
}

func (f *fault) comeBack(w *world) {
	n := w.nodes[f.spec.node]
	w.trace("%s is there again", n.s.name)
	for _, other := range w.nodes {
		other.gone[n.s.name] = false
	}
	n.off, n.held = false, !f.brief
	// Who comes back after it was given up writes what nobody reads any more: it has to wait.
	if !n.held {
		f.start(w, n.s)
		return
	}
	n.s.lossy.Store(true)
}

// excuse a server of which somebody else takes keys, before it loads what lies there now.
func (f *fault) excuse(w *world, s *server, text []byte) {
	for _, resource := range w.resources {
		live, _, err := w.etcd.census(context.Background(), w.folder(resource))
		meaning, unread := w.driver.meaning(text, resource)
		if err != nil || unread != nil || !meaning.covers(append(live, w.writers(resource)...)) {
			s.excuse()
		}
	}
}

func (f *fault) put(w *world, s *server, text []byte) {
	if w.spec.reload && text != nil {
		if _, err := w.driver.meaning(text, w.resources[0]); err == nil {
			f.excuse(w, s, text)
		}
	}
	if err := s.write(text); err != nil {
		w.trace("%v", err)
	}
}

const otherKey = "b3RoZXItY2x1c3Rlci1vdGhlci1jbHVzdGVyLTAwMDA=" // "other-cluster-other-cluster-0000"

func (f *fault) wrong(w *world, _ *node) {
	s := w.servers[f.spec.node]
	text := makeConfig(w.resources, "other", otherKey, true)
	switch f.spec.at % 3 {
	case 0:
		if old, err := w.driver.meaning(f.first, w.resources[0]); f.first != nil && err == nil && f.othersRead(w, s, old.Writer) {
			text = f.first
		}
	case 1:
		text = []byte("resources: [\n")
	}
	w.trace("%s gets a wrong file", s.name)
	f.put(w, s, text)
}

func (f *fault) othersRead(w *world, s *server, key string) bool {
	for _, other := range w.servers {
		if has, runs := other.loadedReads(w.resources[0]); other != s && (!runs || !has.covers([]string{key})) {
			return false
		}
	}
	return true
}

// fresh: another machine under the same name, with kubeadm's manifest or one that knows nothing.
func (f *fault) fresh(w *world, running *node) {
	n := w.nodes[f.spec.node]
	w.trace("%s is replaced", n.s.name)
	n.s.excuse()
	n.s.crash()
	n.bytes, n.fresh, n.valid, n.mine, n.before = map[string]keyBytes{}, nil, nil, loadedFile{}, nil
	_ = n.s.write(nil)
	n.setFlag(w.isKept() && f.spec.at%2 == 0)
	n.reset = n == running
	f.start(w, n.s)
}

func (f *fault) hand(w *world, _ *node) {
	s := w.servers[f.spec.node]
	text := s.disk.read()
	if text == nil {
		return
	}
	switch f.spec.at % 4 {
	case 0:
		w.trace("%s: a comment by hand", s.name)
		f.put(w, s, append(append([]byte{}, text...), "# somebody was here\n"...))
	case 1:
		w.trace("%s: identity first by hand", s.name)
		if answer, err := w.driver.ask(request{Op: "identity", Data: text}); err == nil {
			f.put(w, s, answer.Text)
		}
	case 2:
		w.trace("%s: the file is gone", s.name)
		f.put(w, s, nil)
	case 3:
		has, err := w.driver.meaning(text, w.resources[0])
		w.trace("%s: pruned to %s by hand", s.name, has.Writer)
		if err == nil && has.Writer != "plain" {
			if answer, err := w.driver.ask(request{Op: "prune", Data: text, Key: has.Writer, Plain: true}); err == nil {
				f.put(w, s, answer.Text)
			}
		}
	}
}

func (f *fault) lose(w *world, _ *node) {
	w.trace("the Lease is lost")
	w.mu.Lock()
	w.lease = newLease()
	w.mu.Unlock()
}

// lead: etcd's leader goes; of one member that is a start of it.
func (f *fault) lead(w *world, _ *node) {
	dark := func(d time.Duration) {
		w.mu.Lock()
		w.darkTill = time.Now().Add(d)
		w.mu.Unlock()
	}
	w.trace("etcd is killed")
	dark(20 * time.Second)
	w.etcd.kill()
	if err := w.etcd.start(); err != nil {
		w.problem(nil, "%v", err)
	}
	for _, s := range w.servers {
		for _, resource := range w.resources {
			for range 100 {
				if _, err := s.list(resource, "0"); err == nil || s.run.Load() == nil {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
		}
	}
	dark(300 * time.Millisecond)
	time.Sleep(300 * time.Millisecond)
}

// --- by rounds --------------------------------------------------------------------------------

func (f *fault) begin(w *world, first []byte) {
	f.first = first
	if f.spec.fault == "behind" && w.spec.reload {
		f.fired = true
		w.servers[f.spec.node].lag = 3
	}
}

func (f *fault) turn(w *world, i, round int) {
	f.now = round
	if f.brief && w.nodes[f.spec.node].off && round >= f.since+2 {
		f.comeBack(w)
	}
	_ = i
}

func (f *fault) holdsBack(i, round int) bool {
	return f.spec.fault == "behind" && !f.spec.reload && i == f.spec.node && round < 3
}

func (f *fault) round(w *world, round int) {
	s := w.servers[f.spec.node%len(w.servers)]
	if f.spec.fault == "behind" && s.lag > 0 {
		s.lag--
		s.poll()
		w.barrier()
	}
	if f.spec.fault == "behind" && round >= 3 {
		f.fired = true
	}
}

// over: is there nothing more to come? A machine that was given up comes back when all is done.
func (f *fault) over(w *world) bool {
	if n := w.nodes[f.spec.node%len(w.nodes)]; n.off {
		f.comeBack(w)
		return false
	}
	return true
}

func (s spec) String() string {
	mode := "restart"
	if s.reload {
		mode = "reload"
	}
	if s.noHash {
		mode += "-nohash"
	}
	if s.lanes > 1 {
		mode += "-2kinds"
	}
	text := fmt.Sprintf("%s/%d/%s/%s", s.goal, s.count, mode, s.fault)
	if s.at > 0 || s.node > 0 {
		text += fmt.Sprintf("/cp%d@%d", s.node+1, s.at)
	}
	return text
}
