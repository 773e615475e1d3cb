// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"atrest/test/oracle/internal/lines"
	"atrest/test/oracle/internal/mutate"
)

const header = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"

func config(resources, provider string) string {
	return header + "- resources: [" + resources + "]\n  providers:\n  - " + provider + "\n"
}

func keys(provider string, size int) string {
	secret := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", size)))
	return fmt.Sprintf("%s: {keys: [{name: key1, secret: %q}]}", provider, secret)
}

func kms(fields string) string { return "kms: {name: a, endpoint: 'unix:///a.sock', " + fields + "}" }

func TestVerdicts(t *testing.T) {
	two := config("'*.'", "identity: {}") + "- resources: [secrets]\n  providers: [{identity: {}}]\n"
	for name, test := range map[string]struct {
		text    string
		request lines.Request
		stage   string
		path    string
	}{
		"empty":             {text: "", stage: "empty"},
		"comment only":      {text: "# nothing\n", stage: "decode"},
		"good":              {text: config("secrets", keys("aescbc", 32))},
		"16 bytes":          {text: config("secrets", keys("aesgcm", 16))},
		"length":            {text: config("secrets", keys("secretbox", 16)), stage: "validate", path: "resources[0].providers[0].secretbox.keys[0].secret|FieldValueInvalid"},
		"unknown":           {text: config("secrets", "identity: {}") + "x: 1\n", stage: "decode"},
		"unknown, lenient":  {text: config("secrets", "identity: {}") + "x: 1\n", request: lines.Request{Lenient: true}},
		"repeated":          {text: config("secrets", "identity: {}") + "kind: EncryptionConfiguration\n", stage: "decode"},
		"repeated, lenient": {text: config("secrets", "identity: {}") + "kind: EncryptionConfiguration\n", request: lines.Request{Lenient: true}},
		"identity null":     {text: config("secrets", "identity:"), stage: "validate", path: "resources[0].providers[0]|FieldValueInvalid"},
		"masked":            {text: two, stage: "build"},
		"masked, lenient":   {text: two, request: lines.Request{Lenient: true}, stage: "build"},
		"masked, kms":       {text: two + "- resources: [pods]\n  providers: [{" + kms("apiVersion: v2") + "}]\n", stage: "build"},
		"kms v2":            {text: config("secrets", kms("apiVersion: v2"))},
		"kms v1":            {text: config("secrets", kms("apiVersion: v1")), stage: "build"},
		"kms v1, gate":      {text: config("secrets", kms("apiVersion: v1")), request: lines.Request{KMSv1: true}},
		"kms cachesize":     {text: config("secrets", kms("apiVersion: v2, cachesize: 5")), stage: "validate", path: "resources[0].providers[0].kms.cachesize|FieldValueInvalid"},
	} {
		judge := newJudge(t.TempDir())
		test.request.Data = []byte(test.text)
		answer := judge.check(test.request)
		if answer.OK != (test.stage == "") || answer.Stage != test.stage {
			t.Errorf("%s: %v %q (%s)", name, answer.OK, answer.Stage, answer.Error)
		}
		if test.path != "" && strings.Join(answer.Paths, " ") != test.path {
			t.Errorf("%s: %v", name, answer.Paths)
		}
	}
}

// The two ways of building are to say the same of a config that both can take.
func TestBuildsAgree(t *testing.T) {
	judge := newJudge(t.TempDir())
	for _, mutant := range mutants(t, 3000) {
		request := lines.Request{Data: mutant, KMSv1: true}
		config, err := judge.decode(request)
		if err != nil || usesKMS(config) || !judge.check(request).OK {
			continue
		}
		request.Lenient = true
		if err := judge.build(request, config); err != nil {
			t.Errorf("%v of %s", err, mutant)
		}
	}
}

// No secret of any mutant is in an error, nor a piece of one. The decoded object is not looked at: a
// secret that a mutation put where a name stands is a name.
func TestNothingLeaks(t *testing.T) {
	judge := newJudge(t.TempDir())
	for _, mutant := range mutants(t, 3000) {
		answer := judge.check(lines.Request{Data: mutant, KMSv1: true})
		for _, run := range longRun.FindAllString(answer.Error, -1) {
			if strings.ContainsAny(run, "0123456789") && strings.ContainsAny(run, "+/=") && strings.Contains(string(mutant), run) {
				t.Errorf("%q in %s", run, answer.Error)
			}
		}
	}
}

func mutants(t *testing.T, count int) [][]byte {
	source, err := mutate.New(mutate.Encconf, 7, nil)
	if err != nil {
		t.Fatal(err)
	}
	made := make([][]byte, count)
	for i := range made {
		made[i] = source.Next().Data
	}
	return made
}
