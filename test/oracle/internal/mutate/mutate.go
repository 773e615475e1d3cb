// SPDX-License-Identifier: Apache-2.0

// Package mutate makes documents that are almost what people write: deterministic mutants of given
// files and of generated configs.
//
// A mutant is made on three levels: the document's tree (what it says), its emission (how YAML says
// it: flow, quotes, anchors, CRLF), its bytes. The first is what finds differences of meaning, the
// second differences of parsing, the last differences of error handling.
package mutate

import (
	"fmt"
	"math/rand/v2"
)

// Kind is what the documents are.
type Kind string

// The kinds there are.
const (
	Manifest Kind = "manifest"
	Encconf  Kind = "encconf"
	Kubeadm  Kind = "kubeadm"
)

// Mutant is one made document; ID says how to find it again.
type Mutant struct {
	ID   string
	Data []byte
}

// Source makes mutants of one kind.
type Source struct {
	kind     Kind
	seed     uint64
	files    [][]byte
	readable [][]byte // those of the files that are YAML
	trees    []*node  // their documents
	count    int
}

// New makes a source. The files may be broken: then only their bytes are played with.
func New(kind Kind, seed uint64, files [][]byte) (*Source, error) {
	switch kind {
	case Manifest, Encconf, Kubeadm:
	default:
		return nil, fmt.Errorf("no such kind: %s", kind)
	}
	if len(files) == 0 && kind != Encconf {
		return nil, fmt.Errorf("%s mutants need files to start from", kind)
	}
	source := &Source{kind: kind, seed: seed, files: files}
	for _, file := range files {
		trees := readTrees(file)
		if kind != Kubeadm {
			trees = trees[:min(1, len(trees))] // the others read the first document only
		}
		if len(trees) > 0 {
			source.readable = append(source.readable, file)
		}
		source.trees = append(source.trees, trees...)
	}
	return source, nil
}

// Next makes the next mutant. Mutant n of a seed depends on n, the seed and the files only.
func (s *Source) Next() Mutant {
	number := s.count
	s.count++
	r := dice{rand.New(rand.NewPCG(s.seed, uint64(number)))}
	return Mutant{ID: fmt.Sprintf("%s-%d-%d", s.kind, s.seed, number), Data: append([]byte{}, s.make(r)...)}
}

func (s *Source) make(r dice) []byte {
	if s.kind == Encconf {
		return s.makeEncconf(r)
	}
	if len(s.trees) == 0 || r.chance(60) {
		return mutateText(r, s.file(r), pick(r, []int{1, 1, 1, 1, 2, 3}))
	}
	tree := pick(r, s.trees).clone()
	for range r.IntN(3) {
		mutateTree(r, tree)
	}
	data := emit(r, tree)
	if r.chance(20) {
		data = mutateText(r, data, 1)
	}
	return data
}

// file is seldom one that is broken already: little more can be learnt of it.
func (s *Source) file(r dice) []byte {
	if len(s.readable) == 0 || r.chance(5) {
		return pick(r, s.files)
	}
	return pick(r, s.readable)
}

// About a third of the mutants say nothing wrong: they differ in form only.
func (s *Source) makeEncconf(r dice) []byte {
	if len(s.files) > 0 && r.chance(8) {
		return mutateText(r, pick(r, s.files), r.IntN(3))
	}
	var tree *node
	if len(s.trees) > 0 && r.chance(15) {
		tree = pick(r, s.trees).clone()
	} else {
		tree = generateEncconf(r)
	}
	for range pick(r, []int{0, 0, 0, 0, 1, 1, 1, 1, 2, 3}) {
		mutateEncconf(r, tree)
	}
	data := emit(r, tree)
	if r.chance(12) {
		data = mutateText(r, data, 1)
	}
	return data
}

// dice is randomness in the words that the rest is written in.
type dice struct{ *rand.Rand }

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

func pick[T any](r dice, list []T) T { return list[r.IntN(len(list))] }
