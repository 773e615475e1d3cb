// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	sigsjson "sigs.k8s.io/json"

	"atrest/test/oracle/internal/lines"
	"atrest/test/oracle/internal/proc"
)

// Values are written by a server with one config, changed on their way or not, and read by a server with
// another; what that server makes of them is compared with what we say of them.

type storedAnswer struct {
	OK    bool   `json:"ok"`
	Stage string `json:"stage"`
	Error string `json:"error"`
	Value []byte `json:"value"`
	Stale bool   `json:"stale"`
	// ours
	Form    string  `json:"form"`
	KeyName *string `json:"key_name"`
	KeyID   *string `json:"key_id"`
	Result  string  `json:"result"`
	Prefix  string  `json:"prefix"`
}

type storedRequest struct {
	lines.Request
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

type values struct {
	dice   *rand.Rand
	proto  *protobuf.Serializer
	theirs *proc.Child
	ours   *proc.Child
	t      *tally
}

type object struct {
	resource, kind, namespace, name, key string
	data                                 []byte
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// --- objects ---

func (v *values) object() object {
	r := v.dice
	o := object{resource: "secrets", kind: "Secret", namespace: pick(r, []string{"default", "kube-system", "a"}),
		name: pick(r, []string{"a", "b", "sh.helm.release.v1.x.v1", strings.Repeat("n", 200)})}
	meta := metav1.ObjectMeta{Name: o.name, Namespace: o.namespace, UID: "u", Annotations: map[string]string{"a": "b"}}
	switch r.IntN(4) {
	case 0:
		o.resource, o.kind = "configmaps", "ConfigMap"
		o.encode(v.proto, &corev1.ConfigMap{ObjectMeta: meta, Data: map[string]string{"k": strings.Repeat("v", r.IntN(300))}})
	case 1:
		o.resource, o.kind = "widgets.example.com", "Widget"
		data, err := json.Marshal(map[string]any{"kind": o.kind, "apiVersion": "example.com/v1", "metadata": meta, "spec": map[string]any{
			"n": 1e30, "text": "é\u2028 \x00"}})
		utilruntime.Must(err)
		o.data = append(data, '\n')
	default:
		o.encode(v.proto, &corev1.Secret{ObjectMeta: meta, Type: "Opaque", Data: map[string][]byte{"k": make([]byte, r.IntN(300))}})
	}
	o.key = keyOf(o)
	return o
}

func (o *object) encode(proto *protobuf.Serializer, what runtime.Object) {
	what.GetObjectKind().SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(o.kind))
	var out bytes.Buffer
	utilruntime.Must(proto.Encode(what, &out))
	o.data = out.Bytes()
}

func keyOf(o object) string {
	folder := o.resource
	if plural, group, found := strings.Cut(folder, "."); found {
		folder = group + "/" + plural
	}
	return "/registry/" + folder + "/" + o.namespace + "/" + o.name
}

// decodes tells whether a server takes the bytes for this very object.
func (v *values) decodes(o object, data []byte) bool {
	if o.kind == "Widget" {
		var widget struct {
			Kind     string `json:"kind"`
			Metadata struct {
				Name      string `json:"name"`
				Namespace string `json:"namespace"`
			} `json:"metadata"`
		}
		return sigsjson.UnmarshalCaseSensitivePreserveInts(data, &widget) == nil && widget.Kind == o.kind && widget.Metadata.Name == o.name &&
			widget.Metadata.Namespace == o.namespace
	}
	decoded, kind, err := v.proto.Decode(data, nil, nil)
	if err != nil || kind.Kind != o.kind {
		return false
	}
	meta, ok := decoded.(metav1.Object)
	return ok && meta.GetName() == o.name && meta.GetNamespace() == o.namespace
}

// --- configs ---

// Few names and few keys: the same name with another key, and names that others begin with, are frequent.
var storedNames = []string{"key1", "key1", "key2", "a", "a:b", "a:b:c", "key1:"}

func (v *values) key(size int) map[string]string {
	bytes := make([]byte, size)
	chosen := v.dice.IntN(3)
	for i := range bytes {
		bytes[i] = byte('a' + chosen + i%7)
	}
	return map[string]string{"name": pick(v.dice, storedNames), "secret": base64.StdEncoding.EncodeToString(bytes)}
}

func (v *values) provider() map[string]any {
	r := v.dice
	kind := pick(r, []string{"aescbc", "aescbc", "aesgcm", "aesgcm", "secretbox", "identity", "kms"})
	switch kind {
	case "identity":
		return map[string]any{kind: map[string]any{}}
	case "kms":
		return map[string]any{kind: map[string]any{"apiVersion": "v2", "name": pick(r, []string{"vault", "vault2"}), "endpoint": "unix:///k.sock"}}
	}
	size := 32
	if kind != "secretbox" {
		size = pick(r, []int{16, 24, 32, 32})
	}
	keys := []any{v.key(size)}
	for r.IntN(3) == 0 {
		keys = append(keys, v.key(size))
	}
	return map[string]any{kind: map[string]any{"keys": keys}}
}

func (v *values) config() []byte {
	r := v.dice
	names := pick(r, [][][]string{
		{{"secrets", "configmaps", "widgets.example.com"}}, {{"secrets", "configmaps", "widgets.example.com"}}, {{"*.*"}},
		{{"secrets"}, {"secrets", "configmaps"}}, {{"secrets"}, {"*."}, {"*.example.com"}}, {{"configmaps"}, {"*.*"}},
		{{"widgets.example.com"}, {"*."}, {"*.*"}}, {{"pods"}},
	})
	entries := []any{}
	for _, list := range names {
		providers := []any{v.provider()}
		for r.IntN(2) == 0 {
			providers = append(providers, v.provider())
		}
		entries = append(entries, map[string]any{"resources": list, "providers": providers})
	}
	text, err := json.Marshal(map[string]any{"kind": "EncryptionConfiguration", "apiVersion": "apiserver.config.k8s.io/v1", "resources": entries})
	utilruntime.Must(err)
	return text
}

// shuffled is the same config with its providers and keys in another order, as rotating keys makes it.
func (v *values) shuffled(config []byte) []byte {
	var whole map[string]any
	utilruntime.Must(json.Unmarshal(config, &whole))
	for _, entry := range whole["resources"].([]any) {
		entry := entry.(map[string]any)
		providers := entry["providers"].([]any)
		v.shuffle(providers)
		for _, provider := range providers {
			for _, local := range provider.(map[string]any) {
				if keys, found := local.(map[string]any)["keys"]; found {
					v.shuffle(keys.([]any))
				}
			}
		}
		if v.dice.IntN(2) == 0 {
			entry["providers"] = append(providers, map[string]any{"identity": map[string]any{}})
		}
	}
	text, err := json.Marshal(whole)
	utilruntime.Must(err)
	return text
}

func (v *values) shuffle(list []any) {
	v.dice.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
}

// --- what happens on the way ---

// change returns what lies in etcd when it is read, and what was done to it.
func (v *values) change(value []byte) ([]byte, string) {
	r := v.dice
	out := bytes.Clone(value)
	switch r.IntN(8) {
	case 0:
		out[r.IntN(len(out))] ^= 1 << r.IntN(8)
		return out, "a bit flipped"
	case 1:
		return out[:r.IntN(len(out))], "cut"
	case 2:
		return append(out, make([]byte, 1+r.IntN(32))...), "longer"
	}
	return out, ""
}

// --- the comparison ---

func (v *values) one(i int) error {
	o := v.object()
	writer, reader := v.config(), v.config()
	switch v.dice.IntN(4) {
	case 0:
		reader = writer
	case 1, 2:
		reader = v.shuffled(writer)
	}
	request := storedRequest{lines.Request{ID: fmt.Sprint(i), Data: writer, Write: true, Resource: o.resource, Key: o.key, Value: o.data}, o.kind, o.namespace, o.name}
	var written, theirs, ours storedAnswer
	if err := v.theirs.Ask(request, &written); err != nil {
		return err
	}
	if !written.OK {
		v.t.pass("stored: a config that no server takes")
		return nil
	}
	value, changed := v.change(written.Value)
	request.Data, request.Write, request.Value = reader, false, value
	if v.dice.IntN(8) == 0 { // it was copied to another place
		o.name += "x"
		o.key, changed = keyOf(o), strings.TrimSpace("moved "+changed)
		request.Key, request.Name = o.key, o.name
	}
	if err := v.theirs.Ask(request, &theirs); err != nil {
		return err
	}
	if err := v.ours.Ask(request, &ours); err != nil {
		return err
	}
	doc := document{fmt.Sprintf("value %d (%s)", i, changed), fmt.Appendf(nil, "%s\n%s\n%s\n%x\n", writer, reader, o.key, value)}
	if theirs.Stage == "config" {
		v.t.pass("stored: a config that no server takes")
		return nil
	}
	v.judge(o, doc, changed, reader, theirs, ours)
	return nil
}

// judge holds our words against what the server did.
func (v *values) judge(o object, doc document, changed string, reader []byte, theirs, ours storedAnswer) {
	if !ours.OK {
		v.t.fail("stored", doc, "we break: %s", ours.Error)
		return
	}
	if !theirs.OK {
		v.judgeUnread(doc, theirs, ours)
		return
	}
	if theirs.Stale != ours.Stale && !ambiguous(reader, ours) {
		v.t.fail("stored", doc, "stale is %v, we say %v (%s, the writer's prefix is %s)", theirs.Stale, ours.Stale, ours.Form, ours.Prefix)
		return
	}
	is := v.decodes(o, theirs.Value)
	switch {
	case strings.HasPrefix(ours.Form, "kms"):
		if ours.Result != "kms" || ours.KeyID == nil || (changed == "" && *ours.KeyID != "id-of-"+*ours.KeyName) {
			v.t.fail("stored", doc, "a kms value: we say %s, key id %v", ours.Result, ours.KeyID)
			return
		}
	case is && ours.Result != "ok" && ours.Result != "plain":
		text := "text that is UTF-8"
		if !utf8.Valid(theirs.Value) {
			text = "bytes that are not UTF-8"
		}
		v.t.fail("stored", doc, "the server reads this object from %s, we say %s", text, ours.Result)
		return
	case !is && (ours.Result == "ok" || ours.Result == "plain") && changed == "":
		v.t.fail("stored", doc, "what the server reads is not this object, we say %s", ours.Result)
		return
	case !is && (ours.Result == "ok" || ours.Result == "plain"):
		v.t.pass("stored: damaged below what is looked at")
		return
	}
	v.t.pass(fmt.Sprintf("stored: read by both as %s, stale %v", ours.Result, ours.Stale))
}

// judgeUnread: the server cannot read it, so we must not say that it can.
func (v *values) judgeUnread(doc document, theirs, ours storedAnswer) {
	switch {
	case ours.Result == "ok":
		v.t.fail("stored", doc, "the server says %q, we read it", theirs.Error)
	case theirs.Stage == "panic" && ours.Result != "wrong":
		v.t.fail("stored", doc, "the server breaks (%s), we say %s", theirs.Error, ours.Result)
	default:
		v.t.pass("stored: not read by the server, we say " + ours.Result)
	}
}

// ambiguous: a name that two keys of the config have, or that begins with another one's name and a colon (the random
// bytes behind that may go on as the longer name does), so that the name does not tell which one wrote; or a kms v2 key id
// that was damaged, which makes the value stale for those who know the right one.
func ambiguous(config []byte, ours storedAnswer) bool {
	if ours.KeyID != nil && *ours.KeyID != "id-of-"+*ours.KeyName {
		return true
	}
	count := 0
	for _, found := range nameInConfig.FindAllSubmatch(config, -1) {
		name := string(found[1])
		if ours.KeyName != nil && strings.HasPrefix(*ours.KeyName+":", name+":") {
			count++
		}
	}
	return count > 1
}

var nameInConfig = regexp.MustCompile(`"name":"([^"]*)"`)

func compareStored(o options, t *tally) error {
	scheme := runtime.NewScheme()
	utilruntime.Must(corev1.AddToScheme(scheme))
	v := &values{dice: rand.New(rand.NewPCG(o.seed, 2)), proto: protobuf.NewSerializer(scheme, scheme),
		theirs: proc.New(o.oracle + "/stored"), ours: proc.New(o.helpers + "/ar-stored"), t: t}
	for i := range o.values {
		if err := v.one(i); err != nil {
			t.fail("stored", document{fmt.Sprintf("value %d", i), nil}, "%v", err)
		}
	}
	t.end(v.theirs, v.ours)
	return nil
}
