// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
)

// The node's part: what src/flow/climb*.c does, with the ladder and the rungs of atrest itself.

var errKilled = errors.New("killed")

const made = "2026-11-24"

// keyBytes are a key's secret and the date in our comment behind its name.
type keyBytes struct{ secret, made string }

// toldNode and lease are what the nodes tell each other (src/flow/told.h).
type toldNode struct {
	hash   string // of the file that a start would load; "": no file, or no flag
	loaded loadedFile
}

// loadedFile is what a process was seen to have, of a server that does not say it itself.
type loadedFile struct {
	known          bool
	hash           string
	start, reloads int64
}

type lease struct {
	goal  string // "" is: none
	nodes map[string]toldNode
	files map[string]map[string]rung // by hash and resource
}

func newLease() lease {
	return lease{nodes: map[string]toldNode{}, files: map[string]map[string]rung{}}
}

type node struct {
	w      *world
	s      *server
	bytes  map[string]keyBytes // keys at hand besides the file's
	fresh  []byte              // enable's new file, before it is written
	valid  []byte              // the last file here that could be read, as it lies in the records
	off    bool                // the machine is
	held   bool                // it is there, and its server is started by atrest only
	reset  bool                // it was replaced: whatever ran here runs no more
	points int
	gone   map[string]bool // accepted as gone
	bases  []base
	last   step
	mine   loadedFile // kept on this node's disk, with what it means
	before map[string]map[string]rung
}

// base says: since this revision nothing was written but under these keys.
type base struct {
	revision int64
	keys     []string
}

type outcome struct {
	kind   string // done, wait, refuse, resumable, killed, off, invalid
	step   step
	reason string
}

func hashOf(text []byte) string {
	if text == nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:]) // as the API server's metric says it
}

var keyLine = regexp.MustCompile(`(?m)^ *- (aescbc|aesgcm|secretbox):|name: "?([^"\s#]+)"?(?:\s+# made (\S+) by atrest)?\s*$|secret: "?([^"\s#]+)`)

// keysIn reads the keys of a config of the forms that are used here.
func keysIn(text []byte) map[string]keyBytes {
	keys := map[string]keyBytes{}
	provider, name, when := "", "", ""
	for _, m := range keyLine.FindAllSubmatch(text, -1) {
		switch {
		case m[1] != nil:
			provider = string(m[1])
		case m[2] != nil:
			name, when = string(m[2]), string(m[3])
		default:
			keys[provider+"/"+name] = keyBytes{string(m[4]), when}
		}
	}
	return keys
}

// point is where the process may be killed, or the machine taken from under it.
func (n *node) point(what string) {
	n.points++
	n.w.trace("  %s %s (%d)", n.s.name, what, n.points)
	if n.w.fault.kills(n, what) {
		n.w.trace("  %s killed there", n.s.name)
		panic(errKilled)
	}
	if n.reset || n.off {
		n.reset = false
		panic(errKilled)
	}
}

// --- looking ----------------------------------------------------------------------------------

// learn is what the files mean, by hash: as the Lease says, and of the own one.
func (n *node) learn(text []byte) (map[string]map[string]rung, error) {
	files := map[string]map[string]rung{}
	n.w.mu.Lock()
	maps.Copy(files, n.before)
	maps.Copy(files, n.w.lease.files)
	n.w.mu.Unlock()
	if text == nil {
		return files, nil
	}
	own := map[string]rung{}
	for _, resource := range n.w.resources {
		meaning, err := n.w.driver.meaning(text, resource)
		if err != nil {
			return nil, err
		}
		own[resource] = meaning
	}
	files[hashOf(text)] = own
	return files, nil
}

// loadedHash is what a server has, as far as it can be known from here.
func (n *node) loadedHash(i int, told map[string]toldNode) (hash string, known bool) {
	s := n.w.servers[i]
	p := s.run.Load()
	if p == nil {
		return "", false
	}
	_, hash, loaded, reloads := p.has()
	if !n.w.spec.noHash {
		return hash, true
	}
	if s == n.s {
		s.disk.mu.Lock()
		flag, mtime := s.disk.flag, s.disk.mtime
		s.disk.mu.Unlock()
		switch {
		case hash == "": // the command line says it
			return "", true
		case flag && loaded > mtime:
			return hashOf(s.disk.read()), true
		}
		return n.mine.hash, n.mine.is(p.start, reloads)
	}
	one := told[s.name].loaded
	return one.hash, one.is(p.start, reloads)
}

