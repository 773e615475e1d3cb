/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pb.h"

#define ENCRYPTED   "k8s:enc:"
#define NAME_MAX_   ((size_t)255) /* what a writer's name may have, and an unknown name */
#define KEY_ID_MAX  ((size_t)1024)
#define KEY_ID      2 /* of EncryptedObject */
#define LENGTH(lit) (sizeof(lit) - 1)

/* What a value begins with. No row is the beginning of another, but for that of every encrypted
 * one, which comes last. */
static const struct form {
	enum ar_stored_kind kind;
	const char *head;
	size_t len;
	bool named; /* a name and a ':' follow */
} forms[] = {
	{ AR_STORED_AESCBC, ENCRYPTED "aescbc:v1:", LENGTH(ENCRYPTED "aescbc:v1:"), true },
	{ AR_STORED_AESGCM, ENCRYPTED "aesgcm:v1:", LENGTH(ENCRYPTED "aesgcm:v1:"), true },
	{ AR_STORED_SECRETBOX, ENCRYPTED "secretbox:v1:", LENGTH(ENCRYPTED "secretbox:v1:"), true },
	{ AR_STORED_KMS1, ENCRYPTED "kms:v1:", LENGTH(ENCRYPTED "kms:v1:"), true },
	{ AR_STORED_KMS2, ENCRYPTED "kms:v2:", LENGTH(ENCRYPTED "kms:v2:"), true },
	{ AR_STORED_PROTOBUF, "k8s\0", 4, false },
	{ AR_STORED_JSON, "{", 1, false },
	{ AR_STORED_CBOR, "\xd9\xd9\xf7", 3, false },
	{ AR_STORED_FOREIGN, ENCRYPTED, LENGTH(ENCRYPTED), false },
};

static const char *const words[AR_STORED_KINDS] = {
	[AR_STORED_AESCBC] = "aescbc:v1",
	[AR_STORED_AESGCM] = "aesgcm:v1",
	[AR_STORED_SECRETBOX] = "secretbox:v1",
	[AR_STORED_KMS1] = "kms:v1",
	[AR_STORED_KMS2] = "kms:v2",
	[AR_STORED_PROTOBUF] = "plain (protobuf)",
	[AR_STORED_JSON] = "plain (JSON)",
	[AR_STORED_CBOR] = "plain (CBOR)",
	[AR_STORED_FOREIGN] = "unknown provider",
	[AR_STORED_UNKNOWN] = "unknown",
	[AR_STORED_EMPTY] = "empty",
};

const char *ar_stored_word(enum ar_stored_kind kind)
{
	return words[kind];
}

bool ar_stored_is_encrypted(enum ar_stored_kind kind)
{
	return kind <= AR_STORED_KMS2 || kind == AR_STORED_FOREIGN;
}

bool ar_stored_is_plain(enum ar_stored_kind kind)
{
	return kind >= AR_STORED_PROTOBUF && kind <= AR_STORED_CBOR;
}

static const struct form *form_of_kind(enum ar_stored_kind kind)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (forms[i].kind == kind)
			return &forms[i];
	return NULL;
}

static const struct form *form_of_value(const char *value, size_t len)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (len >= forms[i].len && memcmp(value, forms[i].head, forms[i].len) == 0)
			return &forms[i];
	return NULL;
}

/* --- names ----------------------------------------------------------------------------------- */

/* How a provider's values begin; AR_STORED_KINDS for identity, and what no server takes. */
static enum ar_stored_kind kind_of_provider(const struct ar_enc_provider *provider)
{
	static const enum ar_stored_kind kinds[AR_PROVIDER_KINDS + 1] = {
		[AR_KMS] = AR_STORED_KINDS,      [AR_AESGCM] = AR_STORED_AESGCM,
		[AR_AESCBC] = AR_STORED_AESCBC,  [AR_SECRETBOX] = AR_STORED_SECRETBOX,
		[AR_IDENTITY] = AR_STORED_KINDS, [AR_PROVIDER_KINDS] = AR_STORED_KINDS,
	};

