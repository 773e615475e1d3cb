// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"path/filepath"
	"reflect"
	"unicode"

	"atrest/test/oracle/internal/lines"
	"atrest/test/oracle/internal/proc"
)

// kubeletAnswer is kubeletread's.
type kubeletAnswer struct {
	OK    bool   `json:"ok"`
	Stage string `json:"stage"`
	Error string `json:"error"`
	JSON  string `json:"json"`
	Pod   any    `json:"pod"`
}

// ourAnswer is ar-json's (json) and ar-inject's (data).
type ourAnswer struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"`
	JSON  string `json:"json"`
	Data  []byte `json:"data"`
}

type manifests struct {
	kubelet, json, inject *proc.Child
	tally                 *tally
}

func compareManifests(o options, docs []document, t *tally) {
	m := &manifests{
		kubelet: proc.New(filepath.Join(o.oracle, "kubeletread")),
		json:    proc.New(filepath.Join(o.helpers, "ar-json")),
		inject:  proc.New(filepath.Join(o.helpers, "ar-inject")),
		tally:   t,
	}
	defer t.end(m.kubelet, m.json, m.inject)
	for i, doc := range docs {
		var upstream kubeletAnswer
		if err := m.kubelet.Ask(lines.Request{ID: doc.name, Data: doc.data}, &upstream); err != nil {
			t.fail("kubelet", doc, "%v", err)
			continue
		}
		if o.only != "inject" {
			m.compareJSON(doc, upstream)
		}
		if o.only != "json" {
			m.comparePatch(doc, upstream, i%2 == 1)
		}
	}
}

// compareJSON holds our normalised JSON against the text that the kubelet decodes. We may refuse more (several
// documents, repeated keys); what we take must mean the same.
func (m *manifests) compareJSON(doc document, upstream kubeletAnswer) {
	const what = "json"
	var ours ourAnswer
	if err := m.json.Ask(lines.Request{ID: doc.name, Data: doc.data}, &ours); err != nil {
		m.tally.fail(what, doc, "%v", err)
		return
	}
	theirs, err := parseJSON(upstream.JSON, isJSON(doc.data))
	readable := upstream.Stage != "json" && upstream.Stage != "size" && err == nil
	switch {
	case !readable && ours.OK:
		m.tally.fail(what, doc, "the kubelet cannot read it (%s), we can", upstream.Error)
	case !readable:
		m.tally.pass("json: read by neither")
	case !ours.OK:
		m.tally.pass("json: read by the kubelet, refused by us")
	default:
		m.compareValues(doc, theirs, ours.JSON)
	}
}

func (m *manifests) compareValues(doc document, theirs any, text string) {
	ours, err := parseJSON(text, isJSON(doc.data))
	switch {
	case err != nil:
		m.tally.fail("json", doc, "ours is no JSON: %v", err)
	case !reflect.DeepEqual(theirs, ours):
		m.tally.fail("json", doc, "another value at %s", firstDifference(theirs, ours, ""))
	default:
		m.tally.pass("json: the same value")
	}
}

// isJSON tells whether the kubelet takes the text for JSON, and leaves it as it is.
func isJSON(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeftFunc(data, unicode.IsSpace), []byte("{"))
}

// parseJSON keeps numbers exactly; of a text that was JSON already, as the decoder will see them.
func parseJSON(text string, decoded bool) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more behind the value")
	}
	return canonical(value, decoded), nil
}

// canonical gives each number one form.
func canonical(value any, decoded bool) any {
	switch v := value.(type) {
	case json.Number:
		return number(v, decoded)
	case []any:
		for i := range v {
			v[i] = canonical(v[i], decoded)
		}
	case map[string]any:
		for key := range v {
			v[key] = canonical(v[key], decoded)
		}
	}
	return value
}

func number(n json.Number, decoded bool) any {
	exact, ok := new(big.Rat).SetString(n.String())
	if !ok || len(n) >= 400 {
		return exactly(n)
	}
	if decoded && !(exact.IsInt() && exact.Num().IsInt64()) {
		if float, err := n.Float64(); err == nil {
			return float
		}
	}
	return exactly(exact.RatString())
}

// exactly is a number of any size: not equal to a string of the same text.
type exactly string
