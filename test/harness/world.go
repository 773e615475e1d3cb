// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"k8s.io/apiserver/pkg/storage"
)

// world is one case: the servers, the nodes, what they share, and the clients.
type world struct {
	spec      spec
	driver    *driver
	etcd      *etcd
	prefix    string
	dir       string
	resources []string
	servers   []*server
	nodes     []*node
	clients   []*client
	fault     *fault
	random    *rand.Rand
	ledger    ledger
	clock     atomic.Int64
	steps     atomic.Int64
	busy      atomic.Int64
	excused   atomic.Int64
	leaseLock sync.Mutex
	acting    sync.Mutex

	mu       sync.Mutex
	lease    lease
	kept     bool
	escrowed map[string]bool
	used     []string
	problems []string
	log      []string
	darkTill time.Time
}

func (w *world) tick() int64                   { return w.clock.Add(1) }
func (w *world) folder(resource string) string { return w.prefix + "/" + resource + "/" }

func (w *world) trace(format string, words ...any) {
	w.mu.Lock()
	w.log = append(w.log, fmt.Sprintf(format, words...))
	w.mu.Unlock()
}

// problem fails the case, unless its server is one that somebody else took keys from.
func (w *world) problem(s *server, format string, words ...any) {
	text := fmt.Sprintf(format, words...)
	if s != nil {
		text = s.name + " " + text
		if s.excused.Load() {
			w.excused.Add(1)
			return
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.problems) < 5 {
		w.log = append(w.log, "PROBLEM: "+text)
		w.problems = append(w.problems, text)
	}
}

func (w *world) failed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.problems) > 0
}

func (w *world) outage() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Before(w.darkTill)
}

func (w *world) isKept() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kept
}

func (w *world) keep(kept bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept = kept
}

func (w *world) isEscrowed(goal string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.escrowed[goal]
}

// hold takes the Lease; a holder that is killed loses it.
func (w *world) hold() func() {
	w.leaseLock.Lock()
	return w.leaseLock.Unlock
}

func isGone(err error) bool { return storage.IsNotFound(err) }

// --- time goes on -----------------------------------------------------------------------------