	if (provider->kind == AR_KMS && strcmp(provider->kms->api_version, "v1") == 0)
		return AR_STORED_KMS1;
	if (provider->kind == AR_KMS && strcmp(provider->kms->api_version, "v2") == 0)
		return AR_STORED_KMS2;
	return kinds[provider->kind];
}

static size_t name_count(const struct ar_enc_provider *provider)
{
	return provider->kind == AR_KMS ? 1 : provider->key_count;
}

static const char *name_at(const struct ar_enc_provider *provider, size_t index)
{
	return provider->kind == AR_KMS ? provider->kms->name : provider->keys[index].name;
}

static size_t count_names(const struct ar_encconf *conf)
{
	size_t count = 0;

	for (size_t i = 0; i < conf->entry_count; i++)
		for (size_t j = 0; j < conf->entries[i].provider_count; j++)
			count += name_count(&conf->entries[i].providers[j]);
	return count;
}

static size_t put_names(const struct ar_enc_entry *entry, struct ar_stored_name *list)
{
	size_t count = 0;

	for (size_t i = 0; i < entry->provider_count; i++) {
		const struct ar_enc_provider *provider = &entry->providers[i];
		enum ar_stored_kind kind = kind_of_provider(provider);
		for (size_t j = 0; j < name_count(provider) && kind != AR_STORED_KINDS; j++)
			if (*name_at(provider, j))
				list[count++] = (struct ar_stored_name){ kind,
									 name_at(provider, j) };
	}
	return count;
}

int ar_stored_names(const struct ar_encconf *conf, struct ar_stored_name **ret, size_t *ret_count,
		    struct ar_err *err)
{
	size_t most = count_names(conf), count = 0;
	struct ar_stored_name *list = calloc(most ? most : 1, sizeof *list);

	if (!list)
		return ar_err_oom(err);
	for (size_t i = 0; i < conf->entry_count; i++)
		count += put_names(&conf->entries[i], list + count);
	*ret = list;
	*ret_count = count;
	return 0;
}

/* --- a value --------------------------------------------------------------------------------- */

static size_t known_name(const char *at, size_t len, enum ar_stored_kind kind,
			 const struct ar_stored_name *names, size_t count)
{
	size_t best = 0;

	for (size_t i = 0; i < count; i++) {
		size_t name = strlen(names[i].name);
		if (names[i].kind == kind && name > best && name < len && at[name] == ':' &&
		    memcmp(at, names[i].name, name) == 0)
			best = name;
	}
	return best;
}

/* What is longer than any name is none, but bytes of a damaged value. */
static size_t unknown_name(const char *at, size_t len)
{
	const char *colon = memchr(at, ':', len > NAME_MAX_ ? NAME_MAX_ + 1 : len);

	return colon ? (size_t)(colon - at) : 0;
}

static bool is_utf8(const char *text, size_t len)
{
	for (size_t at = 0, step; at < len; at += step) {
		step = ar_utf8_len(text + at, len - at, NULL);
		if (step == 0)
			return false;
	}
	return true;
}

/* Only from a message that is whole: of a piece, nothing says which field comes last. */
static void read_key_id(const char *at, size_t len, struct ar_stored *stored)
{
	struct ar_pb pb = ar_pb_over(at, len);
	struct ar_pb_field field, id = { .number = 0 };

	while (ar_pb_next(&pb, &field))
		if (field.number == KEY_ID)
			id = field;
	if (pb.bad || id.number != KEY_ID || id.wire != AR_PB_BYTES || id.len == 0 ||
	    id.len > KEY_ID_MAX)
		return;
	const char *text = (const char *)id.data;
	if (!is_utf8(text, id.len))
		return;
	stored->key_id = text;
	stored->key_id_len = id.len;
}