// is it of this very process, since it last read a file?
func (l loadedFile) is(start, reloads int64) bool {
	return l.known && l.start == start && l.reloads == reloads
}

type view struct {
	text  []byte
	flag  bool
	files map[string]map[string]rung
	told  map[string]toldNode
	lanes []seen
	step  step
}

func (n *node) seeServers(v *view, resource string) []seenServer {
	list := make([]seenServer, len(n.w.servers))
	for i, s := range n.w.servers {
		one := seenServer{Gone: n.gone[s.name], Loaded: plainRung, Disk: plainRung}
		if hash, known := n.loadedHash(i, v.told); known && hash == "" {
			one.Known = true
		} else if meaning, ok := v.files[hash]; known && ok {
			one.Known, one.Loaded = true, meaning[resource]
		}
		told, ok := v.told[s.name]
		if meaning, understood := v.files[told.hash]; ok && understood {
			one.Told, one.Disk = true, meaning[resource]
		} else {
			one.Told = ok && told.hash == ""
		}
		list[i] = one
	}
	return list
}

func (n *node) isCurrent(v *view) bool {
	hash, known := n.loadedHash(n.s.id, v.told)
	if !v.flag {
		return known && hash == ""
	}
	return known && v.text != nil && hash == hashOf(v.text)
}

func (n *node) seeLane(v *view, goal, resource string) seen {
	lane := seen{File: v.text != nil, Flag: v.flag, Self: n.s.id, AllTold: true, Config: plainRung, Disk: plainRung,
		KeysHere: []string{"plain"}, Down: n.s.run.Load() == nil, Current: n.isCurrent(v), Escrowed: n.w.isEscrowed(goal)}
	if lane.File {
		lane.Config = v.files[hashOf(v.text)][resource]
		lane.KeysHere = append(lane.KeysHere, lane.Config.Reads...)
		if lane.Flag {
			lane.Disk = lane.Config
		}
	}
	for key := range n.bytes {
		if !lane.File && n.fresh == nil {
			break // a file is not made of an imported key alone
		}
		lane.KeysHere = append(lane.KeysHere, key)
	}
	lane.Servers = n.seeServers(v, resource)
	lane.Persisted = n.w.isKept() == (goal != "plain")
	return lane
}

// count asks etcd, after the servers were looked at.
func (n *node) count(lane *seen, resource string, at int) {
	live, revision, err := n.w.etcd.census(context.Background(), n.w.folder(resource))
	if err != nil {
		return
	}
	lane.Counted, lane.Live, lane.Past = true, live, []string{}
	writes := slices.Clone(live)
	for i, s := range lane.Servers {
		if !s.Gone && (!s.Known || (!s.Told && i != lane.Self)) {
			writes = nil
			break
		}
		disk := s.Disk.Writer
		if i == lane.Self {
			disk = lane.Disk.Writer
		}
		if !s.Gone {
			writes = append(writes, s.Loaded.Writer, disk)
		}
	}
	for len(n.bases) <= at {
		n.bases = append(n.bases, base{})
	}
	n.bases[at] = after(n.bases[at], writes, live, revision)
	if b := n.bases[at]; b.keys != nil && n.w.etcd.compacted.Load() >= b.revision {
		lane.PastKnown, lane.Past = true, b.keys
	}
}

// after keeps what is known of older revisions, as long as nothing else may have been written.
func after(old base, writes, live []string, revision int64) base {
	if writes == nil {
		return base{}
	}
	slices.Sort(writes)
	writes = slices.Compact(writes)
	if old.keys != nil && (rung{Reads: old.keys}).covers(writes) && len(writes) == len(old.keys) {
		return old
	}
	return base{revision, writes}
}

// remember what the server has, for the time when another file lies here and it cannot be told.
func (n *node) remember(v *view) {
	p := n.s.run.Load()
	if p == nil {
		n.mine = loadedFile{}
		return
	}
	_, _, _, reloads := p.has()
	hash, known := n.loadedHash(n.s.id, v.told)
	n.mine = loadedFile{known, hash, p.start, reloads}
	if meaning, ok := v.files[hash]; ok {
		n.before = map[string]map[string]rung{hash: meaning}
	}
}

