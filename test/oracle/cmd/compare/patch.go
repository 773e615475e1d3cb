// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"atrest/test/oracle/internal/lines"
)

// comparePatch has us patch the manifest, and the kubelet read both: the new pod is the old one plus what was
// asked for, whatever the file looks like.
func (m *manifests) comparePatch(doc document, before kubeletAnswer, reload bool) {
	const what = "inject"
	request := injectRequest{Request: lines.Request{ID: doc.name, Data: doc.data, Reload: reload}}
	if reload { // which needs a folder of its own
		request.Config = "/etc/kubernetes/enc/enc.yaml"
	}
	var ours, again ourAnswer
	if err := m.inject.Ask(request, &ours); err != nil {
		m.tally.fail(what, doc, "%v", err)
		return
	}
	if !ours.OK {
		m.refused(doc, before, ours)
		return
	}
	var after kubeletAnswer
	if err := m.kubelet.Ask(lines.Request{ID: doc.name, Data: ours.Data}, &after); err != nil {
		m.tally.fail(what, doc, "%v", err)
		return
	}
	m.judge(doc, before, after, reload)
	m.compareJSON(document{doc.name + " patched", ours.Data}, after)
	request.Data = ours.Data
	if err := m.inject.Ask(request, &again); err != nil || !again.OK || !bytes.Equal(again.Data, ours.Data) {
		m.tally.fail(what, doc, "a second patch is not empty: %v %s", err, again.Error)
	}
}

type injectRequest struct {
	lines.Request
	Config string `json:"config,omitempty"`
}

func (m *manifests) refused(doc document, before kubeletAnswer, ours ourAnswer) {
	switch {
	case strings.Contains(ours.Error, "a bug in atrest"):
		m.tally.fail("inject", doc, "%s", ours.Error)
	case before.OK:
		m.tally.pass("inject: taken by the kubelet, refused by us")
	default:
		m.tally.pass("inject: taken by neither")
	}
}

func (m *manifests) judge(doc document, before, after kubeletAnswer, reload bool) {
	const what = "inject"
	switch {
	case before.Stage == "json" || before.Stage == "size":
		m.tally.fail(what, doc, "patched, though the kubelet cannot read it: %s", before.Error)
	case !before.OK && !after.OK && !noNewReason(before.Error, after.Error):
		m.tally.fail(what, doc, "refused by the kubelet for another reason: %s, then %s", before.Error, after.Error)
	case !before.OK:
		// A patch reads what it changes; the rest of the Pod is not its business. A volume that was missing is mended.
		m.tally.pass("inject: refused by the kubelet before it, and after it for no other reason")
	case !after.OK:
		m.tally.fail(what, doc, "the kubelet takes the old one only: %s", after.Error)
	default:
		if err := onlyAdded(before.Pod, after.Pod, reload); err != nil {
			m.tally.fail(what, doc, "%v", err)
			return
		}
		m.tally.pass("inject: exactly the additions")
	}
}

// Places in an error move with what is added before them.
var places = regexp.MustCompile(`(?:line \d+|offset \d+|\[\d+\])`)

// noNewReason tells whether all that is wrong after was wrong before. Upstream joins its errors by blanks.
func noNewReason(before, after string) bool {
	old := reasons(before)
	for _, reason := range reasons(after) {
		if !slices.Contains(old, reason) {
			return false
		}
	}
	return true
}

func reasons(message string) []string {
	message = places.ReplaceAllString(message, "")
	message = strings.TrimSuffix(strings.TrimPrefix(message, "invalid pod: ["), "]")
	return strings.Split(strings.TrimPrefix(message, "spec."), " spec.")
}

// additions collects what the new pod has and the old one has not.
type additions struct{ found []string }

// onlyAdded compares two pods as the kubelet has decoded them.
func onlyAdded(before, after any, reload bool) error {
	var a additions
	if err := a.walk(withoutHash(before), withoutHash(after), ""); err != nil {
		return err
	}
	wanted := wantedAdditions(reload)
	if len(a.found) > 0 && !slices.ContainsFunc(a.found, func(item string) bool { return strings.HasPrefix(item, "vol") }) {
		// Another mount shows the file already, maybe under another path.
		a.found[0] = otherPath.ReplaceAllString(a.found[0], wanted[0])
	}
	for i, item := range a.found {
		if !slices.Contains(wanted, item) || slices.Contains(a.found[:i], item) {
			return fmt.Errorf("added what was not asked for: %s", item)
		}
	}
	return nil
}