// barrier waits until every client has gone once through everything, and every watch has come along.
func (w *world) barrier() {
	end := time.Now().Add(15 * time.Second)
	began := make([]int64, len(w.clients))
	for i, c := range w.clients {
		began[i] = c.began.Load()
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	for i, c := range w.clients {
		for c.ended.Load() <= began[i] && !w.failed() {
			if time.Now().After(end) {
				w.problem(nil, "the client of %s does not go on", c.s.name)
				return
			}
			time.Sleep(400 * time.Microsecond)
		}
	}
	for _, c := range w.clients {
		w.awaitWatch(c, end)
	}
}

func newer(a, b any) bool {
	x, _ := a.(string)
	y, _ := b.(string)
	return len(x) > len(y) || (len(x) == len(y) && x >= y)
}

func (w *world) awaitWatch(c *client, end time.Time) {
	for _, resource := range w.resources {
		var newest any = ""
		for _, other := range w.clients {
			if last, ok := other.last.Load(resource); ok && newer(last, newest) {
				newest = last
			}
		}
		for newest != "" && c.s.run.Load() != nil && !c.s.excused.Load() && !w.failed() && !w.outage() {
			seen, ok := c.watched.Load(resource)
			if ok && newer(seen, newest) {
				break
			}
			if time.Now().After(end) {
				w.problem(c.s, "does not bring %s of revision %v by a watch", resource, newest)
				return
			}
			time.Sleep(400 * time.Microsecond)
		}
	}
}

// compact is the API servers' own, of one interval ago: no request is that old.
func (w *world) compact() {
	w.barrier()
	for _, s := range w.servers {
		s.mu.Lock()
		s.mu.Unlock() //nolint:staticcheck // requests that are under way come to their end
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := w.etcd.compact(ctx); err != nil && !w.outage() {
		w.problem(nil, "compaction: %v", err)
	}
}

// stepped comes after every step of a node: clients look, somebody interferes, clients look.
func (w *world) stepped(n *node) {
	w.barrier()
	count := w.steps.Add(1)
	w.acting.Lock()
	acted := w.fault.act(w, n, int(count))
	w.acting.Unlock()
	if acted {
		w.barrier()
	}
	for _, s := range w.servers {
		s.recover()
	}
}

// settle is what the kubelet and the machines do by themselves when a run is over.
func (w *world) settle() {
	changed := false
	for i, s := range w.servers {
		if w.nodes[i].off || w.nodes[i].held {
			continue
		}
		p := s.run.Load()
		s.disk.mu.Lock()
		flag := s.disk.flag
		s.disk.mu.Unlock()
		if p == nil || (p.hash != "") != flag {
			changed = true
			if err := s.restart(); err != nil {
				w.trace("  %v", err)
			}
		}
		s.recover()
	}
	if changed {
		w.barrier()
	}
}

// --- the operator -----------------------------------------------------------------------------

func (w *world) order(round int) []int {
	if w.spec.seed()%3 == 0 {
		return []int{0, 1, 2}[:len(w.nodes)]
	}
	return w.random.Perm(len(w.nodes))
}

// drive runs `atrest continue` on every node until all say done.
func (w *world) drive(goal string) {
	w.trace("goal %s", goal)
	if w.spec.fault == "parallel" {
		w.driveAtOnce(goal)
		return
	}
	var told []string
	rounds := 40
	if w.spec.fault == "killall" {
		rounds = 150
	}
	for round := range rounds {
		done := 0
		told = nil
		for _, i := range w.order(round) {
			w.fault.turn(w, i, round)
			n := w.nodes[i]
			if n.off || w.fault.holdsBack(i, round) {
				continue
			}
			result := n.climb(goal)
			w.trace("%s: %s %s", n.s.name, result.kind, result.reason)
			told = append(told, n.s.name+" "+result.kind+" "+result.reason+" "+n.last.Kind)
			w.settle()
			w.help(n, goal, result)
			if result.kind == "done" {
				done++
			}
			if w.failed() {
				return
			}
		}
		w.fault.round(w, round)
		if done == w.on() && w.fault.over(w) && w.agree() {
			return
		}
	}
	w.problem(nil, "%s is not reached: %s", goal, strings.Join(told, "; "))
}

func (w *world) on() int {
	count := 0
	for _, n := range w.nodes {
		if !n.off {
			count++
		}
	}
	return count
}

// agree: a file that means the same and differs (a comment by hand) gives way to that of the others.
func (w *world) agree() bool {
	for i, n := range w.nodes {
		text := n.s.disk.read()
		others := w.nodes[(i+1)%len(w.nodes)].s.disk.read()
		if len(w.nodes) == 3 && !bytes.Equal(text, others) && bytes.Equal(others, w.nodes[(i+2)%3].s.disk.read()) {
			w.importFile(n, "")
			return false
		}
	}
	return true
}

func (w *world) driveAtOnce(goal string) {
	var all sync.WaitGroup
	for _, n := range w.nodes {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 400 {
				result := n.climb(goal)
				if result.kind == "done" || w.failed() {
					return
				}
				w.help(n, goal, result)
				time.Sleep(time.Millisecond)
			}
			w.problem(nil, "%s does not reach %s: %s", n.s.name, goal, n.last)
		}()
	}
	all.Wait()
	w.settle()
}

// help is what a person does when a run says what is missing.
func (w *world) help(n *node, goal string, result outcome) {
	switch {
	case result.kind == "invalid":
		w.importFile(n, goal)
	case result.kind == "wait" && n.hasLost():
		w.trace("%s takes its lost file back", n.s.name)
		w.fault.put(w, n.s, n.valid)
	case result.kind == "wait" && w.spec.noHash && slices.Equal(result.step.Servers, []int{n.s.id}):
		// What a server from before the metric has, is not known any more: a person starts it again.
		w.trace("%s is started again by hand", n.s.name)
		w.fault.excuse(w, n.s, n.s.disk.read())
		w.fault.start(w, n.s)
		n.s.recover()
	case result.reason == "no-escrow":
		w.mu.Lock()
		w.escrowed[goal] = true
		w.mu.Unlock()
	case result.reason == "no-key" || result.reason == "file-lacks":
		if n.s.disk.read() == nil {
			w.importFile(n, goal)
		} else {
			w.importKeys(n, result.step.Keys)
		}
	}
}

// isCopied: who gives a machine up has its keys somewhere else, or names another goal.
func (w *world) isCopied(n *node) bool {
	missing := keysIn(n.s.disk.read())
	maps.Copy(missing, n.bytes)
	for _, other := range w.nodes {
		if other == n || other.off {
			continue
		}
		for key := range keysIn(other.s.disk.read()) {
			delete(missing, key)
		}
	}
	return len(missing) == 0
}

func (w *world) importKeys(n *node, keys []string) {
	for _, other := range w.nodes {
		if other == n || other.off {
			continue
		}
		there := keysIn(other.s.disk.read())
		maps.Copy(there, other.bytes)
		for _, key := range keys {
			if has, ok := there[key]; ok {
				n.bytes[key] = has
				w.trace("%s imports %s from %s", n.s.name, key, other.s.name)
			}
		}
	}
}

// importFile takes another node's whole file, one that has the goal's key if there is one.
func (w *world) importFile(n *node, goal string) {
	var best []byte
	for _, other := range w.nodes {
		text := other.s.disk.read()
		if other == n || other.off || text == nil {
			continue
		}
		meaning, err := w.driver.meaning(text, w.resources[0])
		if err == nil && (best == nil || slices.Contains(meaning.Reads, goal)) {
			best = text
		}
	}
	if best == nil {
		best = n.valid // nobody else has one any more
	}
	if best == nil {
		return
	}
	w.trace("%s imports a file, or takes its old one", n.s.name)
	if err := n.s.write(best); err != nil {
		w.problem(nil, "%v", err)
	}
}

// --- begin and end ----------------------------------------------------------------------------

func newWorld(d *driver, e *etcd, one spec) (*world, error) {
	dir, err := os.MkdirTemp("", "harness-")
	if err != nil {
		return nil, err
	}
	w := &world{spec: one, driver: d, etcd: e, dir: dir, prefix: fmt.Sprintf("/case-%d-%d", os.Getpid(), caseNumber.Add(1)),
		lease: newLease(), escrowed: map[string]bool{}, random: rand.New(rand.NewSource(one.seed()))}
	w.ledger.vals = map[string]map[string][]string{}
	w.fault = newFault(one)
	w.resources = []string{"secrets"}
	if one.lanes > 1 {
		w.resources = []string{"secrets", "configmaps"}
	}
	for i := range one.count {
		s, err := newServer(w, i)
		if err != nil {
			return nil, err
		}
		w.servers = append(w.servers, s)
		w.nodes = append(w.nodes, &node{w: w, s: s, bytes: map[string]keyBytes{}, gone: map[string]bool{}})
		w.clients = append(w.clients, &client{w: w, s: s, wake: make(chan struct{}, 1)})
	}
	return w, nil
}

var caseNumber atomic.Int64

// open gives every node the same file, or none, starts the servers and writes some values.
func (w *world) open(text []byte) error {
	for _, s := range w.servers {
		if text != nil {
			s.disk.flag = true
			if err := s.write(text); err != nil {
				return err
			}
		}
		if err := s.restart(); err != nil {
			return err
		}
	}
	w.kept = text != nil
	for _, resource := range w.resources {
		for i := range 6 {
			name := fmt.Sprintf("old-%d", i)
			if _, err := w.servers[i%len(w.servers)].create(resource, name, name+"#0"); err != nil {
				return err
			}
			w.ledger.set(resource, name, name+"#0")
		}
	}
	return nil
}

func (w *world) close() {
	for _, s := range w.servers {
		s.crash()
	}
	os.RemoveAll(w.dir)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, _ = w.etcd.client.Client.Delete(ctx, w.prefix, clientv3.WithPrefix())
}

// checkGoal: the same file everywhere and loaded by all, and nothing in etcd but the goal's.
func (w *world) checkGoal(goal string) {
	first := w.nodes[0].s.disk.read()
	for _, n := range w.nodes {
		text := n.s.disk.read()
		if !bytes.Equal(text, first) {
			w.problem(nil, "%s has another file than cp1:\n%s\n%s", n.s.name, hidden(text), hidden(first))
		}
		if goal == "plain" && (text != nil || n.s.disk.flag) {
			w.problem(nil, "%s still has a file, or the flag", n.s.name)
		}
		has, runs := n.s.loadedReads(w.resources[0])
		if !runs || has.Writer != goal || (goal != "plain" && !n.s.disk.flag) {
			w.problem(nil, "%s does not run with %s, but with %v", n.s.name, goal, has)
		}
		if n.s.excused.Load() {
			w.problem(nil, "%s still is excused", n.s.name)
		}
	}
	for _, resource := range w.resources {
		live, _, err := w.etcd.census(context.Background(), w.folder(resource))
		if err != nil || !slices.Equal(live, []string{goal}) {
			w.problem(nil, "of %s there is %v: %v", resource, live, err)
		}
	}
	if w.isKept() != (goal != "plain") {
		w.problem(nil, "kubeadm-config is not as the goal wants it")
	}
}

var secretLine = regexp.MustCompile(`secret: .*`)

func hidden(text []byte) string { return secretLine.ReplaceAllString(string(text), "secret: …") }