func (n *node) look(goal string) (*view, error) {
	v := &view{text: n.s.disk.read()}
	n.s.disk.mu.Lock()
	v.flag = n.s.disk.flag
	n.s.disk.mu.Unlock()
	n.w.mu.Lock()
	v.told = maps.Clone(n.w.lease.nodes)
	n.w.mu.Unlock()
	var err error
	if v.files, err = n.learn(v.text); err != nil {
		return nil, err
	}
	if v.text != nil {
		n.valid = v.text
	}
	n.remember(v)
	for i, resource := range n.w.resources {
		lane := n.seeLane(v, goal, resource)
		n.count(&lane, resource, i)
		v.lanes = append(v.lanes, lane)
	}
	answer, err := n.w.driver.ask(request{Op: "next", Lanes: v.lanes, Goal: &ladderGoal{
		Writer: goal, Keep: []string{"plain"}, Persist: true, Rewrite: true}})
	v.step = answer.step
	return v, err
}

// --- the Lease --------------------------------------------------------------------------------

func (n *node) tell(v *view) {
	one := toldNode{loaded: n.mine}
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	if v.text != nil {
		hash := hashOf(v.text)
		n.w.lease.files[hash] = v.files[hash]
		if v.flag {
			one.hash = hash
		}
	}
	n.w.lease.nodes[n.s.name] = one
}

func (n *node) untell() {
	n.w.mu.Lock()
	if one, ok := n.w.lease.nodes[n.s.name]; ok && len(n.w.servers) > 1 {
		one.hash = "unknown"
		n.w.lease.nodes[n.s.name] = one
	}
	n.w.mu.Unlock()
	n.point("has taken back what it told")
}

func (n *node) nameGoal(goal string) {
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	n.w.lease.goal = goal
}

// --- steps ------------------------------------------------------------------------------------

func (n *node) key(word string) request {
	known := n.bytes[word]
	return request{Key: word, Secret: known.secret, Made: known.made}
}

func (n *node) change(text []byte, op string, r request) ([]byte, error) {
	r.Op, r.Data = op, text
	answer, err := n.w.driver.ask(r)
	return answer.Text, err
}

func (n *node) text(v *view, goal string) ([]byte, error) {
	if v.text == nil {
		if n.fresh == nil {
			return nil, fmt.Errorf("%s has nothing to make a file of", n.s.name)
		}
		if v.step.File.Writer == "plain" {
			return n.change(n.fresh, "identity", request{})
		}
		return n.fresh, nil
	}
	switch v.step.Kind {
	case "promote":
		return n.change(v.text, "promote", request{Key: goal})
	case "prune":
		return n.change(v.text, "prune", request{Key: goal, Plain: true})
	}
	text := v.text
	var err error
	for _, key := range v.step.Keys {
		if text, err = n.change(text, "reader", n.key(key)); err != nil {
			return nil, err
		}
	}
	if v.step.Turns {
		text, err = n.change(text, "promote", request{Key: v.step.File.Writer})
	}
	return text, err
}

func (n *node) write(v *view, goal string) error {
	n.untell()
	text, err := n.text(v, goal)
	if err != nil {
		return err
	}
	if err := n.s.write(text); err != nil {
		return err
	}
	n.point("has written " + v.step.Kind)
	n.nameGoal(goal)
	return nil
}

var errResumable = errors.New("resumable")

// hasLost: the manifest names a file that is not there, and the records have it.
func (n *node) hasLost() bool {
	n.s.disk.mu.Lock()
	flag := n.s.disk.flag
	n.s.disk.mu.Unlock()
	return flag && n.valid != nil && n.s.disk.read() == nil
}

func (n *node) setFlag(flag bool) {
	n.s.disk.mu.Lock()
	defer n.s.disk.mu.Unlock()
	n.s.disk.flag = flag
}

