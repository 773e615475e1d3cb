// SPDX-License-Identifier: Apache-2.0

// Command compare puts the same documents to upstream's code and to ours, and prints where they
// disagree (../../README.md, ../../differences.md).
//
//	compare -oracle DIR -helpers DIR [-manifest PATH]... [-encconf PATH]... [flags]
//
// DIR are the folders of build.sh's commands and of our helpers; a PATH is a file, or a folder with files
// at any depth. Mutants are made of the files given.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"atrest/test/oracle/internal/mutate"
)

type paths []string

func (p *paths) String() string         { return strings.Join(*p, " ") }
func (p *paths) Set(value string) error { *p = append(*p, value); return nil }

type options struct {
	oracle, helpers, keep, only string
	manifests, encconfs         paths
	manifestMutants             int
	encconfMutants              int
	values                      int
	rungMutants                 int
	seed                        uint64
}

// document is one input, by a name that tells where it can be found again.
type document struct {
	name string
	data []byte
}

func parse() options {
	var o options
	flag.StringVar(&o.oracle, "oracle", "", "folder of kubeletread, encconf and stored")
	flag.StringVar(&o.helpers, "helpers", "", "folder of ar-json, ar-inject, ar-encconf, ar-stored and ar-rung")
	flag.StringVar(&o.keep, "keep", "", "folder to put documents of disagreement into")
	flag.StringVar(&o.only, "only", "", "json, inject, encconf, stored or rung")
	flag.Var(&o.manifests, "manifest", "manifests: a file or a folder")
	flag.Var(&o.encconfs, "encconf", "encryption configs: a file or a folder")
	flag.IntVar(&o.manifestMutants, "manifest-mutants", 2000, "how many")
	flag.IntVar(&o.encconfMutants, "encconf-mutants", 10000, "how many")
	flag.IntVar(&o.values, "values", 4000, "how many stored values")
	flag.IntVar(&o.rungMutants, "rung-mutants", 3000, "how many configs are taken up the ladder, besides those of up to three keys")
	flag.Uint64Var(&o.seed, "seed", 1, "what the mutants are drawn from")
	flag.Parse()
	return o
}

// documents are the files of the paths given, and mutants of them.
func documents(kind mutate.Kind, given []string, seed uint64, mutants int) ([]document, error) {
	var docs []document
	for _, path := range given {
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !isDocument(name) {
				return err
			}
			data, err := os.ReadFile(name)
			docs = append(docs, document{name, data})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(docs, func(a, b document) int { return strings.Compare(a.name, b.name) })
	files := make([][]byte, len(docs))
	for i, doc := range docs {
		files[i] = doc.data
	}
	source, err := mutate.New(kind, seed, files)
	if err != nil {
		return nil, err
	}
	for range mutants {
		mutant := source.Next()
		docs = append(docs, document{mutant.ID, mutant.Data})
	}
	return docs, nil
}

func isDocument(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".json", ".manifest":
		return true
	}
	return false
}

func run(o options) (*tally, error) {
	for _, command := range []string{o.oracle + "/kubeletread", o.oracle + "/encconf", o.helpers + "/ar-json",
		o.helpers + "/ar-inject", o.helpers + "/ar-encconf", o.oracle + "/stored", o.helpers + "/ar-stored", o.helpers + "/ar-rung"} {
		if _, err := exec.LookPath(command); err != nil {
			return nil, err
		}
	}
	t := newTally(o.keep)
	if len(o.manifests) > 0 && o.only != "encconf" && o.only != "stored" && o.only != "rung" {
		docs, err := documents(mutate.Manifest, o.manifests, o.seed, o.manifestMutants)
		if err != nil {
			return nil, err
		}
		compareManifests(o, docs, t)
	}
	if o.only == "" || o.only == "encconf" {
		docs, err := documents(mutate.Encconf, o.encconfs, o.seed, o.encconfMutants)
		if err != nil {
			return nil, err
		}
		compareEncconfs(o, docs, t)
	}
	if o.only == "" || o.only == "stored" {
		if err := compareStored(o, t); err != nil {
			return nil, err
		}
	}
	if o.only == "" || o.only == "rung" {
		if err := compareRungs(o, t); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func main() {
	t, err := run(parse())
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(2)
	}
	t.report()
	if t.failed > 0 {
		os.Exit(1)
	}
}
