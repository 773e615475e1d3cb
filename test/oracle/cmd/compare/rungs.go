// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/yaml"

	"atrest/test/oracle/internal/lines"
	"atrest/test/oracle/internal/mutate"
	"atrest/test/oracle/internal/proc"
)

// All configs of up to three keys: what we say that a server does with each, and with what it becomes rung by rung, is
// compared with what the server does: which key it writes with, and which values it reads.

var localKinds = []string{"aescbc", "aesgcm", "secretbox"}

const plain = "plain"

// element is one provider of a list; keys are "aescbc/key1".
type element []string // of one kind; empty: identity

func kindOf(key string) string { kind, _, _ := strings.Cut(key, "/"); return kind }
func nameOf(key string) string { _, name, _ := strings.Cut(key, "/"); return name }

func secretOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// --- the configs ---

// keyLists are all lists of up to three keys: of every kind at every place, with every way to share names between kinds.
// Names are numbered as they come, so that an order of names stands for all orders of them.
func keyLists(max int) [][]string {
	lists := [][]string{{}}
	for at := 0; at < len(lists); at++ {
		list := lists[at]
		if len(list) == max {
			continue
		}
		names := map[string]bool{}
		for _, key := range list {
			names[nameOf(key)] = true
		}
		for _, kind := range localKinds {
			for name := 1; name <= len(names)+1; name++ {
				key := fmt.Sprintf("%s/key%d", kind, name)
				if !slices.Contains(list, key) {
					lists = append(lists, append(slices.Clone(list), key))
				}
			}
		}
	}
	return lists
}

// split is every way to put a list of keys into elements: neighbours of one kind share one, or do not.
func split(keys []string) [][]element {
	if len(keys) == 0 {
		return [][]element{{}}
	}
	var all [][]element
	for size := 1; size <= len(keys) && kindOf(keys[size-1]) == kindOf(keys[0]); size++ {
		for _, rest := range split(keys[size:]) {
			all = append(all, append([]element{slices.Clone(keys[:size])}, rest...))
		}
	}
	return all
}

// allLists are all lists of elements with up to `max` keys, with identity nowhere and at every place.
func allLists(max int) [][]element {
	var all [][]element
	for _, keys := range keyLists(max) {
		for _, list := range split(keys) {
			if len(list) > 0 {
				all = append(all, list)
			}
			for at := 0; at <= len(list); at++ {
				all = append(all, slices.Insert(slices.Clone(list), at, element{}))
			}
		}
	}
	return all
}

func providersOf(list []element) []any {
	var providers []any
	for _, e := range list {
		if len(e) == 0 {
			providers = append(providers, map[string]any{"identity": map[string]any{}})
			continue
		}
		var keys []any
		for _, key := range e {
			keys = append(keys, map[string]any{"name": nameOf(key), "secret": secretOf(key)})
		}
		providers = append(providers, map[string]any{kindOf(e[0]): map[string]any{"keys": keys}})
	}
	return providers
}

// configOf is a config with an entry for each list, in block YAML or JSON.
func configOf(block bool, entries ...[]element) []byte {
	var resources []any
	for _, list := range entries {
		resources = append(resources, map[string]any{"resources": []string{"secrets"}, "providers": providersOf(list)})
	}
	config := map[string]any{"kind": "EncryptionConfiguration", "apiVersion": "apiserver.config.k8s.io/v1", "resources": resources}
	encode := json.Marshal
	if block {
		encode = func(v any) ([]byte, error) { return yaml.Marshal(v) }
	}
	text, err := encode(config)
	utilruntime.Must(err)
	return text
}

// --- asking ---

type rungRequest struct {
	lines.Request
	Op       string `json:"op,omitempty"`
	Provider string `json:"provider,omitempty"`
	Name     string `json:"name,omitempty"`
	Secret   string `json:"secret,omitempty"`
	Made     string `json:"made,omitempty"`
}

type rungAnswer struct {
	OK     bool     `json:"ok"`
	Error  string   `json:"error"`
	Text   []byte   `json:"text"`
	Edits  int      `json:"edits"`
	Writer []string `json:"writer"`
	Reads  []string `json:"reads"`
}

// does is what a config does: the key that writes, and those that read, sorted.
type does struct {
	writer string
	reads  []string
}

func (d does) String() string { return d.writer + " of " + strings.Join(d.reads, " ") }

func same(a, b does) bool { return a.writer == b.writer && slices.Equal(a.reads, b.reads) }

type rungs struct {
	theirs, ours *proc.Child
	t            *tally
	resource     string   // which one is asked about
	keys         []string // what there are values of
	values       [][]byte // one of each, as a server wrote it
}

const (
	rungKey  = "/registry/secrets/default/one"
	rungText = "k8s\x00 a secret"
)

type readAnswer struct {
	OK    bool     `json:"ok"`
	Error string   `json:"error"`
	Value []byte   `json:"value"`
	Reads [][]byte `json:"reads"`
}

