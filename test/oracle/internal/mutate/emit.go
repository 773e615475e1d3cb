// SPDX-License-Identifier: Apache-2.0

package mutate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// emitter writes a tree as YAML in a form that the dice choose, once for the document and here and
// there once more.
type emitter struct {
	r        dice
	out      strings.Builder
	width    int  // of one level
	indented bool // are sequences indented under their key?
	flow     int  // percent of collections in flow form
	comments int  // percent of lines that get one
	quote    int  // percent of strings quoted without need
}

func emit(r dice, tree *node) []byte {
	if r.chance(8) {
		return emitJSON(r, tree)
	}
	e := &emitter{
		r: r, width: pick(r, []int{2, 2, 2, 4}), indented: r.chance(50),
		flow: pick(r, []int{0, 0, 10, 40}), comments: pick(r, []int{0, 0, 0, 10}),
		quote: pick(r, []int{0, 0, 20, 100}),
	}
	if r.chance(10) {
		e.out.WriteString(pick(r, []string{"---\n", "# head\n---\n", "--- # here\n", "\n\n", "# only a comment\n"}))
	}
	if tree.shape == mapping && len(tree.items) > 0 {
		e.pairs(tree, 0, false)
	} else {
		e.out.WriteString(e.inFlow(tree) + "\n")
	}
	return frame(r, e.out.String())
}

// frame gives the document its end, its newlines and its byte order mark.
func frame(r dice, text string) []byte {
	if r.chance(6) {
		text += pick(r, []string{"...\n", "---\n", "---\nother: document\n", "---\n{ broken\n", "# the end", "\n\n", "...\n# x\n"})
	}
	if r.chance(4) {
		text = strings.TrimSuffix(text, "\n")
	}
	if r.chance(5) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if r.chance(3) {
		text = "\ufeff" + text
	}
	return []byte(text)
}

func (e *emitter) endLine() {
	if e.r.chance(e.comments) {
		e.out.WriteString(pick(e.r, []string{" # why", "   # ünïcode", " #", "\n# between\n", "\n"}))
	}
	e.out.WriteByte('\n')
}

func pad(count int) string { return strings.Repeat(" ", count) }

// pairs writes a block mapping; inline says that its first key stands behind a dash.
func (e *emitter) pairs(n *node, indent int, inline bool) {
	for i := 0; i+1 < len(n.items); i += 2 {
		if i > 0 || !inline {
			e.out.WriteString(pad(indent))
		}
		e.out.WriteString(e.scalar(n.items[i], true) + ":")
		e.value(n.items[i+1], indent)
	}
}

// value writes what stands behind `key:` at this indentation, and ends the line.
func (e *emitter) value(n *node, indent int) {
	if e.simple(n) {
		e.out.WriteString(" " + e.inFlow(n))
		e.endLine()
		return
	}
	if n.anchor != "" {
		e.out.WriteString(" &" + n.anchor)
	}
	switch {
	case n.shape == text:
		e.literal(n, indent+e.width)
	case n.shape == mapping:
		e.endLine()
		e.pairs(n, indent+e.width, false)
	case e.indented:
		e.endLine()
		e.items(n, indent+e.width)
	default:
		e.endLine()
		e.items(n, indent)
	}
}

func (e *emitter) items(n *node, indent int) {
	for _, item := range n.items {
		e.out.WriteString(pad(indent) + "-")
		switch {
		case item.shape == mapping && item.anchor == "" && !e.simple(item):
			e.out.WriteString(" ")
			e.pairs(item, indent+2, true)
		default:
			e.value(item, indent+1)
		}
	}
}

// simple says whether the node is written in one line.
func (e *emitter) simple(n *node) bool {
	switch {
	case n.alias != "" || n.shape == raw:
		return true
	case n.shape == text:
		return !(e.r.chance(2) && regexp.MustCompile(`^[!-~][ -~]*$`).MatchString(n.value))
	default:
		return len(n.items) == 0 || e.r.chance(e.flow)
	}
}

func (e *emitter) literal(n *node, indent int) {
	e.out.WriteString(" " + pick(e.r, []string{"|-", "|", ">-", "|+", ">"}) + "\n" + pad(indent) + n.value + "\n")
}

func (e *emitter) inFlow(n *node) string {
	if n.alias != "" {
		return "*" + n.alias
	}
	anchor := ""
	if n.anchor != "" {
		anchor = "&" + n.anchor + " "
	}
	if n.shape != mapping && n.shape != list {
		return anchor + e.scalar(n, false)
	}
	var parts []string
	for i := 0; i < len(n.items); i++ {
		part := e.inFlow(n.items[i])
		if n.shape == mapping && i+1 < len(n.items) {
			i++
			part += ": " + e.inFlow(n.items[i])
		}
		parts = append(parts, part)
	}
	if n.shape == mapping {
		return anchor + "{" + strings.Join(parts, ", ") + "}"
	}
	return anchor + "[" + strings.Join(parts, ", ") + "]"
}

var (
	plain     = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./-]*$`)
	ambiguous = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null)$`)
	// What a plain scalar may also hold outside flow collections.
	plainBlock = regexp.MustCompile(`^[A-Za-z/-][A-Za-z0-9_./+=:-]*[A-Za-z0-9/=]$`)
)

func (e *emitter) scalar(n *node, key bool) string {
	if n.shape == raw {
		return n.value
	}
	quoted := !plain.MatchString(n.value) || ambiguous.MatchString(n.value)
	if quoted && e.flow == 0 && plainBlock.MatchString(n.value) && !ambiguous.MatchString(n.value) {
		quoted = false
	}
	if !quoted && (!e.r.chance(e.quote) || (key && e.r.chance(80))) {
		return n.value
	}
	if e.r.chance(30) && !strings.ContainsAny(n.value, "\n\r\t\x00\x7f\u0085\u2028\u2029\ufeff") {
		return "'" + strings.ReplaceAll(n.value, "'", "''") + "'"
	}
	return quoteJSON(n.value)
}

func quoteJSON(value string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprintf("%q", value)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// emitJSON writes JSON: raw scalars that JSON does not have stay as they are, and break it.
func emitJSON(r dice, tree *node) []byte {
	text := jsonOf(tree)
	if r.chance(50) {
		var out bytes.Buffer
		if json.Indent(&out, []byte(text), "", pick(r, []string{"  ", "\t", ""})) == nil {
			text = out.String()
		}
	}
	if r.chance(10) {
		text = pick(r, []string{" ", "\n", "\t", "# c\n", "---\n", "\ufeff"}) + text
	}
	if r.chance(10) {
		text += pick(r, []string{"\n", "\n---\n{}", "}", " x", "\n// c", ","})
	}
	return []byte(text)
}

func jsonOf(n *node) string {
	switch n.shape {
	case raw:
		return n.value
	case text:
		return quoteJSON(n.value)
	}
	var parts []string
	for i := 0; i < len(n.items); i++ {
		if n.shape == list {
			parts = append(parts, jsonOf(n.items[i]))
		} else if i+1 < len(n.items) {
			parts = append(parts, quoteJSON(n.items[i].value)+":"+jsonOf(n.items[i+1]))
			i++
		}
	}
	if n.shape == list {
		return "[" + strings.Join(parts, ",") + "]"
	}
	return "{" + strings.Join(parts, ",") + "}"
}
