/* SPDX-License-Identifier: Apache-2.0 */

/* ar-ladder: atrest's decisions and bytes for the harness (README.md), by the oracle's protocol.
 * Keys are words here ("aescbc/key1", "plain"); the document is a config, or empty. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/scope.h"
#include "plan/first.h"
#include "plan/reduce.h"
#include "plan/rung.h"
#include "serve.h"

#define SERVERS AR_LADDER_SERVERS
#define LANES   8

static const char *string_of(const json_t *object, const char *field)
{
	const char *text = json_string_value(json_object_get(object, field));

	return text ? text : "";
}

static bool is_true(const json_t *object, const char *field)
{
	return json_is_true(json_object_get(object, field));
}

/* --- keys ------------------------------------------------------------------------------------ */

/* "aescbc/key2" apart; "plain" is identity. */
static int split(const char *word, enum ar_provider_kind *ret_provider, const char **ret_name,
		 struct ar_err *err)
{
	const char *slash = strchr(word, '/');
	char provider[32] = "identity";

	if (slash)
		snprintf(provider, sizeof provider, "%.*s", (int)(slash - word), word);
	const int kind = ar_provider_by_name(provider);
	if (kind < 0 || (!slash && strcmp(word, "plain") != 0))
		return ar_err_set(err, "'%s' is no key", word);
	*ret_provider = (enum ar_provider_kind)kind;
	*ret_name = slash ? slash + 1 : "";
	return 0;
}

static int number_of(struct ar_key_table *table, const char *word, unsigned *ret,
		     struct ar_err *err)
{
	enum ar_provider_kind provider;
	const char *name;

	return split(word, &provider, &name, err) != 0
		       ? -1
		       : ar_key_number(table, provider, name, ret, err);
}

static int set_of(struct ar_key_table *table, const json_t *list, ar_keyset *ret,
		  struct ar_err *err)
{
	size_t i;
	json_t *item;
	unsigned key;

	*ret = 0;
	json_array_foreach(list, i, item)
	{
		if (number_of(table, json_string_value(item), &key, err) != 0)
			return -1;
		*ret |= (ar_keyset)1 << key;
	}
	return 0;
}

static json_t *words_of(const struct ar_key_table *table, ar_keyset set)
{
	json_t *list = json_array();
	char word[300];

	for (unsigned key = 0; key < table->count; key++) {
		if (!(set >> key & 1))
			continue;
		ar_key_word(table, key, word, sizeof word);
		json_array_append_new(list, json_string(word));
	}
	return list;
}

static int rung_of(struct ar_key_table *table, const json_t *from, struct ar_rung *ret,
		   struct ar_err *err)
{
	*ret = AR_RUNG_PLAIN;
	return !from ? 0
	       : number_of(table, string_of(from, "writer"), &ret->writer, err) != 0
		       ? -1
		       : set_of(table, json_object_get(from, "reads"), &ret->reads, err);
}

static json_t *rung_to(const struct ar_key_table *table, struct ar_rung rung)
{
	json_t *object = json_object();
	char word[300];

	ar_key_word(table, rung.writer, word, sizeof word);
	json_object_set_new(object, "writer", json_string(word));
	json_object_set_new(object, "reads", words_of(table, rung.reads));
	return object;
}

/* --- the ladder ------------------------------------------------------------------------------ */

static int read_server(struct ar_key_table *table, const json_t *from, struct ar_ladder_server *ret,
		       struct ar_err *err)
{
	ret->known = is_true(from, "known");
	ret->gone = is_true(from, "gone");
	ret->told = is_true(from, "told");
	return rung_of(table, json_object_get(from, "loaded"), &ret->loaded, err) != 0
		       ? -1
		       : rung_of(table, json_object_get(from, "disk"), &ret->disk, err);
}

static int read_servers(struct ar_key_table *table, const json_t *from, struct ar_ladder_seen *ret,
			struct ar_err *err)
{
	const json_t *list = json_object_get(from, "servers");

	ret->count = json_array_size(list);
	ret->self = (size_t)json_integer_value(json_object_get(from, "self"));
	ret->all_told = is_true(from, "all_told");
	if (ret->count > SERVERS)
		return ar_err_set(err, "too many servers");
	for (size_t i = 0; i < ret->count; i++)
		if (read_server(table, json_array_get(list, i), &ret->servers[i], err) != 0)
			return -1;
	return 0;
}

static int read_seen(struct ar_key_table *table, const json_t *from, struct ar_ladder_seen *ret,
		     struct ar_err *err)
{
	*ret = (struct ar_ladder_seen){
		.file = is_true(from, "file"),
		.flag = is_true(from, "flag"),
		.current = is_true(from, "current"),
		.down = is_true(from, "down"),
		.counted = is_true(from, "counted"),
		.past_known = is_true(from, "past_known"),
		.persisted = is_true(from, "persisted"),
		.escrowed = is_true(from, "escrowed"),
	};
	return rung_of(table, json_object_get(from, "disk"), &ret->disk, err) != 0 ||
			       rung_of(table, json_object_get(from, "config"), &ret->config, err) !=
				       0 ||
			       set_of(table, json_object_get(from, "keys_here"), &ret->keys_here,
				      err) != 0 ||
			       set_of(table, json_object_get(from, "live"), &ret->live, err) != 0 ||
			       set_of(table, json_object_get(from, "past"), &ret->past, err) != 0
		       ? -1
		       : read_servers(table, from, ret, err);
}

static int read_goal(struct ar_key_table *table, const json_t *from, struct ar_ladder_goal *ret,
		     struct ar_err *err)
{
	*ret = (struct ar_ladder_goal){ .persist = is_true(from, "persist"),
					.rewrite = is_true(from, "rewrite") };
	return number_of(table, string_of(from, "writer"), &ret->writer, err) != 0
		       ? -1
		       : set_of(table, json_object_get(from, "keep"), &ret->keep, err);
}