// upstream says what a server does with a config.
func (r *rungs) upstream(config []byte) (d does, value []byte, err error) {
	var a readAnswer
	request := lines.Request{ID: "1", Data: config, Write: true, Resource: r.resource, Key: rungKey, Value: []byte(rungText), Values: r.values}
	if err := r.theirs.Ask(request, &a); err != nil {
		return does{}, nil, err
	}
	if !a.OK {
		return does{}, nil, fmt.Errorf("the server refuses it: %s", a.Error)
	}
	d.writer = plain
	if rest, found := strings.CutPrefix(string(a.Value), "k8s:enc:"); found {
		parts := strings.SplitN(rest, ":", 4)
		d.writer = parts[0] + "/" + parts[2]
	}
	for i, read := range a.Reads {
		if read != nil && string(read) != rungText {
			return does{}, nil, fmt.Errorf("a value of %s is read as another one", r.keys[i])
		}
		if read != nil {
			d.reads = append(d.reads, r.keys[i])
		}
	}
	slices.Sort(d.reads)
	return d, a.Value, nil
}

// our says what we say of a config, after the rung `op` ("": as it is) for a key.
func (r *rungs) our(config []byte, op, key string) (rungAnswer, does, error) {
	request := rungRequest{Request: lines.Request{ID: "1", Data: config, Resource: r.resource}, Op: op}
	if op != "" {
		request.Provider, request.Name, request.Secret, request.Made = kindOf(key), nameOf(key), secretOf(key), "2026-11-24"
		if key == plain {
			request.Provider = "identity"
		}
	}
	var a rungAnswer
	if err := r.ours.Ask(request, &a); err != nil || !a.OK {
		return a, does{}, err
	}
	slices.Sort(a.Reads)
	return a, does{a.Writer[0], a.Reads}, nil
}

// --- comparing ---

// both asks both what a config does; false: they say different things.
func (r *rungs) both(doc document, op string, key string, want func(does) does, before does) ([]byte, does, bool) {
	a, ours, err := r.our(doc.data, op, key)
	if err == nil && !a.OK {
		err = fmt.Errorf("we refuse it: %s", a.Error)
	}
	if err != nil {
		r.t.fail("rung", doc, "%v", err)
		return nil, ours, false
	}
	theirs, _, err := r.upstream(a.Text)
	after := document{doc.name, a.Text}
	switch {
	case err != nil:
		r.t.fail("rung", after, "%v", err)
	case bytes.Equal(a.Text, doc.data) != (a.Edits == 0):
		r.t.fail("rung", after, "%d edits, but another text is %v", a.Edits, !bytes.Equal(a.Text, doc.data))
	case !same(theirs, ours):
		r.t.fail("rung", after, "a server does: %v; we say: %v", theirs, ours)
	case !same(theirs, want(before)):
		r.t.fail("rung", after, "a server does: %v; it should: %v", theirs, want(before))
	default:
		r.t.pass("rung: " + map[string]string{"": "as it is", "reader": "the key reads", "promote": "the key writes", "resources": "another resource",
			"prune": "only the key is left", "prune-plain": "only the key and plain text are left"}[op])
		return a.Text, ours, true
	}
	return nil, ours, false
}

func with(d does, key string) does {
	reads := append(slices.Clone(d.reads), key)
	slices.Sort(reads)
	return does{d.writer, slices.Compact(reads)}
}

// climb takes one config up the whole ladder for one key.
func (r *rungs) climb(doc document, key string, before does) {
	step := func(op string, want func(does) does) func(document, does) (document, does, bool) {
		return func(doc document, before does) (document, does, bool) {
			named := document{doc.name + " " + op + " " + key, doc.data}
			text, now, ok := r.both(named, op, key, want, before)
			return document{named.name, text}, now, ok
		}
	}
	reader := step("reader", func(d does) does { return with(d, key) })
	promote := step("promote", func(d does) does { return does{key, d.reads} })
	prune := step("prune", func(does) does { return does{key, []string{key}} })
	prunePlain := step("prune-plain", func(d does) does {
		if slices.Contains(d.reads, plain) {
			return with(does{key, []string{key}}, plain)
		}
		return does{key, []string{key}}
	})
	read, now, ok := reader(doc, before)
	if !ok {
		return
	}
	written, now, ok := promote(read, now)
	if !ok {
		return
	}
	prune(written, now)
	prunePlain(written, now)
}

// one compares a config as it is, and for every goal that it has or lacks.
func (r *rungs) one(i int, list []element) {
	doc := document{fmt.Sprintf("config %d", i), configOf(i%2 == 0, list)}
	goals := []string{plain, "aescbc/key9", "aesgcm/key9", "secretbox/key9"}
	keys := []string{}
	for _, e := range list {
		keys = append(keys, e...)
		if len(e) == 0 {
			keys = append(keys, plain)
		}
	}
	slices.Sort(keys)
	writer := plain
	if len(list[0]) > 0 {
		writer = list[0][0]
	}
	_, now, ok := r.both(doc, "", "", func(does) does { return does{writer, keys} }, does{})
	if !ok {
		return
	}
	for _, key := range keys {
		if key != plain {
			goals = append(goals, key)
		}
	}
	for _, key := range goals {
		r.climb(doc, key, now)
	}
	r.another(doc, now)
}

