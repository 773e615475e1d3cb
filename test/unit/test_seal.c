/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/secret.h"
#include "crypt/seal.h"
#include "flow/parcel.h"

Suite *seal_suite(void);

#define PASSPHRASE "correct horse battery staple"
#define PAYLOAD    "a line of JSON\nand bytes that nobody may see \x01\xff and more"

static const char *const names[] = { "aescbc/key1", "secretbox/a name% with\nodd \xc3\xa4" };

/* --- what the tests are made of --------------------------------------------------------------- */

static struct ar_keypair make_pair(void)
{
	struct ar_keypair pair = { .secret = NULL };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_keypair_make(&pair, &err), 0);
	return pair;
}

static struct ar_buf seal_for(const struct ar_seal_for *to, const char *payload, size_t len)
{
	AR_BUF_AUTO struct ar_buf plain = { .secret = true };
	struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;
	const struct ar_seal_what what = { .kind = AR_SEALED_ARCHIVE,
					   .made = "2026-11-24T04:55:00Z",
					   .keys = names,
					   .key_count = 2,
					   .payload = &plain };

	ar_buf_add(&plain, payload, len);
	ck_assert_msg(ar_seal(&what, to, &out, &err) == 0, "%s", err.msg);
	return out;
}

static struct ar_buf seal_pass(void)
{
	const struct ar_seal_for to = { .passphrase = PASSPHRASE,
					.passphrase_len = strlen(PASSPHRASE) };

	return seal_for(&to, PAYLOAD, strlen(PAYLOAD));
}

static struct ar_buf seal_pair(const struct ar_keypair *pair)
{
	const struct ar_seal_for to = { .recipients = &pair->public, .recipient_count = 1 };

	return seal_for(&to, PAYLOAD, strlen(PAYLOAD));
}

static struct ar_text text_of(const struct ar_buf *buf)
{
	return (struct ar_text){ .name = "f", .data = ar_buf_text(buf), .len = buf->len };
}

/* What opening says: "" where it opens to the payload. */
static const char *open_with(const struct ar_buf *file, const struct ar_keypair *pair,
			     const char *passphrase)
{
	static struct ar_err err;
	AR_SEALED_AUTO struct ar_sealed sealed = AR_SEALED_INIT;
	AR_BUF_AUTO struct ar_buf plain = { .secret = true };
	const struct ar_text text = text_of(file);

	err = (struct ar_err)AR_ERR_INIT;
	int opened = ar_sealed_read(&text, &sealed, &err);
	if (opened == 0 && pair)
		opened = ar_unseal_keypair(&sealed, pair, &plain, &err);
	else if (opened == 0)
		opened = ar_unseal_passphrase(&sealed, passphrase, strlen(passphrase), &plain,
					      &err);
	ck_assert(opened == 0 || plain.len == 0);
	if (opened == 0 &&
	    (plain.len != strlen(PAYLOAD) || memcmp(plain.data, PAYLOAD, plain.len) != 0))
		return "opened to something else";
	return opened == 0 ? "" : err.msg;
}

/* The last line, made anew for what stands before it: what somebody on purpose would do. */
static void sum_again(struct ar_buf *file)
{
	const size_t end = file->len - AR_SHA256_HEX;
	char sum[AR_SHA256_HEX];

	ar_sha256_hex(file->data, end - strlen("end "), sum);
	memcpy(file->data + end, sum, sizeof sum - 1);
}

static void ck_says(const char *said, const char *part)
{
	ck_assert_msg(strstr(said, part) != NULL, "'%s' does not say '%s'", said, part);
}

/* --- there and back --------------------------------------------------------------------------- */

START_TEST(a_passphrase_opens_what_it_sealed)
{
	AR_BUF_AUTO struct ar_buf file = seal_pass();
	AR_BUF_AUTO struct ar_buf again = seal_pass();

	ck_assert_str_eq(open_with(&file, NULL, PASSPHRASE), "");
	ck_says(open_with(&file, NULL, PASSPHRASE "x"), "the passphrase does not open it");
	ck_says(open_with(&file, NULL, ""), "the passphrase does not open it");
	ck_assert(file.len == again.len && memcmp(file.data, again.data, file.len) != 0);
	ck_assert_ptr_null(memmem(file.data, file.len, "nobody", 6));
}
END_TEST