var otherPath = regexp.MustCompile(`^argument "--encryption-provider-config=/[^"]*/enc\.yaml"$`)

func wantedAdditions(reload bool) []string {
	path, file, kind := "/etc/kubernetes/enc.yaml", "/etc/kubernetes/enc.yaml", "File"
	flags := []string{"argument \"--encryption-provider-config=" + file + "\""}
	if reload {
		path, file, kind = "/etc/kubernetes/enc", "/etc/kubernetes/enc/enc.yaml", "Directory"
		flags = []string{
			"argument \"--encryption-provider-config=" + file + "\"",
			"argument \"--encryption-provider-config-automatic-reload=true\"",
		}
	}
	return append(flags,
		fmt.Sprintf(`volumeMounts {"mountPath":"%s","name":"encryption-config","readOnly":true}`, path),
		fmt.Sprintf(`volumes {"hostPath":{"path":"%s","type":"%s"},"name":"encryption-config"}`, path, kind))
}

// withoutHash takes out the kubelet's hash of all the rest.
func withoutHash(pod any) any {
	metadata, _ := pod.(map[string]any)["metadata"].(map[string]any)
	delete(metadata, "uid")
	annotations, _ := metadata["annotations"].(map[string]any)
	delete(annotations, "kubernetes.io/config.hash")
	return pod
}

// growing are the lists that may get items, and how an item of them is called.
var growing = map[string]string{
	"command": "argument", "args": "argument", "volumeMounts": "volumeMounts", "volumes": "volumes",
}

func (a *additions) walk(old, new any, path string) error {
	switch {
	case isMap(old) && isMap(new):
		return a.walkMap(old.(map[string]any), new.(map[string]any), path)
	case isList(old) && isList(new):
		return a.walkList(old.([]any), new.([]any), path)
	case reflect.DeepEqual(old, new):
		return nil
	}
	return fmt.Errorf("changed at %s", path)
}

func isMap(value any) bool  { _, ok := value.(map[string]any); return ok }
func isList(value any) bool { _, ok := value.([]any); return ok }

func (a *additions) walkMap(old, new map[string]any, path string) error {
	for key := range old {
		if _, ok := new[key]; !ok {
			return fmt.Errorf("gone: %s.%s", path, key)
		}
	}
	for key, value := range new {
		before, there := old[key]
		if !there && growing[key] != "" {
			before = []any{} // a list that there was not is an empty one
		} else if !there {
			return fmt.Errorf("new: %s.%s", path, key)
		}
		if err := a.step(before, value, path, key); err != nil {
			return err
		}
	}
	return nil
}

func (a *additions) step(old, new any, path, key string) error {
	name := growing[key]
	if name == "" || !isList(old) || !isList(new) {
		return a.walk(old, new, path+"."+key)
	}
	rest := old.([]any)
	for _, item := range new.([]any) {
		if len(rest) > 0 && reflect.DeepEqual(rest[0], item) {
			rest = rest[1:]
			continue
		}
		text, err := json.Marshal(item)
		if err != nil {
			return err
		}
		a.found = append(a.found, name+" "+string(text))
	}
	if len(rest) > 0 {
		return fmt.Errorf("gone or moved: an item of %s.%s", path, key)
	}
	return nil
}

func (a *additions) walkList(old, new []any, path string) error {
	if len(old) != len(new) {
		return fmt.Errorf("another number of items: %s", path)
	}
	for i := range old {
		if err := a.walk(old[i], new[i], fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

// firstDifference names a place where two JSON values differ, and both values there.
func firstDifference(a, b any, path string) string {
	if x, ok := a.(map[string]any); ok && isMap(b) {
		y := b.(map[string]any)
		for key := range x {
			if other, there := y[key]; !there || !reflect.DeepEqual(x[key], other) {
				return firstDifference(x[key], y[key], path+"."+key)
			}
		}
		return path + ": more keys"
	}
	if x, ok := a.([]any); ok && isList(b) && len(x) == len(b.([]any)) {
		for i := range x {
			if !reflect.DeepEqual(x[i], b.([]any)[i]) {
				return firstDifference(x[i], b.([]any)[i], fmt.Sprintf("%s[%d]", path, i))
			}
		}
	}
	return fmt.Sprintf("%s: %.80q and %.80q", path, fmt.Sprint(a), fmt.Sprint(b))
}