// load makes the server run with what lies here; the kubelet restarts it where the manifest changes.
func (n *node) load(v *view) error {
	if v.flag && !v.step.Out && n.w.spec.reload && n.s.run.Load() != nil {
		if n.s.lag > 0 {
			return errResumable
		}
		n.s.poll()
		return nil
	}
	if v.flag && v.step.Out { // the file is lost
		n.untell()
	}
	defer n.w.hold()()
	n.setFlag(!v.step.Out)
	n.point("has changed the manifest")
	n.held = false
	return n.s.restart()
}

func (n *node) out() error {
	n.untell()
	n.s.disk.mu.Lock()
	flag := n.s.disk.flag
	n.s.disk.mu.Unlock()
	if flag {
		n.setFlag(false)
		return nil
	}
	if err := n.s.write(nil); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// rewrite is what re-encrypts, through this node's server.
func (n *node) rewrite() error {
	for _, resource := range n.w.resources {
		there, err := n.s.list(resource, "")
		if err != nil {
			return errResumable
		}
		names := slices.Sorted(maps.Keys(there))
		for i, name := range names {
			if _, err := n.s.update(resource, name, ""); err != nil && !isGone(err) {
				n.w.trace("  %s: rewriting %s: %v", n.s.name, name, err)
				return errResumable
			}
			if i == len(names)/2 {
				n.point("has rewritten half of the " + resource)
			}
		}
	}
	return nil
}

// compact waits until the API servers have compacted etcd.
func (n *node) compact(goal string) error {
	for range 6 {
		n.w.compact()
		v, err := n.look(goal)
		if err != nil {
			return err
		}
		if v.step.Kind != "compact" {
			return nil
		}
	}
	return errResumable
}

func (n *node) do(v *view, goal string) error {
	switch v.step.Kind {
	case "reader", "promote":
		return n.write(v, goal)
	case "load":
		return n.load(v)
	case "persist":
		n.w.keep(true)
	case "unpersist":
		n.w.keep(false)
	case "rewrite":
		return n.rewrite()
	case "compact":
		return n.compact(goal)
	case "prune":
		if v.step.Out {
			return n.out()
		}
		return n.write(v, goal)
	default:
		return fmt.Errorf("no step '%s'", v.step.Kind)
	}
	return nil
}

// climb is one run of `atrest continue`.
func (n *node) climb(goal string) (ret outcome) {
	defer func() {
		if r := recover(); r == errKilled { //nolint:errorlint // it is this very one
			ret = outcome{kind: "killed"}
		} else if r != nil {
			panic(r)
		}
	}()
	n.bases, n.reset = nil, false
	for range 40 {
		if n.off {
			return outcome{kind: "off"}
		}
		v, err := n.look(goal)
		if err != nil {
			return outcome{kind: "invalid", reason: err.Error()}
		}
		n.tell(v)
		n.last = v.step
		n.w.trace("  %s: %s", n.s.name, v.step)
		switch {
		case v.step.Kind == "done":
			n.nameGoal("")
			return outcome{kind: "done"}
		case v.step.Kind == "refuse":
			return outcome{kind: "refuse", step: v.step, reason: v.step.Reason}
		case len(v.step.Servers) > 0:
			return outcome{kind: "wait", step: v.step}
		}
		n.point("goes to " + v.step.Kind)
		if err := n.do(v, goal); errors.Is(err, errResumable) {
			return outcome{kind: "resumable", step: v.step}
		} else if err != nil {
			n.w.problem(nil, "%s: %s: %v", n.s.name, v.step, err)
			return outcome{kind: "resumable", step: v.step, reason: err.Error()}
		}
		n.point("has done " + v.step.Kind)
		n.w.stepped(n)
	}
	return outcome{kind: "resumable", reason: "it does not come to an end"}
}

func (s step) String() string {
	return fmt.Sprintf("%s at %s %s file %s%v turns %v out %v keys %v servers %v", s.Kind, s.At, s.Reason, s.File.Writer,
		s.File.Reads, s.Turns, s.Out, s.Keys, s.Servers)
}

// mint makes a key under a name that was never used.
func (n *node) mint(provider, like string, used []string) (string, error) {
	answer, err := n.w.driver.ask(request{Op: "name", Like: like, Used: used})
	if err != nil {
		return "", err
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return "", err
	}
	word := provider + "/" + answer.Name
	n.bytes[word] = keyBytes{base64.StdEncoding.EncodeToString(secret), made}
	return word, nil
}
