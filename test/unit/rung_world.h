/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/base64.h"
#include "encconf_help.h"
#include "plan/reduce.h"
#include "plan/rung.h"

/* Shared by the suites of the rungs: configs of many shapes and styles, and what a text means. */

enum op { READER, PROMOTE, PRUNE, PRUNE_PLAIN };

static inline int run(enum op op, const struct ar_rung_key *key, const struct ar_text *text,
		      struct ar_edits *edits, struct ar_buf *out, struct ar_err *err)
{
	switch (op) {
	case READER: return ar_rung_reader(text, key, edits, out, err);
	case PROMOTE: return ar_rung_promote(text, key, edits, out, err);
	default: return ar_rung_prune(text, key, op == PRUNE_PLAIN, edits, out, err);
	}
}

/* A text on its way up; what it means, and the edits that made it of the one before. */
struct state {
	struct ar_buf buf;
	struct ar_edits edits;
	struct ar_tree *tree;
	struct ar_encconf *conf;
	struct ar_rung rung[2];
};

static inline void state_done(struct state *state)
{
	ar_buf_done(&state->buf);
	ar_edits_done(&state->edits);
	ar_encconf_free(state->conf);
	ar_tree_free(state->tree);
}
#define STATE_AUTO __attribute__((cleanup(state_done))) struct state

static inline struct ar_text text_of(const struct state *state)
{
	return (struct ar_text){ "enc.yaml", ar_buf_text(&state->buf), state->buf.len, true };
}

static inline void understand(struct state *state, struct ar_key_table *table)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	const struct ar_text text = text_of(state);
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_encconf_read(&text, -1, &problems, &state->tree, &state->conf, &err),
			 0);
	ck_assert_msg(state->conf && problems.count == 0, "not read:\n%s", text.data);
	for (size_t i = 0; i < state->conf->entry_count; i++)
		ck_assert_msg(ar_reduce(&state->conf->entries[i], table, &state->rung[i], &err) ==
				      0,
			      "%s", err.msg);
}

/* --- many configs ---------------------------------------------------------------------------- */

enum style {
	NESTED,   /* block, each list deeper than its key */
	FLAT,     /* block, each list below its key; quoted, and keys in another order */
	INLINE,   /* flow on one line */
	MANY,     /* flow, one element a line */
	JSON_ONE, /* JSON on one line */
	JSON_MANY,
	STYLES
};

enum { CRLF = 1, BOM = 2, OPEN_END = 4, COMMENTS = 8 };
static const unsigned extras[] = { 0, CRLF | BOM, OPEN_END, COMMENTS, CRLF | OPEN_END | COMMENTS };
#define EXTRAS (sizeof extras / sizeof extras[0])

/* An element: its kind and how many keys it has; the last row ends a list. */
struct element {
	int kind;
	size_t keys;
};

/* One list of providers for each shape: identity first, last, none; shared and own elements. */
static const struct element shapes[][4] = {
	{ { AR_IDENTITY, 0 } },
	{ { AR_AESCBC, 1 } },
	{ { AR_AESCBC, 3 } },
	{ { AR_AESGCM, 2 }, { AR_IDENTITY, 0 } },
	{ { AR_IDENTITY, 0 }, { AR_SECRETBOX, 2 } },
	{ { AR_SECRETBOX, 1 }, { AR_AESCBC, 1 }, { AR_IDENTITY, 0 } },
	{ { AR_SECRETBOX, 1 }, { AR_IDENTITY, 0 }, { AR_AESCBC, 2 } },
	{ { AR_IDENTITY, 0 }, { AR_AESGCM, 1 }, { AR_AESCBC, 2 } },
	{ { AR_AESCBC, 1 }, { AR_SECRETBOX, 1 }, { AR_AESGCM, 1 }, { AR_IDENTITY, 0 } },
	{ { AR_KMS, 0 }, { AR_AESCBC, 2 }, { AR_IDENTITY, 0 } },
};
#define SHAPES (sizeof shapes / sizeof shapes[0])

struct world {
	enum style style;
	unsigned extras;
	char text[16384];
	size_t len, line;
};

/* The bytes of a key are made of its provider and its name. */
static inline void key_bytes(int kind, const char *name, char ret[AR_BASE64_LEN(32) + 1])
{
	uint8_t bytes[32];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)((size_t)kind * 61 + (size_t)name[strlen(name) - 1] * 7 +
				     i * i);
	ar_base64_encode(bytes, sizeof bytes, ret);
}

static inline void put(struct world *w, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n' && w->extras & CRLF)
			w->text[w->len++] = '\r';
		w->text[w->len++] = *text;
	}
	ck_assert_uint_lt(w->len, sizeof w->text);
	w->text[w->len] = '\0';
}

static inline void put_note(struct world *w, const char *indent)
{
	char note[64];

	if (!(w->extras & COMMENTS) || w->style > FLAT)
		return;
	snprintf(note, sizeof note, "%s# note %zu\n", indent, w->line++);
	put(w, note);
}

static inline void put_key(struct world *w, int kind, size_t index)
{
	char name[8], secret[AR_BASE64_LEN(32) + 1], text[256];
	static const char *const forms[STYLES] = {
		[NESTED] = "            - name: %s\n              secret: %s\n",
		[FLAT] = "      - \"secret\": '%2$s'\n        \"name\": '%1$s' # k\n",
		[INLINE] = "{name: %s, secret: %s}",
		[MANY] = "\n        { name: %s, secret: %s }",
		[JSON_ONE] = "{\"name\":\"%s\",\"secret\":\"%s\"}",
		[JSON_MANY] = "\n\t\t\t{ \"name\": \"%s\", \"secret\": \"%s\" }",
	};

	snprintf(name, sizeof name, "key%zu", index + 1);
	key_bytes(kind, name, secret);
	put_note(w, w->style == NESTED ? "            " : "      ");
	if (index > 0 && w->style > FLAT)
		put(w, ",");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof text, forms[w->style], name, secret);