START_TEST(each_recipient_opens_it_and_no_other)
{
	AR_KEYPAIR_AUTO struct ar_keypair one = make_pair(), two = make_pair(), other = make_pair();
	const struct ar_recipient both[] = { one.public, two.public };
	const struct ar_seal_for to = { .recipients = both, .recipient_count = 2 };
	AR_BUF_AUTO struct ar_buf file = seal_for(&to, PAYLOAD, strlen(PAYLOAD));
	char own[AR_RECIPIENT_TEXT];

	ck_assert_str_eq(open_with(&file, &one, NULL), "");
	ck_assert_str_eq(open_with(&file, &two, NULL), "");
	ar_recipient_write(&other.public, own);
	ck_says(open_with(&file, &other, NULL), "it was not sealed to atrest1");
	ck_says(open_with(&file, &other, NULL), own);
	ck_says(open_with(&file, NULL, PASSPHRASE), "no passphrase opens it");
}
END_TEST

START_TEST(what_is_sealed_with_a_passphrase_no_key_opens)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = make_pair();
	AR_BUF_AUTO struct ar_buf file = seal_pass();

	ck_says(open_with(&file, &pair, NULL), "no secret key opens it");
}
END_TEST

START_TEST(payloads_of_every_length_come_back)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = make_pair();
	const struct ar_seal_for to = { .recipients = &pair.public, .recipient_count = 1 };
	char payload[200];

	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = (char)(i * 7);
	for (size_t len = 1; len < sizeof payload; len++) {
		AR_BUF_AUTO struct ar_buf file = seal_for(&to, payload, len);
		AR_BUF_AUTO struct ar_buf plain = { .secret = true };
		AR_SEALED_AUTO struct ar_sealed sealed = AR_SEALED_INIT;
		const struct ar_text text = text_of(&file);
		struct ar_err err = AR_ERR_INIT;

		ck_assert_msg(ar_sealed_read(&text, &sealed, &err) == 0, "%zu: %s", len, err.msg);
		ck_assert_int_eq(ar_unseal_keypair(&sealed, &pair, &plain, &err), 0);
		ck_assert(plain.len == len && memcmp(plain.data, payload, len) == 0);
	}
}
END_TEST

START_TEST(the_head_tells_names_without_opening)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = make_pair();
	AR_BUF_AUTO struct ar_buf file = seal_pair(&pair);
	AR_SEALED_AUTO struct ar_sealed sealed = AR_SEALED_INIT;
	const struct ar_text text = text_of(&file);
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_sealed_peek(&text, &sealed, &err), 0);
	ck_assert_int_eq(sealed.kind, AR_SEALED_ARCHIVE);
	ck_assert_str_eq(sealed.made, "2026-11-24T04:55:00Z");
	ck_assert_uint_eq(sealed.key_count, 2);
	ck_assert_str_eq(sealed.keys[0], names[0]);
	ck_assert_str_eq(sealed.keys[1], names[1]);
	ck_assert(!sealed.passphrase);
	ck_assert_uint_eq(sealed.recipient_count, 1);
	ck_assert_mem_eq(&sealed.recipients[0], &pair.public, sizeof pair.public);
}
END_TEST

START_TEST(nothing_is_sealed_for_nobody)
{
	AR_BUF_AUTO struct ar_buf plain = { .secret = true };
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	const struct ar_seal_what what = { .made = "now", .payload = &plain };
	const struct ar_seal_for nobody = { .passphrase = NULL };
	struct ar_err err = AR_ERR_INIT;

	ar_buf_adds(&plain, "x");
	ck_assert_int_eq(ar_seal(&what, &nobody, &out, &err), -1);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* --- damage ----------------------------------------------------------------------------------- */

START_TEST(cut_anywhere_it_is_told)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = make_pair();
	AR_BUF_AUTO struct ar_buf file = seal_pair(&pair);
	const size_t len = file.len;

	for (file.len = 0; file.len < len; file.len++) {
		const char *said = open_with(&file, &pair, NULL);
		ck_assert_msg(strstr(said, "cut off") || strstr(said, "no sealed file") ||
				      strstr(said, "damaged in its first line"),
			      "%zu: '%s'", file.len, said);
	}
	ck_assert_str_eq(open_with(&file, &pair, NULL), "");
	ar_buf_addc(&file, '\n');
	ck_says(open_with(&file, &pair, NULL), "something was added");
}
END_TEST

