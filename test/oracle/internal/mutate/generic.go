// SPDX-License-Identifier: Apache-2.0

package mutate

import "strings"

// scalars are those that YAML 1.1 reads in a way of its own, and those that look like it.
var scalars = strings.Split("y n yes No ON off true True TRUE false ~ null Null NULL 0 -0 00 012 0o17 0x1F "+
	"0b101 0b2 1_000 1__0 _1 1e3 1e+3 1.5 1. .5 -.5 +1 -1 1e400 .inf -.Inf .NaN 12:30 190:20:30 1:2 "+
	"2024-01-02 2024-1-2 2024-01-02T03:04:05Z 9223372036854775807 9223372036854775808 18446744073709551616 "+
	"1e2 100.0 !!str !!str~1 !!int~\"7\" !!null~x !!bool~yes !!float~1 !custom~x !!binary~aGk= \"\" '' "+
	"\"1\" 'true' = << ? - . .. +.inf 0.0 -0.0 1e-7 1e21 123456789012345678901234567890 0x_1 +0x1F 0x 1e", " ")

func oddScalar(r dice) *node {
	return asIs(strings.ReplaceAll(pick(r, scalars), "~1", " 1"))
}

// oddText is a string that is hard to write or to read.
func oddText(r dice) *node {
	return str(pick(r, []string{
		"", " ", "ünïcødé", "日本語", "\U0001f600", "a b", " lead", "trail ", "tab\there", "line\nbreak", "cr\rhere",
		"nel\u0085x", "ls\u2028x", "bom\ufeffx", "nul\x00x", "esc\x1bx", "del\x7fx", "'single'", "\"double\"", "back\\slash",
		"a: b", "a #b", "#x", "- x", "? x", "*x", "&x", "!x", "%x", "@x", "`x", "{x", "[x", "}", "]", ",", ":", "|", ">",
		"yes", "1", "null", "~", "1e3", "0x1F", "2024-01-02", "a:b", "{{ x }}", "${X}", strings.Repeat("long ", 60),
	}))
}

// mutateTree changes one thing in what the document says.
func mutateTree(r dice, tree *node) {
	collections := tree.all(mapping, list)
	if len(collections) == 0 {
		return
	}
	n := pick(r, collections)
	if len(n.items) == 0 {
		return
	}
	changes := []func(dice, *node){
		retype, retype, deleteItem, repeatItem, swapItems, odd, odd, unknownKey, emptyItem, wrapItem, aliasItem, mergeKey,
	}
	pick(r, changes)(r, n)
}

// at picks an item, of a mapping the place of its value.
func at(r dice, n *node) int {
	if n.shape == mapping {
		return r.IntN(len(n.items)/2)*2 + 1
	}
	return r.IntN(len(n.items))
}

func retype(r dice, n *node) { n.items[at(r, n)] = oddScalar(r) }
func odd(r dice, n *node)    { n.items[at(r, n)] = oddText(r) }

func deleteItem(r dice, n *node) {
	i, last := at(r, n), 0
	first := i
	if n.shape == mapping {
		first = i - 1
	}
	last = i + 1
	n.items = append(n.items[:first:first], n.items[last:]...)
}

func repeatItem(r dice, n *node) {
	i := at(r, n)
	if n.shape == mapping {
		n.items = append(n.items, n.items[i-1].clone(), n.items[i].clone())
		return
	}
	n.items = append(n.items, n.items[i].clone())
}

func swapItems(r dice, n *node) {
	i, k := at(r, n), at(r, n)
	n.items[i], n.items[k] = n.items[k], n.items[i]
	if n.shape == mapping && r.chance(80) {
		n.items[i-1], n.items[k-1] = n.items[k-1], n.items[i-1]
	}
}

func unknownKey(r dice, n *node) {
	if n.shape == mapping {
		n.add(pick(r, []string{"unknown", "x-note", "Name", "comment", ""}), oddText(r))
	}
}

func emptyItem(r dice, n *node) {
	n.items[at(r, n)] = pick(r, []*node{null(), asIs("~"), asIs(""), object(), seq()})
}

func wrapItem(r dice, n *node) {
	i := at(r, n)
	if r.chance(50) {
		n.items[i] = seq(n.items[i])
	} else {
		n.items[i] = object(str("key"), n.items[i])
	}
}

// aliasItem says a value once more by an alias.
func aliasItem(r dice, n *node) {
	i := at(r, n)
	if n.items[i].alias != "" {
		return
	}
	n.items[i].anchor = "a1"
	again := &node{alias: "a1"}
	if n.shape == list {
		n.items = append(n.items, again)
		return
	}
	if k := at(r, n); k > i {
		n.items[k] = again
	} else {
		n.add("again", again)
	}
}

// mergeKey takes one mapping's pairs over into another by YAML's merge key.
func mergeKey(r dice, n *node) {
	if n.shape != mapping {
		return
	}
	key := asIs("<<")
	switch i := at(r, n); {
	case n.items[i].shape == mapping && n.items[i].alias == "":
		n.items[i].anchor = "m1"
		n.items = append(n.items, key, &node{alias: "m1"})
	case r.chance(50):
		n.items = append(n.items, key, object(str("merged"), str("yes"), n.items[i-1].clone(), n.items[i].clone()))
	default:
		n.items = append(n.items, key, oddScalar(r))
	}
}
