/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypt/decrypt.h"
#include "kube/storage.h"

/*
 * Any bytes as a value in etcd: they are one form, what is told of it lies within them, and they
 * open to no object but one. The same bytes as a key in etcd: it is a resource's, and then its
 * folder's.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define KEYS                                                                              \
	"keys: [{name: key1, secret: MDEyMzQ1Njc4OWFiY2RlZg==}, {name: \"a:b\", secret: " \
	"MDEyMzQ1Njc4OWFiY2RlZg==}]"
static const char config[] =
	"kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources:\n"
	"- resources: [secrets]\n  providers: [{aescbc: {" KEYS "}}, {aesgcm: {" KEYS "}}, "
	"{secretbox: {keys: [{name: key1, secret: "
	"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=}]}}, {kms: {apiVersion: v2, name: vault, "
	"endpoint: \"unix:///k\"}}]\n";

static struct ar_stored_name *names;
static size_t name_count;
static struct ar_keyring *keyring;
static struct ar_writer writer;

/* What hangs on guarded memory is out of the leak check's sight. */
static void done(void)
{
	ar_keyring_close(keyring);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	struct ar_err err = AR_ERR_INIT;
	struct ar_text text = { "enc.yaml", config, sizeof config - 1, true };
	static struct ar_tree *tree;
	static struct ar_encconf *conf;

	(void)argc;
	(void)argv;
	if (ar_encconf_read(&text, -1, &problems, &tree, &conf, &err) != 0 ||
	    ar_stored_names(conf, &names, &name_count, &err) != 0 ||
	    ar_keyring_open(conf, NULL, &keyring, &err) != 0 ||
	    ar_writer_of(conf, conf->entries, &writer, &err) != 0)
		abort();
	ar_enc_problems_done(&problems);
	return atexit(done);
}

static void check_stored(const char *value, size_t size, const struct ar_stored *stored)
{
	bool named = stored->kind <= AR_STORED_KMS2;

	if (stored->kind >= AR_STORED_KINDS || named != (stored->name != NULL) ||
	    (stored->prefix_len > 0) != named || stored->prefix_len > size)
		abort();
	if (named && (stored->name + stored->name_len != value + stored->prefix_len - 1 ||
		      value[stored->prefix_len - 1] != ':'))
		abort();
	if (stored->key_id && (stored->key_id < value + stored->prefix_len ||
			       stored->key_id + stored->key_id_len > value + size))
		abort();
	if (ar_writer_wrote(&writer, stored) !=
	    (named && strncmp(value, writer.prefix, strlen(writer.prefix)) == 0 &&
	     stored->prefix_len == strlen(writer.prefix)))
		abort();
}

static void check_value(const uint8_t *data, size_t size)
{
	static const char etcd_key[] = "/registry/secrets/default/a";
	static const struct ar_decrypt_want want = { "Secret", "default", "a" },
					    other = { "Secret", "default", "b" };
	struct ar_err err = AR_ERR_INIT;
	enum ar_decrypted first, second;
	struct ar_stored stored = ar_stored_read(data, size, names, name_count);

	const struct ar_decrypt_value value = { etcd_key, sizeof etcd_key - 1, data, size,
						&stored };
	check_stored((const char *)data, size, &stored);
	if (ar_decrypt_check(keyring, &value, &want, &first, &err) != 0 ||
	    ar_decrypt_check(keyring, &value, &other, &second, &err) != 0)
		abort();
	if (first == second && (first == AR_DECRYPTED_OK || first == AR_DECRYPTED_PLAIN))
		abort();
}

static void check_key(const char *key, size_t size)
{
	char folder[AR_STORAGE_MAX];
	struct ar_resource resource;
	size_t len;

	if (!ar_storage_resource("/registry", key, size, &resource, &len))
		return;
	if (len >= size || !ar_storage_folder("/registry", &resource, folder, sizeof folder) ||
	    strlen(folder) != len || memcmp(folder, key, len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_value(data, size);
	check_key((const char *)data, size);
	return 0;
}
