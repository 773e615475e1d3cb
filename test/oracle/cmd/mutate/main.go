// SPDX-License-Identifier: Apache-2.0

// Command mutate writes mutants of documents, one JSON object a line, in the form that the other
// commands read.
//
//	mutate -kind manifest|encconf|kubeadm [-seed N] [-n COUNT] [FILE...]
//
// The same arguments and files give the same mutants.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"atrest/test/oracle/internal/lines"
	"atrest/test/oracle/internal/mutate"
)

func run() error {
	kind := flag.String("kind", "", "manifest, encconf or kubeadm")
	seed := flag.Uint64("seed", 1, "what the mutants are drawn from")
	count := flag.Int("n", 100, "how many")
	flag.Parse()

	files := make([][]byte, 0, flag.NArg())
	for _, name := range flag.Args() {
		file, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	source, err := mutate.New(mutate.Kind(*kind), *seed, files)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for range *count {
		mutant := source.Next()
		if err := encoder.Encode(lines.Request{ID: mutant.ID, Data: mutant.Data}); err != nil {
			return err
		}
	}
	return out.Flush()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}
