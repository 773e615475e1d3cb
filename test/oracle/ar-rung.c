/* SPDX-License-Identifier: Apache-2.0 */

/* ar-rung: a config one rung further, and what it is reduced to. */

#include <string.h>

#include "base/base64.h"
#include "base/scope.h"
#include "plan/reduce.h"
#include "plan/rung.h"
#include "serve.h"

static const char *string_of(const json_t *line, const char *field)
{
	return json_string_value(json_object_get(line, field));
}

static int add_word(const struct ar_key_table *table, unsigned number, json_t *list)
{
	char word[320];

	ar_key_word(table, number, word, sizeof word);
	return json_array_append_new(list, json_string(word));
}

/* The writer, and all that read: of the resource that the request names. */
static int tell(const struct ar_text *text, const char *resource, json_t *ret_answer,
		struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_key_table table = AR_KEY_TABLE_INIT;
	struct ar_resource named = { .custom = false };
	struct ar_rung rung;

	if (strlen(resource) >= sizeof named.resource)
		return ar_err_set(err, "no such resource");
	memcpy(named.resource, resource, strlen(resource));
	if (ar_encconf_read(text, -1, &problems, &tree, &conf, err) != 0)
		return -1;
	if (!conf || problems.count > 0)
		return ar_err_set(err, "no config");
	if (ar_reduce_resource(conf, &named, &table, &rung, err) != 0)
		return -1;
	json_t *reads = json_array(), *writer = json_array();
	int result = add_word(&table, rung.writer, writer);
	for (unsigned key = 0; key < AR_LADDER_KEYS; key++)
		if (rung.reads >> key & 1)
			result |= add_word(&table, key, reads);
	return result | json_object_set_new(ret_answer, "writer", writer) |
	       json_object_set_new(ret_answer, "reads", reads);
}

static int climb(const struct request *request, const char *op, struct ar_edits *edits,
		 struct ar_buf *out, struct ar_err *err)
{
	const char *provider = string_of(request->line, "provider");
	const struct ar_rung_key key = {
		.provider = (enum ar_provider_kind)ar_provider_by_name(provider ? provider : ""),
		.name = string_of(request->line, "name"),
		.base64 = strcmp(op, "reader") == 0 ? string_of(request->line, "secret") : NULL,
		.made = string_of(request->line, "made"),
	};

	if (strcmp(op, "resources") == 0)
		return ar_rung_resources(&request->text, &(struct ar_rung_names){ &key.name, 1 },
					 edits, out, err);
	if (strcmp(op, "reader") == 0)
		return ar_rung_reader(&request->text, &key, edits, out, err);
	if (strcmp(op, "promote") == 0)
		return ar_rung_promote(&request->text, &key, edits, out, err);
	return ar_rung_prune(&request->text, &key, strcmp(op, "prune-plain") == 0, edits, out, err);
}

static int add_bytes(const struct ar_buf *buf, json_t *ret_answer)
{
	AR_FREE_AUTO char *text = malloc(AR_BASE64_LEN(buf->len) + 1);

	if (!text)
		return -1;
	ar_base64_encode((const uint8_t *)ar_buf_text(buf), buf->len, text);
	return json_object_set_new(ret_answer, "text", json_string(text));
}

static int answer(const struct request *request, json_t *ret_answer, struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = { .secret = true };
	const char *op = string_of(request->line, "op"),
		   *resource = string_of(request->line, "resource");

	if (!op)
		ar_buf_add(&out, request->text.data, request->text.len);
	else if (climb(request, op, &edits, &out, err) != 0)
		return -1;
	const struct ar_text now = { "input", ar_buf_text(&out), out.len, true };
	if (add_bytes(&out, ret_answer) != 0)
		return ar_err_oom(err);
	json_object_set_new(ret_answer, "edits", json_integer((json_int_t)edits.count));
	return tell(&now, resource ? resource : "secrets", ret_answer, err);
}

int main(void)
{
	return serve(true, answer);
}
