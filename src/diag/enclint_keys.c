/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/scope.h"
#include "base/secret.h"
#include "diag/encheck_impl.h"
#include "diag/nameset.h"

#define KEY_MAX 32

/* One key of the file, its bytes in guarded memory. */
struct held {
	const struct ar_enc_key *key;
	enum ar_provider_kind kind;
	size_t entry, provider, index; /* where it stands */
	const uint8_t *bytes;
	size_t len;
};

struct keys {
	struct held *list;
	size_t count;
	uint8_t *memory;
};

static void keys_done(struct keys *keys)
{
	ar_secret_free(keys->memory);
	free(keys->list);
}
#define KEYS_AUTO __attribute__((cleanup(keys_done)))

static size_t count_keys(const struct ar_encconf *conf)
{
	size_t count = 0;

	for (size_t i = 0; i < conf->entry_count; i++)
		for (size_t j = 0; j < conf->entries[i].provider_count; j++)
			count += conf->entries[i].providers[j].key_count;
	return count;
}

/* Adds one, where its bytes are a key: those of a wrong length are the verdict's. The length was
 * measured by the same decoder, so the bytes fit. */
static void hold(const struct ar__check *c, struct keys *keys, const struct held *place)
{
	struct held *held = &keys->list[keys->count];
	uint8_t *bytes = keys->memory + keys->count * KEY_MAX;
	size_t len;

	if (place->key->bytes != 16 && place->key->bytes != 24 && place->key->bytes != KEY_MAX)
		return;
	const char *text = ar_node_text(c->tree, place->key->secret, &len);
	*held = *place;
	held->bytes = bytes;
	held->len = (size_t)ar_base64_decode(text, len, bytes, NULL);
	keys->count++;
}

static void hold_all(const struct ar__check *c, struct keys *keys)
{
	for (size_t i = 0; i < c->conf->entry_count; i++) {
		const struct ar_enc_entry *entry = &c->conf->entries[i];
		for (size_t j = 0; j < entry->provider_count; j++) {
			const struct ar_enc_provider *provider = &entry->providers[j];
			for (size_t k = 0; k < provider->key_count; k++)
				hold(c, keys,
				     &(struct held){ .key = &provider->keys[k],
						     .kind = provider->kind,
						     .entry = i,
						     .provider = j,
						     .index = k });
		}
	}
}

static void report(struct ar__check *c, const struct held *held, const char *id, const char *field,
		   const char *what)
{
	char where[AR__PATH];
	const struct ar_node *node = ar__field_or(c, held->key->node, field);

	ar__path(where, "resources[%zu].providers[%zu].%s.keys[%zu].%s", held->entry,
		 held->provider, ar_provider_name(held->kind), held->index, field);
	ar__check_add(c, id, node, where, "%s", what);
}

/* --- bytes --- */

static bool is_sample(const struct held *held)
{
	static const char *const samples[] = {
		"secret is secure", "this is password", "abcdefghijklmnopqrstuvwxyz123456",
		"P@sswordP@ssword", "0123456789abcdef", "0123456789abcdef0123456789abcdef",
	};

	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		if (ar_text_is((const char *)held->bytes, held->len, samples[i]))
			return true;
	return false;
}

/* Random bytes are hardly ever all printable, have few values repeated, and do not count. */
static bool is_weak(const struct held *held)
{
	bool seen[256] = { false };
	size_t values = 0, printable = 0, steps = 0;

	for (size_t i = 0; i < held->len; i++) {
		uint8_t byte = held->bytes[i];
		values += !seen[byte];
		seen[byte] = true;
		printable += (byte >= 0x20 && byte < 0x7f) || byte == '\n';
		steps += i > 1 && (uint8_t)(byte - held->bytes[i - 1]) ==
					  (uint8_t)(held->bytes[i - 1] - held->bytes[i - 2]);
	}
	return printable == held->len || values * 2 <= held->len || steps * 2 > held->len;
}

