/* SPDX-License-Identifier: Apache-2.0 */

/* ar-stored: what we say of a value in etcd under a config: its form, whether the resource's writer
 * wrote it, and what comes out of it. */

#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "crypt/decrypt.h"
#include "kube/entries.h"
#include "kube/resources.h"
#include "plan/scope.h"
#include "serve.h"

struct ask { /* the request's own fields */
	const char *resource, *key, *kind, *namespace, *name;
	char *value;
	size_t len;
};

static void ask_done(struct ask *ask)
{
	free(ask->value);
}

static const char *string_of(const json_t *line, const char *field)
{
	const char *text = json_string_value(json_object_get(line, field));

	return text ? text : "";
}

static int read_ask(const json_t *line, struct ask *ret)
{
	*ret = (struct ask){ string_of(line, "resource"),
			     string_of(line, "key"),
			     string_of(line, "kind"),
			     string_of(line, "namespace"),
			     string_of(line, "name"),
			     NULL,
			     0 };
	/* Nothing at all is left out of a request. */
	if (!json_object_get(line, "value"))
		return (ret->value = malloc(1)) ? 0 : -1;
	return serve_bytes(line, "value", &ret->value, &ret->len);
}

static const char *const result_words[AR_DECRYPTED_RESULTS] = {
	[AR_DECRYPTED_OK] = "ok",           [AR_DECRYPTED_PLAIN] = "plain",
	[AR_DECRYPTED_NO_KEY] = "no key",   [AR_DECRYPTED_WRONG] = "wrong",
	[AR_DECRYPTED_OTHER] = "other",     [AR_DECRYPTED_KMS] = "kms",
	[AR_DECRYPTED_UNKNOWN] = "unknown",
};

static struct ar_resource resource_of(const char *name)
{
	struct ar_resource resource = { .custom = ar_resource_sort_of(name, NULL) ==
						  AR_RESOURCE_CUSTOM };
	struct ar_group_resource split = ar_group_resource_split(name);

	memcpy(resource.resource, split.resource, split.resource_len);
	memcpy(resource.group, split.group, split.group_len);
	return resource;
}

/* Who writes it: by the scope, where the config covers it; else nobody encrypts it. */
static int find_writer(const struct ar_encconf *conf, const struct ask *ask, json_t *ret_answer,
		       struct ar_writer *ret, struct ar_err *err)
{
	AR_SCOPE_AUTO struct ar_scope scope = AR_SCOPE_INIT;
	struct ar_resource resource = resource_of(ask->resource);
	const struct ar_scope_ask scope_ask = { "/registry", &resource, 1, ask->resource };

	*ret = (struct ar_writer){ .provider = AR_IDENTITY };
	if (!ar_entry_of(conf, &resource))
		return 0;
	if (ar_scope_compose(conf, &scope_ask, &scope, err) != 0)
		return -1;
	*ret = scope.items[0].writer;
	return json_object_set_new(ret_answer, "folder", json_string(scope.items[0].folder));
}

static void tell(const struct ar_stored *stored, json_t *ret_answer)
{
	json_object_set_new(ret_answer, "form", json_string(ar_stored_word(stored->kind)));
	json_object_set_new(ret_answer, "key_name",
			    stored->name ? json_stringn(stored->name, stored->name_len)
					 : json_null());
	json_object_set_new(ret_answer, "key_id",
			    stored->key_id ? json_stringn(stored->key_id, stored->key_id_len)
					   : json_null());
}

static int look(const struct ar_encconf *conf, const struct ask *ask,
		const struct ar_stored *stored, json_t *ret_answer, struct ar_err *err)
{
	AR_KEYRING_AUTO struct ar_keyring *keyring = NULL;
	struct ar_resource resource = resource_of(ask->resource);
	const struct ar_decrypt_want want = { ask->kind, ask->namespace, ask->name };
	enum ar_decrypted result;

	if (ar_keyring_open(conf, &resource, &keyring, err) != 0 ||
	    ar_decrypt_check(keyring,
			     &(struct ar_decrypt_value){ ask->key, strlen(ask->key), ask->value,
							 ask->len, stored },
			     &want, &result, err) != 0)
		return -1;
	return json_object_set_new(ret_answer, "result", json_string(result_words[result]));
}

static int answer_with(const struct ar_encconf *conf, const struct ask *ask, json_t *ret_answer,
		       struct ar_err *err)
{
	AR_FREE_AUTO struct ar_stored_name *names = NULL;
	struct ar_writer writer;
	size_t count;

	if (ar_stored_names(conf, &names, &count, err) != 0 ||
	    find_writer(conf, ask, ret_answer, &writer, err) != 0)
		return -1;
	struct ar_stored stored = ar_stored_read(ask->value, ask->len, names, count);
	tell(&stored, ret_answer);
	json_object_set_new(ret_answer, "stale", json_boolean(!ar_writer_wrote(&writer, &stored)));
	json_object_set_new(ret_answer, "prefix", json_string(writer.prefix));
	return look(conf, ask, &stored, ret_answer, err);
}

static int answer(const struct request *request, json_t *ret_answer, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	__attribute__((cleanup(ask_done))) struct ask ask;

	if (read_ask(request->line, &ask) != 0)
		return ar_err_set(err, "no proper request");
	if (ar_encconf_read(&request->text, -1, &problems, &tree, &conf, err) != 0)
		return -1;
	return conf ? answer_with(conf, &ask, ret_answer, err) : ar_err_set(err, "no config");
}

int main(void)
{
	return serve(true, answer);
}