START_TEST(every_flipped_bit_is_told)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = make_pair();
	AR_BUF_AUTO struct ar_buf file = seal_pair(&pair);

	for (size_t i = 0; i < file.len; i++) {
		const char before = file.data[i];
		file.data[i] = (char)(before ^ 1 << (i % 7));
		ck_assert_msg(open_with(&file, &pair, NULL)[0] != '\0', "byte %zu", i);
		file.data[i] = before;
	}
	ck_assert_str_eq(open_with(&file, &pair, NULL), "");
}
END_TEST

/* With a last line that agrees: nothing but the seal itself can tell. A line break more in the
 * base64, or a letter's case in hex, would not be the same bytes either. */
START_TEST(what_is_changed_on_purpose_does_not_open)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = make_pair();
	AR_BUF_AUTO struct ar_buf file = seal_pair(&pair);
	const size_t head = (size_t)(strstr(file.data, "\n\n") - file.data) + 2;
	const size_t end = file.len - AR_SHA256_HEX - strlen("end ");

	for (size_t i = 0; i < end; i++) {
		const char before = file.data[i];
		if (before == '\n' && i >= head)
			continue;
		file.data[i] = (char)(before ^ 1 << (i % 6));
		sum_again(&file);
		const char *said = open_with(&file, &pair, NULL);
		ck_assert_msg(said[0] != '\0', "byte %zu opens", i);
		file.data[i] = before;
	}
	sum_again(&file);
	ck_assert_str_eq(open_with(&file, &pair, NULL), "");
}
END_TEST

static void replace(struct ar_buf *file, const char *from, const char *to)
{
	char *at = strstr(file->data, from);

	ck_assert_ptr_nonnull(at);
	ck_assert_uint_eq(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
	sum_again(file);
}

START_TEST(changed_heads_are_refused)
{
	static const struct {
		const char *from, *to, *says;
	} rows[] = {
		{ "version 1", "version 2", "newer atrest: version 2" },
		{ "version 1", "version 0", "first line" },
		{ "kind: archive", "kind: unknown", "kind of sealed file" },
		{ "kind: archive", "king: archive", "a line 'kind: …' is expected" },
		{ "made: 2026", "mode: 2026", "a line 'made: …' is expected" },
		{ "key: aescbc/key1", "key: aescbc.key1", "no name of a key" },
		{ "a%20name", "a%0gname", "no name of a key" },
		{ "a%20name", "a%00name", "no name of a key" },
		{ "key: aescbc/key1", "key: aescbc/key2", "not what was sealed" },
		{ "2026-11-24", "2026-11-25", "not what was sealed" },
		{ "argon2id 2 67108864", "argon2id 9 99999999", "passphrase does not open" },
		{ "argon2id 2 67108864", "argon2xx 2 67108864", "how the passphrase is used" },
		{ "argon2id 2 67108864", "argon2id 0 67108864", "out of bounds" },
		{ "argon2id 2 67108864", "argon2id 99 6710886", "out of bounds" },
		{ "nonce: ", "nonse: ", "a line 'nonce: …' is expected" },
		{ "payload: ", "paylode: ", "a line 'payload: …' is expected" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		AR_BUF_AUTO struct ar_buf file = seal_pass();
		replace(&file, rows[i].from, rows[i].to);
		ck_says(open_with(&file, NULL, PASSPHRASE), rows[i].says);
	}
}
END_TEST

/* A hostile file: what it asks for is refused before it is tried. */
START_TEST(costs_out_of_bounds_are_refused)
{
	static const char *const costs[] = {
		"2 1099511627776", "2 536870912", "17 67108864", "2 18446744073709551617", "2 1",
		"-1 67108864",     "2 067108864", "2 0x4000000"
	};

	for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
		AR_BUF_AUTO struct ar_buf file = seal_pass(), other = AR_BUF_INIT;
		static const char usual[] = "2 67108864";
		const char *at = strstr(file.data, usual);

		ar_buf_add(&other, file.data, (size_t)(at - file.data));
		ar_buf_adds(&other, costs[i]);
		ar_buf_adds(&other, at + strlen(usual));
		sum_again(&other);
		ck_says(open_with(&other, NULL, PASSPHRASE), "out of bounds");
	}
}
END_TEST

START_TEST(other_files_are_named_for_what_they_are)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "", "no sealed file" },
		{ "apiVersion: v1\n", "no sealed file" },
		{ "atrest sealed file, version ", "first line" },
		{ "atrest sealed file, version x\n", "first line" },
		{ "atrest sealed file, version 1\r\n", "CRLF" },
		{ "atrest sealed file, version 12\n", "newer atrest: version 12" },
		{ "atrest sealed file, version 1\n", "cut off" },
		{ "atrest sealed file, version 1\nend "
		  "0000000000000000000000000000000000000000000000000000000000000000\n",
		  "damaged" },
	};
	AR_KEYPAIR_AUTO struct ar_keypair pair = make_pair();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		AR_BUF_AUTO struct ar_buf file = AR_BUF_INIT;
		ar_buf_adds(&file, rows[i].text);
		ck_says(open_with(&file, &pair, NULL), rows[i].says);
	}
}
END_TEST

