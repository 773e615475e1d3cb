// SPDX-License-Identifier: Apache-2.0

package mutate

import (
	"bytes"
	"testing"
)

// Mutants depend on nothing but their arguments, and mutating never breaks down over a broken file.
func TestDeterministic(t *testing.T) {
	files := [][]byte{[]byte("a: [1, {b: c}]\nd: x\n"), nil, []byte("{"), []byte("\t"), []byte("- x\n"), []byte("{}\n"), []byte("a: &x [*x]\n")}
	for _, kind := range []Kind{Manifest, Encconf, Kubeadm} {
		one, err := New(kind, 5, files)
		if err != nil {
			t.Fatal(err)
		}
		other, err := New(kind, 5, files)
		if err != nil {
			t.Fatal(err)
		}
		for range 5000 {
			if a, b := one.Next(), other.Next(); a.ID != b.ID || !bytes.Equal(a.Data, b.Data) {
				t.Fatalf("%s: %q and %q", a.ID, a.Data, b.Data)
			}
		}
	}
}