static void lint_bytes(struct ar__check *c, const struct held *held)
{
	if (held->kind == AR_AESCBC && held->len < 32)
		report(c, held, "key-short", "secret",
		       held->len == 16 ? "the key has 16 bytes" : "the key has 24 bytes");
	if (is_sample(held))
		report(c, held, "key-sample", "secret", "this key is a public example");
	else if (is_weak(held))
		report(c, held, "key-weak", "secret", "the key's bytes are not random");
}

static int by_bytes(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	int order = x->len != y->len ? (x->len > y->len) - (x->len < y->len)
				     : memcmp(x->bytes, y->bytes, x->len);

	/* the memory was filled in the order of the file */
	return order ? order : (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

/* Sorts the list. */
static void lint_same_bytes(struct ar__check *c, struct keys *keys)
{
	char shown[AR__SHOWN], what[AR__PATH];

	if (keys->count > 1)
		qsort(keys->list, keys->count, sizeof *keys->list, by_bytes);
	for (size_t i = 1; i < keys->count; i++) {
		const struct held *before = &keys->list[i - 1], *held = &keys->list[i];
		if (before->len != held->len ||
		    memcmp(before->bytes, held->bytes, held->len) != 0 ||
		    strcmp(before->key->name, held->key->name) == 0)
			continue;
		ar__path(what, "the bytes are those of key %s",
			 ar__shown(shown, before->key->name));
		report(c, held, "key-bytes-twice", "secret", what);
	}
}

/* --- names --- */

static bool is_odd(const char *name)
{
	for (; *name; name++)
		if (*name == ':' || (unsigned char)*name <= ' ' || (unsigned char)*name >= 0x7f)
			return true;
	return false;
}

/* Values of one resource are told apart by provider and name: one set for each provider, for each
 * entry. */
static void lint_entry_names(struct ar__check *c, size_t i, const struct ar_enc_provider *provider,
			     size_t j, struct ar__nameset *names)
{
	char shown[AR__SHOWN], what[AR__PATH];

	for (size_t k = 0; k < provider->key_count && !c->oom; k++) {
		const struct ar_enc_key *key = &provider->keys[k];
		const struct held place = {
			.key = key, .kind = provider->kind, .entry = i, .provider = j, .index = k
		};
		size_t earlier;
		if (key->name[0] == '\0')
			continue;
		if (is_odd(key->name))
			report(c, &place, "key-name-odd", "name",
			       "the name holds a colon, a blank, a control or a "
			       "non-ASCII character");
		if (ar__nameset_find(names, key->name, strlen(key->name), &earlier)) {
			ar__path(what, "name %s is that of another key of this provider",
				 ar__shown(shown, key->name));
			report(c, &place, "key-name-twice", "name", what);
		}
		ar__nameset_put(names, key->name, strlen(key->name), k);
		c->oom = c->oom || names->oom;
	}
}

static void lint_names(struct ar__check *c)
{
	for (size_t i = 0; i < c->conf->entry_count && !c->oom; i++) {
		const struct ar_enc_entry *entry = &c->conf->entries[i];
		struct ar__nameset names[AR_PROVIDER_KINDS + 1] = { { .slots = NULL } };

		for (size_t j = 0; j < entry->provider_count; j++)
			lint_entry_names(c, i, &entry->providers[j], j,
					 &names[entry->providers[j].kind]);
		for (size_t kind = 0; kind <= AR_PROVIDER_KINDS; kind++)
			ar__nameset_done(&names[kind]);
	}
}

void ar__lint_keys(struct ar__check *c)
{
	size_t count = count_keys(c->conf);
	KEYS_AUTO struct keys keys = { .list = NULL };

	lint_names(c);
	if (count == 0)
		return;
	keys.list = calloc(count, sizeof *keys.list);
	keys.memory = keys.list ? ar_secret_alloc(count * KEY_MAX) : NULL;
	if (!keys.memory) {
		c->oom = true;
		return;
	}
	hold_all(c, &keys);
	for (size_t i = 0; i < keys.count; i++)
		lint_bytes(c, &keys.list[i]);
	lint_same_bytes(c, &keys);
}
