/* SPDX-License-Identifier: Apache-2.0 */
#include "rung_world.h"

/* Every rung from configs of many shapes and styles. */

Suite *rungs_suite(void);

/* Every key has the bytes of its name. */
static void check_keys(const struct state *state)
{
	char secret[AR_BASE64_LEN(32) + 1];

	for (size_t i = 0; i < state->conf->entry_count; i++)
		for (size_t p = 0; p < state->conf->entries[i].provider_count; p++) {
			const struct ar_enc_provider *has = &state->conf->entries[i].providers[p];
			for (size_t k = 0; k < has->key_count; k++) {
				key_bytes((int)has->kind, has->keys[k].name, secret);
				ck_assert(ar_node_is(state->tree, has->keys[k].secret, secret));
			}
		}
}

/* The line that begins at *at, without the newline; *at goes on. */
static struct ar_text next_line(const struct ar_text *text, size_t *at)
{
	size_t start = *at, end;

	ar_text_line(text, start, &start, &end);
	*at = ar_text_next_line(text, start);
	return (struct ar_text){ .data = text->data + start, .len = end - start };
}

/* How often the line stands in the text. */
static size_t count_line(const struct ar_text *text, const struct ar_text *line)
{
	size_t count = 0;

	for (size_t at = 0; at < text->len;) {
		struct ar_text one = next_line(text, &at);
		count += one.len == line->len && memcmp(one.data, line->data, one.len) == 0;
	}
	return count;
}

/* Every line of `part` is one of `whole`; `exactly`: and the other way round. */
static void check_lines(const struct ar_text *part, const struct ar_text *whole, bool exactly)
{
	for (size_t at = 0; at < part->len;) {
		struct ar_text line = next_line(part, &at);
		size_t has = count_line(part, &line), had = count_line(whole, &line);
		ck_assert_msg(exactly ? has == had : has <= had, "'%.*s' in\n%.*s\nand\n%.*s",
			      (int)line.len, line.data, (int)part->len, part->data, (int)whole->len,
			      whole->data);
	}
}

/* Nothing but what was meant: newlines, BOM and JSON stay, and in block style every line. */
static void check_bytes(const struct world *w, enum op op, const struct state *old,
			const struct state *now)
{
	const struct ar_text before = text_of(old), after = text_of(now);
	AR_BUF_AUTO struct ar_buf again = { .secret = true };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_splice(&before, &now->edits, &again, &err), 0);
	ck_assert(again.len == after.len && memcmp(again.data, after.data, after.len) == 0);
	ck_assert_int_eq(ar_tree_has_bom(now->tree), (w->extras & BOM) != 0);
	ck_assert_int_eq(ar_tree_is_json(now->tree), w->style >= JSON_ONE);
	for (size_t i = 0; w->extras & CRLF && i < after.len; i++)
		ck_assert(after.data[i] != '\n' || after.data[i - 1] == '\r');
	if (w->style > FLAT)
		return;
	check_lines(op == READER ? &before : &after, op == READER ? &after : &before,
		    op == PROMOTE);
	if (op == PROMOTE)
		check_lines(&before, &after, true);
}

/* One rung, and that it is one only once. */
static void step(enum op op, const struct ar_rung_key *key, const struct state *old,
		 struct state *now)
{
	struct ar_err err = AR_ERR_INIT;
	struct ar_text text = text_of(old);
	AR_EDITS_AUTO struct ar_edits none = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf again = AR_BUF_INIT;

	ck_assert_msg(run(op, key, &text, &now->edits, &now->buf, &err) == 0,
		      "op %d %s: %s at %zu of\n%s", op, key->name, err.msg, err.line, text.data);
	text = text_of(now);
	ck_assert_msg(run(op, key, &text, &none, &again, &err) == 0, "again: %s", err.msg);
	ck_assert_msg(none.count == 0, "again, op %d of\n%s\nto\n%s", op, text.data,
		      ar_buf_text(&again));
	ck_assert_str_eq(ar_buf_text(&again), text.data);
}

/* How many elements of a kind an entry has. */
static size_t count_kind(const struct ar_enc_entry *entry, enum ar_provider_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < entry->provider_count; i++)
		count += entry->providers[i].kind == kind;
	return count;
}

static void check_reader(const struct state *old, const struct state *now,
			 const struct ar_rung_key *key, ar_keyset goal)
{
	for (size_t i = 0; i < now->conf->entry_count; i++) {
		const struct ar_enc_entry *a = &old->conf->entries[i], *b = &now->conf->entries[i];
		size_t had = count_kind(a, key->provider);

		ck_assert_uint_eq(now->rung[i].writer, old->rung[i].writer);
		ck_assert_uint_eq(now->rung[i].reads, old->rung[i].reads | goal);
		ck_assert_uint_eq(count_kind(b, key->provider), had ? had : 1);
		/* What was last and identity is still last. */
		if (a->provider_count > 1 && key->provider != AR_IDENTITY &&
		    a->providers[a->provider_count - 1].kind == AR_IDENTITY)
			ck_assert_int_eq(b->providers[b->provider_count - 1].kind, AR_IDENTITY);
	}
}