/* --- recipients ------------------------------------------------------------------------------- */

START_TEST(both_halves_come_back_from_their_text)
{
	for (int i = 0; i < 50; i++) {
		AR_KEYPAIR_AUTO struct ar_keypair pair = make_pair(), again = { .secret = NULL };
		AR_BUF_AUTO struct ar_buf secret = { .secret = true };
		char public[AR_RECIPIENT_TEXT + 40];
		struct ar_recipient *list = NULL;
		size_t count = 0;
		struct ar_err err = AR_ERR_INIT;

		ck_assert_int_eq(ar_keypair_write(&pair, "2026-11-24", &secret, &err), 0);
		struct ar_text text = text_of(&secret);
		text.secret = true;
		ck_assert_msg(ar_keypair_read(&text, &again, &err) == 0, "%s", err.msg);
		ck_assert_mem_eq(again.secret, pair.secret, AR_RECIPIENT_BYTES);
		ck_assert_mem_eq(&again.public, &pair.public, sizeof pair.public);

		ar_recipient_write(&pair.public, public);
		ck_assert_uint_eq(strlen(public), AR_RECIPIENT_TEXT - 1);
		ck_assert_ptr_nonnull(strstr(secret.data, public));
		snprintf(public + strlen(public), 40, "\r\n# a comment\n\n");
		const struct ar_text line = { .name = "r", .data = public, .len = strlen(public) };
		ck_assert_int_eq(ar_recipients_read(&line, &list, &count, &err), 0);
		ck_assert_uint_eq(count, 1);
		ck_assert_mem_eq(&list[0], &pair.public, sizeof pair.public);
		free(list);
	}
}
END_TEST

START_TEST(a_mistyped_recipient_is_told)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = make_pair();
	char public[AR_RECIPIENT_TEXT];
	struct ar_recipient *list = NULL;
	size_t count = 0;

	ar_recipient_write(&pair.public, public);
	for (size_t i = 0; i < strlen(public); i++) {
		const char before = public[i];
		struct ar_err err = AR_ERR_INIT;
		const struct ar_text line = { .name = "r", .data = public, .len = strlen(public) };
		public[i] = before == 'a' ? 'b' : 'a';
		ck_assert_msg(ar_recipients_read(&line, &list, &count, &err) == -1, "%zu", i);
		ck_says(err.msg, "no recipient's public key");
		ck_assert_uint_eq(err.line, 1);
		ck_assert_str_eq(err.source, "");
		public[i] = before;
	}
}
END_TEST

START_TEST(a_secret_key_among_recipients_is_not_shown)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = make_pair();
	AR_BUF_AUTO struct ar_buf secret = { .secret = true };
	struct ar_recipient *list = NULL;
	size_t count = 0;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_keypair_write(&pair, "2026-11-24", &secret, &err), 0);
	const struct ar_text text = text_of(&secret);
	ck_assert_int_eq(ar_recipients_read(&text, &list, &count, &err), -1);
	ck_says(err.msg, "a secret key stands where a public one belongs");
	ck_assert_uint_eq(err.line, 3);
	ck_assert_str_eq(err.source, "");
	/* Damaged: nothing of it in the error. */
	AR_KEYPAIR_AUTO struct ar_keypair none = { .secret = NULL };
	struct ar_err broken = AR_ERR_INIT;
	secret.data[secret.len - 4] ^= 1;
	ck_assert_int_eq(ar_keypair_read(&text, &none, &broken), -1);
	ck_says(broken.msg, "no secret key for sealed files");
	ck_assert_ptr_null(strstr(broken.msg, "SECRET-1"));
}
END_TEST

/* --- what lies inside ------------------------------------------------------------------------- */