// another adds a resource: plain text writes it, and what was read of the first one is read of it; promoting the first
// one's writer encrypts it.
func (r *rungs) another(doc document, before does) {
	text, now, ok := r.both(document{doc.name + " resources", doc.data}, "resources", "x/configmaps", func(d does) does { return d }, before)
	if !ok {
		return
	}
	r.resource = "configmaps"
	defer func() { r.resource = "secrets" }()
	added := document{doc.name + " configmaps", text}
	want := with(does{plain, now.reads}, plain)
	if _, now, ok = r.both(added, "", "", func(does) does { return want }, now); ok {
		r.both(added, "promote", before.writer, func(d does) does { return does{before.writer, d.reads} }, now)
	}
}

// two compares configs in which two entries hold for the resource.
func (r *rungs) two(lists [][]element, dice *rand.Rand) {
	for i := range 300 {
		a, b := pick(dice, lists), pick(dice, lists)
		doc := document{fmt.Sprintf("two entries %d", i), configOf(i%2 == 0, a, b)}
		_, ours, err := r.our(doc.data, "", "")
		theirs, _, err2 := r.upstream(doc.data)
		if err != nil || err2 != nil || !same(ours, theirs) {
			r.t.fail("rung", doc, "a server does: %v; we say: %v (%v, %v)", theirs, ours, err, err2)
			continue
		}
		r.t.pass("rung: two entries for one resource")
	}
}

// mutant takes a config of any looks up the ladder: what we do not refuse a server has to take, with the writer that we
// say. What it means is compared above; here it is about how it is written.
func (r *rungs) mutant(doc document) {
	_, value, err := r.upstream(doc.data)
	if err != nil {
		r.t.pass("rung: a mutant that no server takes")
		return
	}
	const key = "secretbox/key9"
	for _, op := range []string{"reader", "promote", "prune-plain"} {
		a, ours, err := r.our(doc.data, op, key)
		switch {
		case err != nil:
			r.t.fail("rung", doc, "%s: %v", op, err)
			return
		case !a.OK && strings.Contains(a.Error, "a bug in atrest"):
			r.t.fail("rung", doc, "%s: we break: %s", op, a.Error)
			return
		case !a.OK:
			r.t.pass("rung: a mutant that we refuse: " + inShort.ReplaceAllString(a.Error, "'…'"))
			return
		}
		doc = document{doc.name + " " + op, a.Text}
		before := value
		_, value, err = r.upstream(doc.data)
		switch {
		case err != nil:
			r.t.fail("rung", doc, "%v", err)
			return
		case !wrote(ours.writer, value):
			r.t.fail("rung", doc, "%s: we say that a server writes with %s, which it does not", op, ours.writer)
			return
		case op == "reader" && !wrote(ours.writer, before):
			r.t.fail("rung", doc, "a server writes with %s, and did not before", ours.writer)
			return
		}
		r.t.pass("rung: a mutant after " + op)
	}
}

// wrote tells a writer by what its values begin with. A name may have colons, so the other way round would be a guess.
func wrote(writer string, value []byte) bool {
	if writer == plain {
		return string(value) == rungText
	}
	version := "v1"
	if kindOf(writer) == "kms" {
		version = "v2"
	}
	return strings.HasPrefix(string(value), "k8s:enc:"+kindOf(writer)+":"+version+":"+nameOf(writer)+":")
}

var inShort = regexp.MustCompile(`'[^']*'`)

// write has a server write a value with every key, and in plain text.
func (r *rungs) write() error {
	r.keys, r.values = []string{plain}, [][]byte{[]byte(rungText)}
	for _, kind := range localKinds {
		for _, name := range []string{"key1", "key2", "key3", "key9"} {
			key := kind + "/" + name
			d, value, err := r.upstream(configOf(true, []element{{key}}))
			if err != nil || d.writer != key {
				return fmt.Errorf("a value of %s: %s %w", key, d.writer, err)
			}
			r.keys, r.values = append(r.keys, key), append(r.values, value)
		}
	}
	return nil
}

func compareRungs(o options, t *tally) error {
	r := &rungs{theirs: proc.New(o.oracle + "/stored"), ours: proc.New(o.helpers + "/ar-rung"), t: t, resource: "secrets"}
	if err := r.write(); err != nil {
		return err
	}
	lists := allLists(3)
	for i, list := range lists {
		r.one(i, list)
	}
	r.two(lists, rand.New(rand.NewPCG(o.seed, 3)))
	docs, err := documents(mutate.Encconf, o.encconfs, o.seed+1, o.rungMutants)
	if err != nil {
		return err
	}
	for _, doc := range docs {
		r.mutant(doc)
	}
	t.notes[fmt.Sprintf("rung: configs of up to three keys: all %d", len(lists))] = len(lists)
	t.end(r.theirs, r.ours)
	return nil
}