static bool is_made(const struct state *state, const struct ar_rung_key *key)
{
	const struct ar_enc_provider *first = state->conf->entries[0].providers;

	return first->kind == key->provider && first->key_count > 0 &&
	       strcmp(first->keys[0].made, key->made) == 0;
}

static bool has_kms(const struct state *state)
{
	for (size_t i = 0; i < state->conf->entry_count; i++)
		if (count_kind(&state->conf->entries[i], AR_KMS))
			return true;
	return false;
}

static void prune(const struct world *w, const struct state *old, const struct ar_rung_key *key,
		  ar_keyset goal, struct ar_key_table *table)
{
	STATE_AUTO now = { .buf.secret = true };
	struct ar_err err = AR_ERR_INIT;
	const struct ar_text text = text_of(old);

	if (has_kms(old)) {
		ck_assert_int_eq(run(PRUNE_PLAIN, key, &text, &now.edits, &now.buf, &err), -1);
		ck_assert_ptr_nonnull(strstr(err.msg, "kms"));
		return;
	}
	for (int keep = 0; keep < 2; keep++) {
		STATE_AUTO after = { .buf.secret = true };
		step(keep ? PRUNE_PLAIN : PRUNE, key, old, &after);
		understand(&after, table);
		check_keys(&after);
		check_bytes(w, PRUNE, old, &after);
		for (size_t i = 0; i < after.conf->entry_count; i++) {
			ck_assert_uint_eq(after.rung[i].writer, old->rung[i].writer);
			ck_assert_uint_eq(after.rung[i].reads,
					  goal | (keep ? old->rung[i].reads & 1 : 0));
		}
	}
}

static size_t climbed;

/* Up the whole ladder with one goal. */
static void climb(const struct world *w, const struct ar_rung_key *key)
{
	struct ar_key_table table = AR_KEY_TABLE_INIT;
	STATE_AUTO start = { .buf.secret = true }, read = { .buf.secret = true },
		   written = { .buf.secret = true };
	struct ar_err err = AR_ERR_INIT;
	unsigned number;

	ar_buf_add(&start.buf, w->text, w->len);
	understand(&start, &table);
	check_keys(&start);
	ck_assert_int_eq(ar_key_number(&table, key->provider, key->name, &number, &err), 0);
	step(READER, key, &start, &read);
	understand(&read, &table);
	check_keys(&read);
	check_bytes(w, READER, &start, &read);
	check_reader(&start, &read, key, (ar_keyset)1 << number);
	step(PROMOTE, key, &read, &written);
	understand(&written, &table);
	check_keys(&written);
	if (key->provider != AR_IDENTITY)
		check_bytes(w, PROMOTE, &read, &written);
	for (size_t i = 0; i < written.conf->entry_count; i++) {
		ck_assert_uint_eq(written.rung[i].writer, number);
		ck_assert_uint_eq(written.rung[i].reads, read.rung[i].reads);
	}
	if (key->made)
		ck_assert_int_eq(is_made(&written, key), w->style <= FLAT);
	prune(w, &written, key, (ar_keyset)1 << number, &table);
	climbed++;
}

static void climb_all(const struct world *w)
{
	static const int kinds[] = { AR_AESCBC, AR_AESGCM, AR_SECRETBOX };
	char secret[AR_BASE64_LEN(32) + 1];
	struct ar_rung_key key = { .provider = AR_IDENTITY, .name = "" };

	climb(w, &key);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		key = (struct ar_rung_key){ (enum ar_provider_kind)kinds[i], "key9", secret,
					    "2026-11-24" };
		key_bytes(kinds[i], key.name, secret);
		climb(w, &key);
		key.made = NULL;
		key.name = "key2"; /* there in some */
		key_bytes(kinds[i], key.name, secret);
		climb(w, &key);
	}
}

START_TEST(climbs_from_every_config)
{
	const enum style style = (enum style)_i;

	climbed = 0;
	for (size_t x = 0; x < EXTRAS; x++)
		for (size_t one = 0; one < SHAPES; one++) {
			const struct element *two = shapes[(one * 3 + x) % SHAPES];
			struct world w = make_world(style, extras[x], shapes[one], x ? two : NULL);
			climb_all(&w);
		}
	ck_assert_uint_eq(climbed, EXTRAS * SHAPES * 7);
}
END_TEST

Suite *rungs_suite(void)
{
	Suite *suite = suite_create("rungs");
	TCase *many = tcase_create("many configs");

	tcase_set_timeout(many, 120);
	tcase_add_loop_test(many, climbs_from_every_config, 0, STYLES);
	suite_add_tcase(suite, many);
	return suite;
}
