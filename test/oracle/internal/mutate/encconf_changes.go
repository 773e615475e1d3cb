// SPDX-License-Identifier: Apache-2.0

package mutate

import (
	"encoding/base64"
	"strings"
)

type treeChange func(r dice, config *node)

// mutateEncconf changes one thing, most often one that a rule speaks of.
func mutateEncconf(r dice, config *node) {
	if r.chance(25) {
		mutateTree(r, config)
		return
	}
	pick(r, encconfChanges)(r, config)
}

// Those that have more rules behind them stand here more often.
var encconfChanges = []treeChange{
	changeSecret, changeSecret, changeSecret, changeKeyName, repeatKey, sameSecret, changeResource, changeResource,
	changeResource, changeResource, addResource, addResource, addEntry, repeatEntry, swapEntries, changeKMS, changeKMS, changeKMS, addKMS,
	oddIdentity, twoProviders, oddProvider, nullList, changeHeader, renameField, renameField, unknownField, repeatField, repeatField,
	extraMetadata, nullField, nullField,
}

func changeSecret(r dice, config *node) {
	secrets := config.named("secret")
	if len(secrets) == 0 {
		return
	}
	chosen := pick(r, secrets)
	if r.chance(40) || chosen.shape != text {
		*chosen = *str(secret(r, pick(r, []int{0, 1, 2, 8, 15, 16, 17, 18, 23, 24, 25, 30, 31, 32, 33, 34, 48, 64, 1000})))
		return
	}
	chosen.value = pick(r, spellings)(r, chosen.value)
}

// spellings write a base64 text in another way: some are still the same key to Go's decoder.
var spellings = []func(r dice, value string) string{
	func(_ dice, v string) string { return strings.NewReplacer("+", "-", "/", "_").Replace(v) },
	func(_ dice, v string) string { return strings.TrimRight(v, "=") },
	func(_ dice, v string) string { return v + "=" },
	func(_ dice, v string) string { return v + "\n" },
	func(_ dice, v string) string { return v + "\r\n" },
	func(_ dice, v string) string { return v + " " },
	func(_ dice, v string) string { return "\n" + v },
	func(r dice, v string) string { return putIn(r, v, "\n") },
	func(r dice, v string) string { return putIn(r, v, "\r") },
	func(r dice, v string) string { return putIn(r, v, " ") },
	func(r dice, v string) string { return putIn(r, v, "\t") },
	func(r dice, v string) string { return putIn(r, v, "=") },
	func(r dice, v string) string {
		return putIn(r, v, pick(r, []string{"@", "é", "\x00", "-", "_", "A", "\\", "\u2028"}))
	},
	func(_ dice, v string) string { return v + v },
	func(_ dice, v string) string { return v + "AAAA" },
	func(_ dice, v string) string { return v[:len(v)/2] },
	func(_ dice, v string) string { return strings.ToLower(v) },
	trailingBits,
	func(r dice, v string) string { return strings.Replace(v, "=", "\n=\n", 1) },
	func(_ dice, v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) },
	func(r dice, _ string) string {
		return pick(r, []string{"=", "==", "====", "A", "AA", "AA==", "AAA=", "A===", "\n", "P@ssword"})
	},
}

func putIn(r dice, value, what string) string {
	i := r.IntN(len(value) + 1)
	return value[:i] + what + value[i:]
}

// trailingBits sets the bits of the last character that decoding drops.
func trailingBits(_ dice, value string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	body := strings.TrimRight(value, "=")
	if body == "" || body == value {
		return value
	}
	last := strings.IndexByte(alphabet, body[len(body)-1])
	if last < 0 {
		return value
	}
	return body[:len(body)-1] + string(alphabet[last|1]) + value[len(body):]
}

// changeKeyName also meets the names of KMS providers, which have rules of their own.
func changeKeyName(r dice, config *node) {
	if names := config.named("name"); len(names) > 0 {
		*pick(r, names) = *str(pick(r, oddKeyNames))
	}
}

