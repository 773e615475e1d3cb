// SPDX-License-Identifier: Apache-2.0

package mutate

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

type shape int

const (
	text    shape = iota // a scalar that must be read as this string
	raw                  // a scalar as it is written: 1, true, ~, 0x1F, "quoted"
	mapping              // keys and values in turn
	list
)

type node struct {
	shape  shape
	value  string
	items  []*node
	anchor string // &anchor before it
	alias  string // *alias in its place
}

func str(value string) *node          { return &node{shape: text, value: value} }
func asIs(value string) *node         { return &node{shape: raw, value: value} }
func seq(items ...*node) *node        { return &node{shape: list, items: items} }
func object(pairs ...*node) *node     { return &node{shape: mapping, items: pairs} }
func null() *node                     { return asIs("null") }
func (n *node) add(k string, v *node) { n.items = append(n.items, str(k), v) }

func (n *node) clone() *node {
	copied := *n
	copied.items = make([]*node, len(n.items))
	for i, item := range n.items {
		copied.items[i] = item.clone()
	}
	return &copied
}

// get is the value of a key, nil where there is none.
func (n *node) get(key string) *node {
	if n == nil || n.shape != mapping {
		return nil
	}
	for i := 0; i+1 < len(n.items); i += 2 {
		if n.items[i].value == key {
			return n.items[i+1]
		}
	}
	return nil
}

// set replaces the value of a key, or adds it.
func (n *node) set(key string, value *node) {
	if n.shape != mapping {
		return
	}
	for i := 0; i+1 < len(n.items); i += 2 {
		if n.items[i].value == key {
			n.items[i+1] = value
			return
		}
	}
	n.add(key, value)
}

func (n *node) remove(key string) {
	for i := 0; n.shape == mapping && i+1 < len(n.items); i += 2 {
		if n.items[i].value == key {
			n.items = append(n.items[:i:i], n.items[i+2:]...)
			return
		}
	}
}

// all is every node of these shapes, keys left out.
func (n *node) all(shapes ...shape) []*node {
	var found []*node
	for _, wanted := range shapes {
		if n.shape == wanted {
			found = append(found, n)
		}
	}
	for i, item := range n.items {
		if n.shape == mapping && i%2 == 0 {
			continue
		}
		found = append(found, item.all(shapes...)...)
	}
	return found
}

// named is every value that stands under this key, at any depth.
func (n *node) named(key string) []*node {
	var found []*node
	for i, item := range n.items {
		if n.shape == mapping && i%2 == 0 {
			if item.value == key {
				found = append(found, n.items[i+1])
			}
			continue
		}
		found = append(found, item.named(key)...)
	}
	return found
}

// readTrees are the mappings among the documents of data, up to the first that cannot be read.
func readTrees(data []byte) []*node {
	var trees []*node
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var document yaml.Node
		if err := decoder.Decode(&document); err != nil {
			return trees
		}
		if len(document.Content) == 1 && document.Content[0].Kind == yaml.MappingNode {
			trees = append(trees, fromYAML(document.Content[0], 0))
		}
	}
}

func fromYAML(from *yaml.Node, depth int) *node {
	if depth > 50 {
		return null()
	}
	switch from.Kind {
	case yaml.AliasNode:
		return fromYAML(from.Alias, depth+1)
	case yaml.ScalarNode:
		if from.ShortTag() == "!!str" {
			return str(from.Value)
		}
		return asIs(from.Value)
	}
	n := &node{shape: list}
	if from.Kind == yaml.MappingNode {
		n.shape = mapping
	}
	for _, item := range from.Content {
		n.items = append(n.items, fromYAML(item, depth+1))
	}
	return n
}
