/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/decrypt.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/secret.h"
#include "crypt/crypt_impl.h"
#include "kube/entries.h"

struct ar_keyring {
	struct ar__key *keys; /* guarded */
	size_t count;
	uint8_t *plain; /* guarded, grows, used again */
	size_t room;
	EVP_CIPHER_CTX *aes;
};

/* --- keys ------------------------------------------------------------------------------------ */

static enum ar_stored_kind kind_of(enum ar_provider_kind provider)
{
	static const enum ar_stored_kind kinds[AR_PROVIDER_KINDS + 1] = {
		[AR_KMS] = AR_STORED_KINDS,      [AR_AESGCM] = AR_STORED_AESGCM,
		[AR_AESCBC] = AR_STORED_AESCBC,  [AR_SECRETBOX] = AR_STORED_SECRETBOX,
		[AR_IDENTITY] = AR_STORED_KINDS, [AR_PROVIDER_KINDS] = AR_STORED_KINDS,
	};

	return kinds[provider];
}

/* A key that the API server would take: a name, and as many bytes as the provider wants. */
static bool is_usable(const struct ar_enc_key *key, enum ar_stored_kind kind)
{
	bool aes = key->bytes == 16 || key->bytes == 24;

	return kind != AR_STORED_KINDS && *key->name && key->secret &&
	       (key->bytes == AR__KEY_MAX || (aes && kind != AR_STORED_SECRETBOX));
}

static bool is_asked(const struct ar_encconf *conf, const struct ar_enc_entry *entry,
		     const struct ar_resource *resource)
{
	return !resource || ar_entry_holds(conf, entry, resource);
}

static size_t count_keys(const struct ar_enc_entry *entry)
{
	size_t count = 0;

	for (size_t i = 0; i < entry->provider_count; i++)
		count += entry->providers[i].key_count;
	return count;
}

static int take_bytes(const struct ar_encconf *conf, const struct ar_enc_key *from,
		      struct ar__key *key, struct ar_err *err)
{
	size_t len;
	const char *text = ar_node_text(conf->tree, from->secret, &len);
	uint8_t *wide = ar_secret_alloc(len + 1);

	if (!wide)
		return ar_err_oom(err);
	long bytes = ar_base64_decode(text, len, wide, NULL);
	if (bytes > 0 && (size_t)bytes == from->bytes) {
		memcpy(key->bytes, wide, from->bytes);
		key->len = from->bytes;
	}
	ar_secret_free(wide);
	return 0;
}

static int add_key(struct ar_keyring *keyring, const struct ar_encconf *conf,
		   const struct ar_enc_key *from, enum ar_stored_kind kind, struct ar_err *err)
{
	struct ar__key *key = &keyring->keys[keyring->count];

	*key = (struct ar__key){ .kind = kind, .name = strdup(from->name) };
	if (!key->name)
		return ar_err_oom(err);
	keyring->count++;
	return take_bytes(conf, from, key, err);
}

static int add_keys(struct ar_keyring *keyring, const struct ar_encconf *conf,
		    const struct ar_enc_entry *entry, struct ar_err *err)
{
	for (size_t i = 0; i < entry->provider_count; i++) {
		const struct ar_enc_provider *provider = &entry->providers[i];
		enum ar_stored_kind kind = kind_of(provider->kind);
		for (size_t j = 0; j < provider->key_count; j++)
			if (is_usable(&provider->keys[j], kind) &&
			    add_key(keyring, conf, &provider->keys[j], kind, err) != 0)
				return -1;
	}
	return 0;
}

static int fill(struct ar_keyring *keyring, const struct ar_encconf *conf,
		const struct ar_resource *resource, struct ar_err *err)
{
	size_t most = 1;

	for (size_t i = 0; i < conf->entry_count; i++)
		most += count_keys(&conf->entries[i]);
	keyring->aes = EVP_CIPHER_CTX_new();
	keyring->keys = ar_secret_alloc(most * sizeof *keyring->keys);
	if (!keyring->aes || !keyring->keys)
		return ar_err_oom(err);
	for (size_t i = 0; i < conf->entry_count; i++)
		if (is_asked(conf, &conf->entries[i], resource) &&
		    add_keys(keyring, conf, &conf->entries[i], err) != 0)
			return -1;
	return 0;
}

int ar_keyring_open(const struct ar_encconf *conf, const struct ar_resource *resource,
		    struct ar_keyring **ret, struct ar_err *err)
{
	AR_KEYRING_AUTO struct ar_keyring *keyring = calloc(1, sizeof *keyring);

	if (!keyring)
		return ar_err_oom(err);
	if (fill(keyring, conf, resource, err) != 0)
		return -1;
	*ret = keyring;
	keyring = NULL;
	return 0;
}

void ar_keyring_close(struct ar_keyring *keyring)
{
	if (!keyring)
		return;
	for (size_t i = 0; i < keyring->count; i++)
		free(keyring->keys[i].name);
	ar_secret_free(keyring->keys);
	ar_secret_free(keyring->plain);
	EVP_CIPHER_CTX_free(keyring->aes);
	free(keyring);
}

/* --- one value ------------------------------------------------------------------------------- */