// lists are all lists that stand under this key.
func lists(config *node, key string) []*node {
	var found []*node
	for _, value := range config.named(key) {
		if value.shape == list && value.alias == "" {
			found = append(found, value)
		}
	}
	return found
}

func repeatKey(r dice, config *node) {
	if keys := lists(config, "keys"); len(keys) > 0 {
		repeatOne(r, pick(r, keys))
	}
}

func repeatOne(r dice, n *node) {
	if len(n.items) > 0 {
		n.items = append(n.items, pick(r, n.items).clone())
	}
}

func sameSecret(r dice, config *node) {
	if secrets := config.named("secret"); len(secrets) > 1 {
		*pick(r, secrets) = *pick(r, secrets).clone()
	}
}

// nameLists are the lists of resource names: those whose items are scalars.
func nameLists(config *node) []*node {
	var found []*node
	for _, value := range lists(config, "resources") {
		if len(value.items) > 0 && (value.items[0].shape == text || value.items[0].shape == raw) {
			found = append(found, value)
		}
	}
	return found
}

func changeResource(r dice, config *node) {
	if names := nameLists(config); len(names) > 0 {
		chosen := pick(r, names)
		chosen.items[r.IntN(len(chosen.items))] = resourceName(r)
	}
}

// resourceName is now and then unquoted, which makes an alias of a wildcard.
func resourceName(r dice) *node {
	if r.chance(5) {
		return asIs(pick(r, []string{"*.", "*.*", "*", "*.apps", "secrets", "yes", "1", "1.5", "null"}))
	}
	return str(pick(r, oddResources))
}

func addResource(r dice, config *node) {
	names := nameLists(config)
	if len(names) == 0 {
		return
	}
	chosen := pick(r, names)
	if r.chance(30) {
		repeatOne(r, chosen)
		return
	}
	i := r.IntN(len(chosen.items) + 1)
	chosen.items = append(chosen.items[:i:i], append([]*node{resourceName(r)}, chosen.items[i:]...)...)
}

func entriesOf(config *node) *node {
	if entries := config.get("resources"); entries != nil && entries.shape == list {
		return entries
	}
	return nil
}

func addEntry(r dice, config *node) {
	if entries := entriesOf(config); entries != nil {
		entries.items = append(entries.items, generateEntry(r, r.IntN(3)))
	}
}

func repeatEntry(r dice, config *node) {
	if entries := entriesOf(config); entries != nil {
		repeatOne(r, entries)
	}
}

func swapEntries(r dice, config *node) {
	if entries := entriesOf(config); entries != nil && len(entries.items) > 1 {
		swapItems(r, entries)
	}
}

func changeKMS(r dice, config *node) {
	all := config.named("kms")
	if len(all) == 0 {
		addKMS(r, config)
		all = config.named("kms")
	}
	if len(all) == 0 {
		return
	}
	kms := pick(r, all)
	switch r.IntN(6) {
	case 0, 1:
		kms.set("endpoint", str(pick(r, oddEndpoints)))
	case 2:
		kms.set("timeout", pick(r, []*node{str(pick(r, oddDurations)), asIs(pick(r, []string{"3", "0", "null", "~", "3s", "1.5", "12:30"}))}))
	case 3:
		kms.set("cachesize", asIs(pick(r, oddCounts)))
	case 4:
		kms.set("apiVersion", str(pick(r, oddVersions)))
	default:
		kms.remove(pick(r, []string{"name", "endpoint", "timeout", "cachesize", "apiVersion"}))
	}
}

func addKMS(r dice, config *node) {
	if providers := lists(config, "providers"); len(providers) > 0 {
		chosen := pick(r, providers)
		chosen.items = append(chosen.items, object(str("kms"), generateKMS(r)))
	}
}