#pragma GCC diagnostic pop
	put(w, text);
}

struct form {
	const char *identity, *kms, *before, *middle, *behind;
};

static const struct form forms[STYLES] = {
	[NESTED] = { "      - identity: {}\n",
		     "      - kms:\n          apiVersion: v2\n          name: vault\n"
		     "          endpoint: unix:///k.sock\n",
		     "      - ", ":\n          keys:\n", "" },
	[FLAT] = { "  - identity: {}\n",
		   "  - kms: {apiVersion: v2, name: vault, endpoint: 'unix:///k.sock'}\n", "  - \"",
		   "\":\n      keys:\n", "" },
	[INLINE] = { "{identity: {}}",
		     "{kms: {apiVersion: v2, name: vault, endpoint: 'unix:///k.sock'}}", "{",
		     ": {keys: [", "]}}" },
	[MANY] = { "\n    { identity: {} }",
		   "\n    { kms: { apiVersion: v2, name: vault, endpoint: 'unix:///k.sock' } }",
		   "\n    { ", ": { keys: [", "\n      ] } }" },
	[JSON_ONE] = { "{\"identity\":{}}",
		       "{\"kms\":{\"apiVersion\":\"v2\",\"name\":\"vault\",\"endpoint\":\"unix:///"
		       "k.sock\"}}",
		       "{\"", "\":{\"keys\":[", "]}}" },
	[JSON_MANY] = { "\n\t{ \"identity\": {} }",
			"\n\t{ \"kms\": { \"apiVersion\": \"v2\", \"name\": \"vault\", "
			"\"endpoint\": \"unix:///k.sock\" } }",
			"\n\t{ \"", "\": { \"keys\": [", "\n\t\t] } }" },
};

static inline void put_element(struct world *w, const struct element *element, bool first)
{
	const struct form *form = &forms[w->style];

	put_note(w, w->style == NESTED ? "      " : "  ");
	if (!first && w->style > FLAT)
		put(w, ",");
	if (element->kind == AR_IDENTITY || element->kind == AR_KMS) {
		put(w, element->kind == AR_IDENTITY ? form->identity : form->kms);
		return;
	}
	put(w, form->before);
	put(w, ar_provider_name((enum ar_provider_kind)element->kind));
	put(w, form->middle);
	for (size_t k = 0; k < element->keys; k++)
		put_key(w, element->kind, k);
	put(w, form->behind);
}

static inline void put_entry(struct world *w, const struct element *shape, size_t entry)
{
	static const char *const heads[STYLES][2] = {
		[NESTED] = { "  - resources: [\"secrets\"]\n    providers:\n",
			     "  - resources:\n      - configmaps # all\n    providers: # here\n" },
		[FLAT] = { "- \"resources\": ['secrets']\n  \"providers\":\n",
			   "- \"resources\":\n  - 'configmaps'\n  \"providers\":\n" },
		[INLINE] = { "{resources: [secrets], providers: [",
			     ", {resources: [configmaps], providers: [" },
		[MANY] = { "\n  { resources: [secrets], providers: [",
			   ",\n  { resources: [configmaps], providers: [" },
		[JSON_ONE] = { "{\"resources\":[\"secrets\"],\"providers\":[",
			       ",{\"resources\":[\"configmaps\"],\"providers\":[" },
		[JSON_MANY] = { "\n{ \"resources\": [\"secrets\"], \"providers\": [",
				",\n{ \"resources\": [\"configmaps\"], \"providers\": [" },
	};
	static const char *const ends[STYLES] = { "", "", "]}", "\n  ] }", "]}", "\n] }" };

	put(w, heads[w->style][entry]);
	for (size_t i = 0; i < 4 && (i == 0 || shape[i].kind); i++)
		put_element(w, &shape[i], i == 0);
	put(w, ends[w->style]);
}

/* AR_KMS is 0, so that a row of nothing ends a shape; a first kms element is one all the same. */
static inline struct world make_world(enum style style, unsigned with, const struct element *one,
				      const struct element *two)
{
	struct world w = { .style = style, .extras = with };
	static const char *const heads[STYLES] = {
		HEAD "resources:\n",
		"\"kind\": EncryptionConfiguration\n\"apiVersion\": apiserver.config.k8s.io/v1\n"
		"\"resources\":\n",
		HEAD "resources: [",
		HEAD "resources: [",
		"{\"kind\":\"EncryptionConfiguration\",\"apiVersion\":\"apiserver.config.k8s.io/"
		"v1\",\"resources\":[",
		"{ \"kind\": \"EncryptionConfiguration\",\n\"apiVersion\": \"apiserver.config.k8s."
		"io/v1\",\n\"resources\": [",
	};
	static const char *const ends[STYLES] = { "", "", "]\n", "\n]\n", "]}\n", "\n] }\n" };

	if (with & BOM)
		put(&w, "\xef\xbb\xbf");
	put(&w, heads[style]);
	put_entry(&w, one, 0);
	if (two)
		put_entry(&w, two, 1);
	put(&w, ends[style]);
	if (with & OPEN_END)
		w.len -= with & CRLF ? 2 : 1;
	w.text[w.len] = '\0';
	return w;
}