static int make_room(struct ar_keyring *keyring, size_t len, struct ar_err *err)
{
	size_t room = keyring->room ? keyring->room : 4096;

	if (len <= keyring->room)
		return 0;
	while (room < len)
		room = room > SIZE_MAX / 2 ? len : room * 2;
	ar_secret_free(keyring->plain);
	keyring->room = 0;
	keyring->plain = ar_secret_alloc(room);
	if (!keyring->plain)
		return ar_err_oom(err);
	keyring->room = room;
	return 0;
}

struct look_up { /* a value without the provider's part of its prefix */
	enum ar_stored_kind kind;
	const uint8_t *at;
	size_t len;
	const char *etcd_key;
	size_t etcd_key_len;
};

/* Its name and a ':' stand there. A name that another one begins with is tried, too, as upstream
 * does. */
static bool is_named(const struct ar__key *key, const struct look_up *value)
{
	size_t name = strlen(key->name);

	return key->kind == value->kind && key->len > 0 && name < value->len &&
	       memcmp(value->at, key->name, name) == 0 && value->at[name] == ':';
}

/* The first key that opens it. *ret_tried: how many have its name. */
static int try_keys(struct ar_keyring *keyring, const struct look_up *value, size_t *ret_tried,
		    struct ar__opened *ret, struct ar_err *err)
{
	struct ar__opened opened = { .opened = false };
	size_t tried = 0;

	for (size_t i = 0; i < keyring->count && !opened.opened; i++) {
		const struct ar__key *key = &keyring->keys[i];
		if (!is_named(key, value))
			continue;
		size_t behind = strlen(key->name) + 1;
		struct ar__sealed sealed = { value->at + behind, value->len - behind,
					     value->etcd_key, value->etcd_key_len };
		tried++;
		if (ar__open(keyring->aes, key, &sealed, keyring->plain, &opened, err) != 0)
			return -1;
	}
	*ret_tried = tried;
	*ret = opened;
	return 0;
}

static enum ar_decrypted result_of(enum ar__look look, enum ar_stored_kind kind)
{
	switch (look) {
	case AR__LOOK_SAME: return ar_stored_is_plain(kind) ? AR_DECRYPTED_PLAIN : AR_DECRYPTED_OK;
	case AR__LOOK_UNREAD: return AR_DECRYPTED_UNKNOWN;
	case AR__LOOK_NONE:
		/* aescbc vouches for nothing: a wrong key passes once in 256. */
		return kind == AR_STORED_AESCBC ? AR_DECRYPTED_WRONG : AR_DECRYPTED_OTHER;
	default: return AR_DECRYPTED_OTHER;
	}
}

static int check_sealed(struct ar_keyring *keyring, const struct look_up *value,
			const struct ar_decrypt_want *want, enum ar_decrypted *ret,
			struct ar_err *err)
{
	struct ar__opened opened;
	enum ar__look look = AR__LOOK_NONE;
	size_t tried;

	if (make_room(keyring, value->len, err) != 0)
		return -1;
	int result = try_keys(keyring, value, &tried, &opened, err);
	if (result == 0 && opened.opened)
		result = ar__look_at(keyring->plain, opened.len, want, &look, err);
	ar_secret_wipe(keyring->plain, value->len);
	if (result != 0)
		return -1;
	if (opened.opened)
		*ret = result_of(look, value->kind);
	else
		*ret = tried ? AR_DECRYPTED_WRONG : AR_DECRYPTED_NO_KEY;
	return 0;
}

static int check_plain(const void *value, size_t len, enum ar_stored_kind kind,
		       const struct ar_decrypt_want *want, enum ar_decrypted *ret,
		       struct ar_err *err)
{
	enum ar__look look;

	if (ar__look_at(value, len, want, &look, err) != 0)
		return -1;
	*ret = result_of(look, kind);
	return 0;
}

int ar_decrypt_check(struct ar_keyring *keyring, const struct ar_decrypt_value *value,
		     const struct ar_decrypt_want *want, enum ar_decrypted *ret, struct ar_err *err)
{
	const struct ar_stored *stored = value->stored;

	if (ar_stored_is_plain(stored->kind))
		return check_plain(value->data, value->len, stored->kind, want, ret, err);
	if (stored->kind <= AR_STORED_SECRETBOX && stored->name) {
		size_t head = stored->prefix_len - stored->name_len - 1;
		struct look_up sealed = { stored->kind, (const uint8_t *)value->data + head,
					  value->len - head, value->etcd_key, value->etcd_key_len };
		return check_sealed(keyring, &sealed, want, ret, err);
	}
	bool kms = stored->kind == AR_STORED_KMS1 || stored->kind == AR_STORED_KMS2;
	*ret = kms ? AR_DECRYPTED_KMS : AR_DECRYPTED_UNKNOWN;
	return 0;
}

const char *ar_decrypted_word(enum ar_decrypted result)
{
	static const char *const words[AR_DECRYPTED_RESULTS] = {
		[AR_DECRYPTED_OK] = "it can be read",
		[AR_DECRYPTED_PLAIN] = "it is not encrypted",
		[AR_DECRYPTED_NO_KEY] = "no key of its name is in the config",
		[AR_DECRYPTED_WRONG] = "the key of its name is not the one it was written with, "
				       "or it is damaged",
		[AR_DECRYPTED_OTHER] = "it can be read, and is not the object that its place in "
				       "etcd says",
		[AR_DECRYPTED_KMS] = "only its kms plugin can read it",
		[AR_DECRYPTED_UNKNOWN] = "its form is not known here",
	};

	return words[result];
}