func oddIdentity(r dice, config *node) {
	if providers := lists(config, "providers"); len(providers) > 0 {
		chosen := pick(r, providers)
		value := pick(r, []*node{null(), asIs("~"), asIs(""), asIs("{}"), asIs("true"), asIs("[]"), asIs("\"\""), object(str("x"), str("y"))})
		chosen.items = append(chosen.items, object(str("identity"), value))
	}
}

// twoProviders puts a second provider into one element.
func twoProviders(r dice, config *node) {
	providers := lists(config, "providers")
	if len(providers) == 0 {
		return
	}
	chosen := pick(r, providers)
	if len(chosen.items) == 0 {
		return
	}
	if element := pick(r, chosen.items); element.shape == mapping {
		element.items = append(element.items, generateProvider(r).items...)
	}
}

func oddProvider(r dice, config *node) {
	if providers := lists(config, "providers"); len(providers) > 0 {
		chosen := pick(r, providers)
		chosen.items = append(chosen.items, pick(r, []*node{
			object(), null(), str("identity"), seq(), object(str("vault"), object()), object(str("aescbc"), object()), object(str("aesgcm"), null()),
			object(str("secretbox"), object(str("keys"), seq())), object(str("aescbc"), object(str("keys"), null())), object(str("kms"), object()),
			object(str("secretbox"), object(str("keys"), seq(object(), null()))),
		}))
	}
}

func nullList(r dice, config *node) {
	key := pick(r, []string{"resources", "resources", "providers", "keys"})
	if found := config.named(key); len(found) > 0 {
		*pick(r, found) = *pick(r, []*node{null(), asIs(""), seq(), object(), str("")})
	}
}

func changeHeader(r dice, config *node) {
	header := pick(r, oddHeaders)
	switch {
	case r.chance(15):
		config.remove(pick(r, []string{"apiVersion", "kind"}))
	default:
		config.set("apiVersion", asIs(header[0]))
		config.set("kind", asIs(header[1]))
	}
}

// aMapping picks a mapping that has pairs.
func aMapping(r dice, config *node) *node {
	var found []*node
	for _, n := range config.all(mapping) {
		if len(n.items) > 1 && n.alias == "" {
			found = append(found, n)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return pick(r, found)
}

func renameField(r dice, config *node) {
	n := aMapping(r, config)
	if n == nil {
		return
	}
	i := r.IntN(len(n.items)/2) * 2
	others := otherFields[n.items[i].value]
	if len(others) == 0 {
		return
	}
	other := str(pick(r, others))
	if r.chance(50) { // beside the right one: what a JSON decoder that folds case would take
		n.items = append(n.items, other, n.items[i+1].clone())
		return
	}
	n.items[i] = other
}

func unknownField(r dice, config *node) {
	if n := aMapping(r, config); n != nil {
		n.add(pick(r, []string{"comment", "x", "ttl", "keys", "name", "providers", "timeout", "metadata", "secret"}), pick(r, []*node{oddScalar(r), str("x"), object()}))
	}
}

// repeatField says a field twice, with the same or another value.
func repeatField(r dice, config *node) {
	n := aMapping(r, config)
	if n == nil {
		return
	}
	i := r.IntN(len(n.items)/2) * 2
	value := n.items[i+1].clone()
	if r.chance(50) {
		value = pick(r, []*node{null(), str("again"), oddScalar(r), seq(), object()})
	}
	n.items = append(n.items, n.items[i].clone(), value)
}

// extraMetadata is what people take over from other objects.
func extraMetadata(r dice, config *node) {
	config.add("metadata", pick(r, []*node{object(str("name"), str("enc")), object(), null(), object(str("creationTimestamp"), null())}))
}

func nullField(r dice, config *node) {
	if n := aMapping(r, config); n != nil {
		n.items[at(r, n)] = pick(r, []*node{null(), asIs("~"), asIs(""), asIs("Null")})
	}
}