static void fill_parcel(struct ar_parcel *parcel, struct ar_parcel_key *keys)
{
	static const char config[] = "kind: EncryptionConfiguration\n\x01\xff";

	keys[0] = (struct ar_parcel_key){ .name = "aescbc/key1", .made = "2026-11-24" };
	keys[1] = (struct ar_parcel_key){ .name = "secretbox/\xc3\xa4 \"x\"", .retired = true };
	parcel->kind = AR_SEALED_ARCHIVE;
	snprintf(parcel->atrest, sizeof parcel->atrest, "0.1.0");
	snprintf(parcel->when, sizeof parcel->when, "2026-11-24T04:55:00Z");
	snprintf(parcel->path, sizeof parcel->path, "/etc/kubernetes/enc.yaml");
	snprintf(parcel->why, sizeof parcel->why, "rotated to \"key2\"");
	parcel->mode = 0600;
	parcel->uid = 7;
	parcel->first = 5;
	parcel->last = 4000000000;
	parcel->keys = keys;
	parcel->key_count = 2;
	ar_buf_add(&parcel->config, config, sizeof config - 1);
	ar_sha256_hex(config, sizeof config - 1, parcel->sha256);
}

START_TEST(a_parcel_comes_back)
{
	AR_PARCEL_AUTO struct ar_parcel again = AR_PARCEL_INIT;
	AR_BUF_AUTO struct ar_buf out = { .secret = true };
	struct ar_parcel parcel = AR_PARCEL_INIT;
	struct ar_parcel_key keys[2];
	struct ar_err err = AR_ERR_INIT;

	fill_parcel(&parcel, keys);
	ck_assert_int_eq(ar_parcel_write(&parcel, &out, &err), 0);
	ck_assert_msg(ar_parcel_read(&out, &again, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(again.kind, parcel.kind);
	ck_assert_str_eq(again.why, parcel.why);
	ck_assert_str_eq(again.path, parcel.path);
	ck_assert_str_eq(again.host, "");
	ck_assert_uint_eq(again.mode, 0600);
	ck_assert_uint_eq(again.uid, 7);
	ck_assert_int_eq(again.last, 4000000000);
	ck_assert_uint_eq(again.key_count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_str_eq(again.keys[i].name, keys[i].name);
		ck_assert_str_eq(again.keys[i].made, keys[i].made);
		ck_assert_int_eq(again.keys[i].retired, keys[i].retired);
	}
	ck_assert(again.config.secret);
	ck_assert_uint_eq(again.config.len, parcel.config.len);
	ck_assert_mem_eq(again.config.data, parcel.config.data, parcel.config.len);
	ar_buf_done(&parcel.config);
}
END_TEST

START_TEST(a_parcel_cut_anywhere_is_refused)
{
	AR_BUF_AUTO struct ar_buf out = { .secret = true };
	struct ar_parcel parcel = AR_PARCEL_INIT;
	struct ar_parcel_key keys[2];
	struct ar_err err = AR_ERR_INIT;

	fill_parcel(&parcel, keys);
	ck_assert_int_eq(ar_parcel_write(&parcel, &out, &err), 0);
	const size_t len = out.len;
	for (out.len = 0; out.len < len; out.len++) {
		AR_PARCEL_AUTO struct ar_parcel again = AR_PARCEL_INIT;
		struct ar_err cut = AR_ERR_INIT;
		ck_assert_int_eq(ar_parcel_read(&out, &again, &cut), -1);
	}
	ar_buf_done(&parcel.config);
}
END_TEST

Suite *seal_suite(void)
{
	Suite *suite = suite_create("seal");
	TCase *tests = tcase_create("seal");

	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, a_passphrase_opens_what_it_sealed);
	tcase_add_test(tests, each_recipient_opens_it_and_no_other);
	tcase_add_test(tests, what_is_sealed_with_a_passphrase_no_key_opens);
	tcase_add_test(tests, payloads_of_every_length_come_back);
	tcase_add_test(tests, the_head_tells_names_without_opening);
	tcase_add_test(tests, nothing_is_sealed_for_nobody);
	tcase_add_test(tests, cut_anywhere_it_is_told);
	tcase_add_test(tests, every_flipped_bit_is_told);
	tcase_add_test(tests, what_is_changed_on_purpose_does_not_open);
	tcase_add_test(tests, changed_heads_are_refused);
	tcase_add_test(tests, costs_out_of_bounds_are_refused);
	tcase_add_test(tests, other_files_are_named_for_what_they_are);
	tcase_add_test(tests, both_halves_come_back_from_their_text);
	tcase_add_test(tests, a_mistyped_recipient_is_told);
	tcase_add_test(tests, a_secret_key_among_recipients_is_not_shown);
	tcase_add_test(tests, a_parcel_comes_back);
	tcase_add_test(tests, a_parcel_cut_anywhere_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
