// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"atrest/test/oracle/internal/proc"
)

// shown is how many disagreements are printed: the first ones tell what is wrong.
const shown = 20

// tally counts comparisons. Each document counts once for each thing that is compared.
type tally struct {
	passed, failed int
	notes          map[string]int // verdicts, and known differences by name
	keep           string
}

func newTally(keep string) *tally { return &tally{notes: map[string]int{}, keep: keep} }

func (t *tally) pass(note string) {
	t.passed++
	t.notes[note]++
}

// fail counts a disagreement, unless it is a known one.
func (t *tally) fail(what string, doc document, format string, args ...any) {
	reason := fmt.Sprintf(format, args...)
	if name := knownDifference(what, doc, reason); name != "" {
		t.pass("known difference: " + name)
		return
	}
	t.failed++
	if t.failed <= shown {
		fmt.Printf("%s: %s: %s\n", what, doc.name, inOneLine(reason))
	}
	if t.keep != "" {
		name := strings.ReplaceAll(strings.TrimPrefix(doc.name, "/"), "/", "_")
		if err := os.WriteFile(filepath.Join(t.keep, what+"."+name), doc.data, 0o600); err != nil {
			fmt.Println(err)
		}
	}
}

// inOneLine shortens what upstream says: some of its errors quote the whole document.
func inOneLine(text string) string {
	const head, tail = 300, 100
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= head+tail {
		return text
	}
	return strings.ToValidUTF8(text[:head]+" … "+text[len(text)-tail:], "")
}

// end closes the commands; one that does not end well has failed.
func (t *tally) end(children ...*proc.Child) {
	for _, child := range children {
		if err := child.Close(); err != nil {
			t.failed++
			fmt.Println(err)
		}
	}
}

func (t *tally) report() {
	if t.failed > shown {
		fmt.Printf("… and %d more\n", t.failed-shown)
	}
	for _, note := range slices.Sorted(maps.Keys(t.notes)) {
		fmt.Printf("note: %6d %s\n", t.notes[note], note)
	}
	fmt.Printf("%d passed, %d failed\n", t.passed, t.failed)
}