static struct ar_stored read_named(const struct form *form, const char *value, size_t len,
				   const struct ar_stored_name *names, size_t count)
{
	const char *at = value + form->len;
	size_t left = len - form->len;
	size_t name = known_name(at, left, form->kind, names, count);

	if (name == 0)
		name = unknown_name(at, left);
	if (name == 0)
		return (struct ar_stored){ .kind = AR_STORED_FOREIGN };
	struct ar_stored stored = {
		.kind = form->kind, .name = at, .name_len = name, .prefix_len = form->len + name + 1
	};
	if (stored.kind == AR_STORED_KMS2)
		read_key_id(value + stored.prefix_len, len - stored.prefix_len, &stored);
	return stored;
}

struct ar_stored ar_stored_read(const void *value, size_t len, const struct ar_stored_name *names,
				size_t name_count_)
{
	if (len == 0)
		return (struct ar_stored){ .kind = AR_STORED_EMPTY };
	const struct form *form = form_of_value(value, len);
	if (form && form->named)
		return read_named(form, value, len, names, name_count_);
	return (struct ar_stored){ .kind = form ? form->kind : AR_STORED_UNKNOWN };
}

/* --- writers --------------------------------------------------------------------------------- */

/* "a" and "a:b". The random bytes behind the shorter name may go on as the longer one does. */
static bool begin_alike(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b), least = a_len < b_len ? a_len : b_len;

	return a_len != b_len && memcmp(a, b, least) == 0 && (a_len < b_len ? b : a)[least] == ':';
}

static bool is_ambiguous(const struct ar_encconf *conf, enum ar_stored_kind kind, const char *name)
{
	for (size_t i = 0; i < conf->entry_count; i++)
		for (size_t j = 0; j < conf->entries[i].provider_count; j++) {
			const struct ar_enc_provider *other = &conf->entries[i].providers[j];
			for (size_t k = 0; k < name_count(other); k++)
				if (kind_of_provider(other) == kind &&
				    begin_alike(name_at(other, k), name))
					return true;
		}
	return false;
}

static int named_writer(const struct ar_encconf *conf, const struct ar_enc_provider *provider,
			struct ar_writer *ret, struct ar_err *err)
{
	enum ar_stored_kind kind = kind_of_provider(provider);
	const struct form *form = form_of_kind(kind);

	if (!form)
		return ar_err_set(err, "the provider that writes is none that is known here");
	if (name_count(provider) == 0 || !*name_at(provider, 0))
		return ar_err_set(err, "the provider that writes has no %s",
				  provider->kind == AR_KMS ? "name" : "key with a name");
	const char *name = name_at(provider, 0);
	if (strlen(name) > NAME_MAX_)
		return ar_err_set(err, "the name of the key that writes is longer than %zu bytes",
				  NAME_MAX_);
	*ret = (struct ar_writer){ .provider = provider->kind,
				   .ambiguous = is_ambiguous(conf, kind, name) };
	snprintf(ret->name, sizeof ret->name, "%s", name);
	snprintf(ret->prefix, sizeof ret->prefix, "%s%s:", form->head, name);
	return 0;
}

int ar_writer_of(const struct ar_encconf *conf, const struct ar_enc_entry *entry,
		 struct ar_writer *ret, struct ar_err *err)
{
	if (entry->provider_count == 0)
		return ar_err_set(err, "an entry of the config has no provider");
	if (entry->providers[0].kind != AR_IDENTITY)
		return named_writer(conf, &entry->providers[0], ret, err);
	*ret = (struct ar_writer){ .provider = AR_IDENTITY };
	return 0;
}

bool ar_writer_wrote(const struct ar_writer *writer, const struct ar_stored *stored)
{
	const struct form *form = form_of_kind(stored->kind);

	if (writer->provider == AR_IDENTITY)
		return !ar_stored_is_encrypted(stored->kind);
	/* The kind is in the prefix: it tells kms v1 from v2, too. */
	return form && form->named && stored->name &&
	       strncmp(writer->prefix, form->head, form->len) == 0 &&
	       ar_text_is(stored->name, stored->name_len, writer->name);
}