static void write_step(const struct ar_key_table *table, const struct ar_ladder_step *step,
		       json_t *ret)
{
	static const char *const reasons[] = {
		[AR_LADDER_NO_REASON] = "",
		[AR_LADDER_NO_KEY] = "no-key",
		[AR_LADDER_FILE_LACKS] = "file-lacks",
		[AR_LADDER_FILE_WRITES] = "file-writes",
		[AR_LADDER_UNCOUNTED] = "uncounted",
		[AR_LADDER_NO_ESCROW] = "no-escrow",
		[AR_LADDER_UNTOLD] = "untold",
	};
	json_t *servers = json_array();

	for (int i = 0; i < (int)SERVERS; i++)
		if (step->servers >> i & 1)
			json_array_append_new(servers, json_integer(i));
	json_object_set_new(ret, "kind", json_string(ar_ladder_word(step->kind)));
	json_object_set_new(ret, "at", json_string(ar_ladder_word(step->at)));
	json_object_set_new(ret, "reason", json_string(reasons[step->reason]));
	json_object_set_new(ret, "turns", json_boolean(step->turns));
	json_object_set_new(ret, "out", json_boolean(step->out));
	json_object_set_new(ret, "file", rung_to(table, step->file));
	json_object_set_new(ret, "keys", words_of(table, step->keys));
	json_object_set_new(ret, "servers", servers);
}

static int next(const struct request *request, json_t *ret, struct ar_err *err)
{
	struct ar_key_table table = AR_KEY_TABLE_INIT;
	const json_t *lanes = json_object_get(request->line, "lanes");
	const size_t count = json_array_size(lanes);
	struct ar_ladder_step steps[LANES];
	struct ar_ladder_seen seen[LANES];
	struct ar_ladder_goal goal;

	if (count == 0 || count > LANES)
		return ar_err_set(err, "no lanes, or too many");
	if (read_goal(&table, json_object_get(request->line, "goal"), &goal, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (read_seen(&table, json_array_get(lanes, i), &seen[i], err) != 0)
			return -1;
		steps[i] = ar_ladder_next(&seen[i], &goal);
	}
	const struct ar_ladder_step step = ar_ladder_first(steps, count);
	write_step(&table, &step, ret);
	return 0;
}

/* --- files ----------------------------------------------------------------------------------- */

static int reduce(const struct request *request, json_t *ret, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_key_table table = AR_KEY_TABLE_INIT;
	struct ar_resource resource = { .group = "" };
	struct ar_rung rung;

	snprintf(resource.resource, sizeof resource.resource, "%s",
		 string_of(request->line, "resource"));
	if (ar_encconf_read(&request->text, -1, &problems, &tree, &conf, err) != 0)
		return -1;
	if (!conf)
		return ar_err_set(err, "no config");
	if (ar_reduce_resource(conf, &resource, &table, &rung, err) != 0)
		return -1;
	json_object_set_new(ret, "file", rung_to(&table, rung));
	return 0;
}

static int give_text(const struct ar_buf *out, json_t *ret)
{
	AR_FREE_AUTO char *text = malloc(AR_BASE64_LEN(out->len) + 1);

	if (!text)
		return -1;
	ar_base64_encode((const uint8_t *)ar_buf_text(out), out->len, text);
	return json_object_set_new(ret, "text", json_string(text));
}

static int change(const struct request *request, const char *how, json_t *ret, struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_rung_key key = {
		.base64 = json_string_value(json_object_get(request->line, "secret")),
		.made = json_string_value(json_object_get(request->line, "made")),
	};
	int done;

	edits.secret = out.secret = true;
	if (split(string_of(request->line, "key"), &key.provider, &key.name, err) != 0)
		return -1;
	if (strcmp(how, "reader") == 0)
		done = ar_rung_reader(&request->text, &key, &edits, &out, err);
	else if (strcmp(how, "promote") == 0)
		done = ar_rung_promote(&request->text, &key, &edits, &out, err);
	else
		done = ar_rung_prune(&request->text, &key, is_true(request->line, "plain"), &edits,
				     &out, err);
	return done != 0 ? -1 : give_text(&out, ret);
}

static int identity_first(const struct request *request, json_t *ret, struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	edits.secret = out.secret = true;
	return ar_first_identity(&request->text, &edits, &out, err) != 0 ? -1
									 : give_text(&out, ret);
}

static int name(const struct request *request, json_t *ret, struct ar_err *err)
{
	const json_t *list = json_object_get(request->line, "used");
	const char *used[64];
	char made[256];
	size_t count = 0;

	for (; count < json_array_size(list) && count < 64; count++)
		used[count] = json_string_value(json_array_get(list, count));
	if (ar_rung_name(string_of(request->line, "like"), used, count, made, sizeof made, err) !=
	    0)
		return -1;
	return json_object_set_new(ret, "name", json_string(made));
}

static int answer(const struct request *request, json_t *ret_answer, struct ar_err *err)
{
	const char *op = string_of(request->line, "op");

	if (strcmp(op, "next") == 0)
		return next(request, ret_answer, err);
	if (strcmp(op, "reduce") == 0)
		return reduce(request, ret_answer, err);
	if (strcmp(op, "identity") == 0)
		return identity_first(request, ret_answer, err);
	if (strcmp(op, "name") == 0)
		return name(request, ret_answer, err);
	if (strcmp(op, "reader") == 0 || strcmp(op, "promote") == 0 || strcmp(op, "prune") == 0)
		return change(request, op, ret_answer, err);
	return ar_err_set(err, "'%s' is no operation", op);
}

int main(void)
{
	return serve(true, answer);
}
