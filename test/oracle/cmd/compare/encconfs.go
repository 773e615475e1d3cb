// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"slices"
	"strings"

	"atrest/test/oracle/internal/lines"
	"atrest/test/oracle/internal/proc"
)

// server is a release that both are asked to be. Between them lie the gate of KMS v1 (off from 1.29) and strict
// decoding (from 1.31); everything behind decoding is 1.34's, and has been the same since 1.27.
type server struct {
	minor          int
	kmsv1, lenient bool
}

var servers = []server{{minor: 34}, {minor: 31}, {minor: 30, lenient: true}, {minor: 28, kmsv1: true, lenient: true}}

type encconfRequest struct {
	lines.Request
	Minor int `json:"minor"`
}

// encconfAnswer is encconf's and ar-encconf's.
type encconfAnswer struct {
	OK     bool     `json:"ok"`
	Stage  string   `json:"stage"`
	Error  string   `json:"error"`
	Paths  []string `json:"paths"`
	Causes []string `json:"causes"`
}

func compareEncconfs(o options, docs []document, t *tally) {
	upstream := proc.New(filepath.Join(o.oracle, "encconf"))
	own := proc.New(filepath.Join(o.helpers, "ar-encconf"))
	defer t.end(upstream, own)
	for i, doc := range docs {
		// The newest one half of the time: the others differ from it in few things.
		release := servers[max(0, i%6-2)]
		request := encconfRequest{
			Request: lines.Request{
				ID: doc.name, Data: doc.data, Reload: i%4 == 1, KMSv1: release.kmsv1, Lenient: release.lenient,
			},
			Minor: release.minor,
		}
		var theirs, ours encconfAnswer
		if err := upstream.Ask(request, &theirs); err != nil {
			t.fail("encconf", doc, "%v", err)
			continue
		}
		if err := own.Ask(request, &ours); err != nil {
			t.fail("encconf", doc, "%v", err)
			continue
		}
		compareVerdicts(doc, release.minor, theirs, ours, t)
	}
}

func compareVerdicts(doc document, minor int, theirs, ours encconfAnswer, t *tally) {
	const what = "encconf"
	switch {
	case theirs.OK && !ours.OK:
		t.fail(what, doc, "1.%d takes it, we refuse: %s", minor, strings.Join(ours.Causes, "; "))
	case !theirs.OK && ours.OK:
		t.fail(what, doc, "1.%d refuses it (%s: %s), we take it", minor, theirs.Stage, theirs.Error)
	case theirs.OK:
		t.pass("encconf: taken by both")
	case theirs.Stage != "validate":
		t.pass("encconf: refused by both, stage " + theirs.Stage)
	default:
		comparePaths(doc, minor, theirs, ours, t)
	}
}

// comparePaths compares the places of all errors; upstream's type of each is left out: ours is in the wording.
func comparePaths(doc document, minor int, theirs, ours encconfAnswer, t *tally) {
	want, have := placesOf(theirs.Paths), placesOf(ours.Paths)
	if !slices.Equal(want, have) {
		t.fail("encconf", doc, "1.%d names %v, we name %v: %s", minor, want, have, strings.Join(ours.Causes, "; "))
		return
	}
	t.pass("encconf: refused by both, the same places")
}

func placesOf(list []string) []string {
	var found []string
	for _, path := range list {
		path, _, _ = strings.Cut(path, "|")
		found = append(found, path)
	}
	slices.Sort(found)
	return slices.Compact(found)
}
