// SPDX-License-Identifier: Apache-2.0

package mutate

import (
	"encoding/base64"
	"fmt"
	"strconv"
)

// generateEncconf makes a config that a server takes, apart from accidents (two KMS providers of one
// name, a name behind a wildcard): what is wrong with a mutant is to be what a change made wrong.
func generateEncconf(r dice) *node {
	config := object(str("apiVersion"), str("apiserver.config.k8s.io/v1"), str("kind"), str("EncryptionConfiguration"))
	if r.chance(5) {
		config = object(str("apiVersion"), str("v1"), str("kind"), str("EncryptionConfig"))
	}
	entries := seq()
	for i := range pick(r, []int{1, 1, 1, 2, 2, 3}) {
		entries.items = append(entries.items, generateEntry(r, i))
	}
	config.add("resources", entries)
	return config
}

func generateEntry(r dice, i int) *node {
	names := pick(r, entryNames[min(i, len(entryNames)-1)])
	resources := seq()
	for _, name := range names {
		resources.items = append(resources.items, str(name))
	}
	providers := seq()
	for range pick(r, []int{1, 1, 2, 2, 3}) {
		providers.items = append(providers.items, generateProvider(r))
	}
	if r.chance(60) {
		providers.items = append(providers.items, object(str("identity"), object()))
	}
	if r.chance(20) {
		return object(str("providers"), providers, str("resources"), resources)
	}
	return object(str("resources"), resources, str("providers"), providers)
}

// entryNames are resource names of a first, a second and any later entry that go together.
var entryNames = [][][]string{
	{{"secrets"}, {"secrets"}, {"secrets", "configmaps"}, {"secrets", "pandas.awesome.bears.example"}, {"events"}, {"*.apps"}},
	{{"configmaps"}, {"deployments.extensions.example", "jobs.batch"}, {"secrets"}, {"*.bears.example"}, {"*."}, {"pods"}},
	{{"*.*"}, {"*.batch"}, {"widgets.example.com"}, {"services", "endpoints"}},
}

func generateProvider(r dice) *node {
	switch r.IntN(9) {
	case 0, 1, 2:
		return object(str("aescbc"), generateKeys(r, pick(r, []int{16, 24, 32, 32})))
	case 3, 4:
		return object(str("aesgcm"), generateKeys(r, pick(r, []int{16, 24, 32})))
	case 5, 6:
		return object(str("secretbox"), generateKeys(r, 32))
	case 7:
		return object(str("identity"), object())
	default:
		return object(str("kms"), generateKMS(r))
	}
}

func generateKeys(r dice, size int) *node {
	keys := seq()
	for i := range pick(r, []int{1, 1, 1, 2, 3}) {
		key := object(str("name"), str("key"+strconv.Itoa(i+1)), str("secret"), str(secret(r, size)))
		if r.chance(15) {
			key.items[0], key.items[1], key.items[2], key.items[3] = key.items[2], key.items[3], key.items[0], key.items[1]
		}
		keys.items = append(keys.items, key)
	}
	return object(str("keys"), keys)
}

// secret is so many bytes in base64. They come from the seed: worth nothing as a key, the same each time.
func secret(r dice, size int) string {
	key := make([]byte, size)
	for i := range key {
		key[i] = byte(r.IntN(256))
	}
	return base64.StdEncoding.EncodeToString(key)
}

func generateKMS(r dice) *node {
	kms := object()
	version := "v2"
	switch r.IntN(10) {
	case 0:
		version = "v1"
		kms.add("apiVersion", str("v1"))
	case 1:
		version = "v1" // the default
	default:
		kms.add("apiVersion", str("v2"))
	}
	kms.add("name", str(fmt.Sprintf("kms-%d", r.IntN(5))))
	kms.add("endpoint", str("unix:///var/run/kms/plugin.sock"))
	if r.chance(50) {
		kms.add("timeout", str(pick(r, []string{"3s", "10s", "1m", "500ms", "1.5s"})))
	}
	if version == "v1" && r.chance(40) {
		kms.add("cachesize", asIs(pick(r, []string{"100", "1000", "-1"})))
	}
	return kms
}
