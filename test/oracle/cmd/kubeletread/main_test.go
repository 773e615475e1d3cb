// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"

	"k8s.io/kubernetes/pkg/capabilities"

	"atrest/test/oracle/internal/lines"
)

const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, image: b, command: [a]}\n"

func TestStages(t *testing.T) {
	capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true})
	for name, test := range map[string]struct{ text, stage string }{
		"good":            {pod, ""},
		"JSON":            {`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"b"}]}}`, ""},
		"second document": {pod + "---\n{ broken\n", ""},
		"repeated key":    {pod + "kind: Pod\n", ""},
		"unknown field":   {pod + "x: 1\n", ""},
		"empty":           {"", "decode"},
		"tab":             {"\t" + pod, "json"},
		"flow in YAML":    {"{apiVersion: v1}", "decode"},
		"type":            {strings.Replace(pod, "[a]", "[yes]", 1), "decode"},
		"list":            {"apiVersion: v1\nkind: List\nitems: []\n", "decode"},
		"no name":         {strings.Replace(pod, "{name: a}", "{}", 1), "default"},
		"no image":        {strings.Replace(pod, "image: b, ", "", 1), "validate"},
		"a Secret":        {strings.Replace(pod, "spec:\n", "spec:\n  volumes: [{name: v, secret: {secretName: s}}]\n", 1), "validate"},
	} {
		answer := read(lines.Request{Data: []byte(test.text)})
		if answer.OK != (test.stage == "") || answer.Stage != test.stage {
			t.Errorf("%s: %v %q (%s)", name, answer.OK, answer.Stage, answer.Error)
		}
	}
}

func TestSize(t *testing.T) {
	comment := bytes.Repeat([]byte("#"), maxSize)
	for length, wanted := range map[int]string{maxSize - 1: "", maxSize: "size"} {
		data := append([]byte(pod), comment[:length-len(pod)]...)
		if answer := read(lines.Request{Data: data}); answer.Stage != wanted {
			t.Errorf("%d bytes: %q", length, answer.Stage)
		}
	}
}
