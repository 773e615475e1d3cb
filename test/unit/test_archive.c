/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "flow/archive.h"
#include "flow/sealer.h"
#include "host/file.h"

Suite *archive_suite(void);

#define CONFIG   "/etc/kubernetes/enc.yaml"
#define SECRET_1 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define SECRET_2 "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="

static const char config[] =
	"apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"
	"- resources: [secrets]\n  providers:\n  - aescbc:\n      keys:\n"
	"      - name: key2 # made 2026-11-24 by atrest\n        secret: " SECRET_2 "\n"
	"      - name: key1\n        secret: " SECRET_1 "\n"
	"  - secretbox: {keys: [{name: key1, secret: " SECRET_1 "}]}\n  - identity: {}\n";

static struct ar_session session;
static const char *const old_key[] = { "aescbc/key1" };

static void begin(void)
{
	world_begin();
	make_dir("/etc", 0755);
	make_dir("/etc/kubernetes", 0755);
	make_dir("/etc/atrest", 0700);
	put(CONFIG, config, 0600);
	put("/etc/hostname", "cp1\n", 0644);
	put("/pass", "correct horse battery staple\nand a second line\n", 0600);
	setenv("SOURCE_DATE_EPOCH", "1795496100", 1);
	session = (struct ar_session){ .host = host, .command = "rotate", .keep = 10 };
}

static void configure_recipient(struct ar_keypair *pair)
{
	struct ar_err err = AR_ERR_INIT;
	AR_BUF_AUTO struct ar_buf secret = { .secret = true };
	char public[AR_RECIPIENT_TEXT];

	ck_assert_int_eq(ar_keypair_make(pair, &err), 0);
	ck_assert_int_eq(ar_keypair_write(pair, "now", &secret, &err), 0);
	ar_recipient_write(&pair->public, public);
	put(AR_RECIPIENTS_FILE, public, 0600);
	put_bytes(AR_IDENTITY_FILE, secret.data, secret.len, 0600);
}

static struct ar_snapshot read_config(void)
{
	struct ar_snapshot file = { .path = NULL };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_file_read(&host, CONFIG, AR_READ_SECRET, &file, &err) == 0, "%s", err.msg);
	return file;
}

static int add(const char *from, char path[400], struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = read_config();
	const struct ar_archive_new what = { .config = &file,
					     .retired = old_key,
					     .retired_count = 1,
					     .why = "rotated to aescbc/key2",
					     .cluster = "c",
					     .first = 3,
					     .last = 99,
					     .passphrase_from = from };

	return ar_archive_add(&session, &what, path, 400, err);
}

/* What lies in the archived file, opened as a person would. */
static void ck_opens(const char *path, const struct ar_unsealer *with)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	AR_SEALED_AUTO struct ar_sealed sealed = AR_SEALED_INIT;
	AR_BUF_AUTO struct ar_buf payload = { .secret = true };
	AR_PARCEL_AUTO struct ar_parcel parcel = AR_PARCEL_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_file_read(&host, path, 0, &file, &err), 0);
	ck_assert_uint_eq(file.mode & 07777, 0600);
	ck_assert_ptr_null(memmem(file.data, file.len, SECRET_1, 20));
	const struct ar_text text = ar_snapshot_text(&file);
	ck_assert_msg(ar_sealed_read(&text, &sealed, &err) == 0, "%s", err.msg);
	ck_assert_msg(ar_sealer_unseal(&session, with, &sealed, path, &payload, &err) == 0, "%s",
		      err.msg);
	ck_assert_msg(ar_parcel_read(&payload, &parcel, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(parcel.kind, AR_SEALED_ARCHIVE);
	ck_assert_str_eq(parcel.host, "cp1");
	ck_assert_str_eq(parcel.cluster, "c");
	ck_assert_str_eq(parcel.why, "rotated to aescbc/key2");
	ck_assert_int_eq(parcel.first, 3);
	ck_assert_int_eq(parcel.last, 99);
	ck_assert_uint_eq(parcel.key_count, 3);
	ck_assert(!parcel.keys[0].retired && parcel.keys[1].retired && !parcel.keys[2].retired);
	ck_assert_uint_eq(parcel.config.len, strlen(config));
	ck_assert_mem_eq(parcel.config.data, config, strlen(config));
}

START_TEST(a_retired_key_is_sealed_to_the_recipients)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = { .secret = NULL };
	const struct ar_unsealer with = { .identity = NULL };
	struct ar_err err = AR_ERR_INIT;
	char first[400], second[400];
	struct stat st;

	configure_recipient(&pair);
	ck_assert_int_eq(ar_sealer_can(&session, NULL, &err), 0);
	ck_assert_msg(add(NULL, first, &err) == 0, "%s", err.msg);
	ck_assert_msg(add(NULL, second, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(first, AR_ARCHIVE_DIR "/20261124-045500-0001.sealed");
	ck_assert_str_eq(second, AR_ARCHIVE_DIR "/20261124-045500-0002.sealed");
	ck_opens(first, &with);
	ck_assert_int_eq(stat(in_world(AR_ARCHIVE_DIR), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(a_retired_key_is_sealed_with_a_passphrase)
{
	const struct ar_unsealer with = { .passphrase_from = "/pass" };
	struct ar_err err = AR_ERR_INIT;
	char path[400];

	ck_assert_msg(add("/pass", path, &err) == 0, "%s", err.msg);
	ck_opens(path, &with);
}
END_TEST

/* A test has no terminal, or does not use it: setsid takes it away. */
START_TEST(with_nothing_to_seal_with_nothing_is_archived)
{
	struct ar_err err = AR_ERR_INIT, early = AR_ERR_INIT;
	struct stat st;
	char path[400];

	setsid();
	ck_assert_int_eq(ar_sealer_can(&session, NULL, &early), -1);
	ck_assert_int_eq(add(NULL, path, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "no recipient is configured"));
	ck_assert_ptr_nonnull(strstr(err.hint, AR_RECIPIENTS_FILE));
	ck_assert_int_eq(stat(in_world(AR_ARCHIVE_DIR), &st), -1);
}
END_TEST

START_TEST(a_key_that_is_not_there_cannot_be_archived)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = read_config();
	static const char *const other[] = { "aesgcm/key1" };
	static const char *const remote[] = { "kms/vault", "plain", "aescbc/key1" };
	struct ar_archive_new what = {
		.config = &file, .retired = other, .retired_count = 1, .passphrase_from = "/pass"
	};
	struct ar_err err = AR_ERR_INIT, none = AR_ERR_INIT;
	char path[400];

	ck_assert_int_eq(ar_archive_add(&session, &what, path, sizeof path, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "has no key 'aesgcm/key1'"));
	what.retired = remote;
	what.retired_count = 3;
	ck_assert_msg(ar_archive_add(&session, &what, path, sizeof path, &none) == 0, "%s",
		      none.msg);
}
END_TEST

static bool has_name(const struct ar_key_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->list[i], name) == 0)
			return true;
	return false;
}

START_TEST(every_name_that_was_used_is_told)
{
	AR_KEY_NAMES_AUTO struct ar_key_names none = { .list = NULL }, names = { .list = NULL };
	struct ar_err err = AR_ERR_INIT;
	char path[400];

	ck_assert_int_eq(ar_archive_names(&session, &none, &err), 0);
	ck_assert_uint_eq(none.count, 0);
	ck_assert_int_eq(add("/pass", path, &err), 0);
	/* The record of exports may be lost: the archive's heads are enough. */
	ck_assert_int_eq(unlink(in_world(AR_ESCROW_FILE)), 0);
	put(AR_ARCHIVE_DIR "/README", "not one of them", 0600);
	ck_assert_msg(ar_archive_names(&session, &names, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(names.count, 1);
	ck_assert(has_name(&names, "key1"));
}
END_TEST

START_TEST(a_damaged_file_hides_no_name)
{
	AR_KEY_NAMES_AUTO struct ar_key_names names = { .list = NULL };
	struct ar_err err = AR_ERR_INIT;
	char path[400];
	struct ar_archived *list = NULL;
	size_t count = 0;

	ck_assert_int_eq(add("/pass", path, &err), 0);
	put(AR_ARCHIVE_DIR "/20200101-000000-0001.sealed", "atrest sealed f", 0600);
	ck_assert_int_eq(ar_archive_names(&session, &names, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "20200101-000000-0001.sealed"));
	struct ar_err listed = AR_ERR_INIT;
	ck_assert_int_eq(ar_archive_list(&session, &list, &count, &listed), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_ne(list[0].odd, "");
	ck_assert_str_eq(list[1].path, path);
	ck_assert_str_eq(list[1].odd, "");
	ck_assert_uint_eq(list[1].head.key_count, 1);
	ar_archive_list_free(list, count);
}
END_TEST

/* --- what the guard before pruning asks ------------------------------------------------------- */

static bool covers(const char *name, const char *made)
{
	struct ar_err err = AR_ERR_INIT;
	bool covered = false;

	ck_assert_msg(ar_escrow_covers(&session, name, made, &covered, &err) == 0, "%s", err.msg);
	return covered;
}

static void note(const char *when)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = read_config();
	AR_PARCEL_AUTO struct ar_parcel parcel = AR_PARCEL_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_parcel_make(&session, &file, &parcel, &err), 0);
	if (when)
		snprintf(parcel.when, sizeof parcel.when, "%s", when);
	ck_assert_msg(ar_escrow_note(&session, &parcel, "export", &err) == 0, "%s", err.msg);
}

START_TEST(an_export_covers_the_keys_it_has)
{
	struct stat st;

	ck_assert(!covers("aescbc/key2", "2026-11-24"));
	note(NULL);
	ck_assert(covers("aescbc/key2", "2026-11-24"));
	ck_assert(covers("aescbc/key1", ""));
	ck_assert(covers("secretbox/key1", ""));
	ck_assert(!covers("aesgcm/key1", ""));
	ck_assert(!covers("aescbc/key3", "2026-11-24"));
	/* Another key of the same name, made on another day. */
	ck_assert(!covers("aescbc/key2", "2026-11-25"));
	/* One of which no date was known then: sealed before that day, or on it. */
	ck_assert(!covers("aescbc/key1", "2026-11-25"));
	ck_assert(covers("aescbc/key1", "2026-11-24"));
	ck_assert_int_eq(stat(in_world(AR_ESCROW_FILE), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(what_is_noted_is_not_noted_again)
{
	struct stat before, after;

	note(NULL);
	ck_assert_int_eq(stat(in_world(AR_ESCROW_FILE), &before), 0);
	note(NULL);
	note("2026-11-20T00:00:00Z"); /* an older one, imported later */
	ck_assert_int_eq(stat(in_world(AR_ESCROW_FILE), &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	note("2026-11-30T00:00:00Z");
	ck_assert_int_eq(stat(in_world(AR_ESCROW_FILE), &after), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino);
}
END_TEST

START_TEST(a_forgotten_key_is_not_covered)
{
	struct ar_err err = AR_ERR_INIT;

	note(NULL);
	ck_assert_int_eq(ar_escrow_forget(&session, "aescbc/key2", &err), 0);
	ck_assert(!covers("aescbc/key2", "2026-11-24"));
	ck_assert(covers("aescbc/key1", ""));
}
END_TEST

START_TEST(a_record_that_cannot_be_understood_covers_nothing)
{
	static const char *const texts[] = { "", "{", "[]", "{\"version\": 1}",
					     "{\"version\": 2, \"keys\": {}}" };

	make_dir("/var", 0755);
	make_dir("/var/lib", 0755);
	make_dir("/var/lib/atrest", 0700);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct ar_err err = AR_ERR_INIT;
		bool covered = false;
		put(AR_ESCROW_FILE, texts[i], 0600);
		ck_assert_int_eq(ar_escrow_covers(&session, "aescbc/key1", "", &covered, &err), -1);
		ck_assert(!covered);
	}
	put(AR_ESCROW_FILE, "{\"version\": 1, \"keys\": {\"aescbc/key1\": 7}}", 0600);
	ck_assert(!covers("aescbc/key1", ""));
}
END_TEST

/* --- files that others could have written ----------------------------------------------------- */

START_TEST(recipients_that_others_can_write_are_refused)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = { .secret = NULL };
	AR_SEALER_AUTO struct ar_sealer sealer = { .recipients = NULL };
	struct ar_err err = AR_ERR_INIT;

	configure_recipient(&pair);
	ck_assert_int_eq(chmod(in_world(AR_RECIPIENTS_FILE), 0666), 0);
	ck_assert_int_eq(ar_sealer_open(&session, NULL, &sealer, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "can be written by others"));
}
END_TEST

START_TEST(a_secret_key_that_others_can_read_is_refused)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = { .secret = NULL }, again = { .secret = NULL };
	struct ar_err err = AR_ERR_INIT;

	configure_recipient(&pair);
	ck_assert_int_eq(chmod(in_world(AR_IDENTITY_FILE), 0640), 0);
	ck_assert_int_eq(ar_keypair_load(&session, AR_IDENTITY_FILE, NULL, &again, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "can be read by others"));
}
END_TEST

START_TEST(a_passphrase_is_the_first_line)
{
	static const struct {
		const char *text;
		const char *passphrase; /* NULL: refused */
	} rows[] = {
		{ "correct horse battery\r\nx\n", "correct horse battery" },
		{ "twelve chars", "twelve chars" },
		{ "eleven char\n", NULL },
		{ "\ncorrect horse battery\n", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		AR_SEALER_AUTO struct ar_sealer sealer = { .recipients = NULL };
		struct ar_err err = AR_ERR_INIT;
		put("/line", rows[i].text, 0600);
		int got = ar_sealer_open(&session, "/line", &sealer, &err);
		ck_assert_int_eq(got, rows[i].passphrase ? 0 : -1);
		if (got == 0)
			ck_assert_str_eq(sealer.passphrase, rows[i].passphrase);
	}
}
END_TEST

Suite *archive_suite(void)
{
	Suite *suite = suite_create("archive");
	TCase *tests = tcase_create("archive");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, begin, world_end);
	tcase_add_test(tests, a_retired_key_is_sealed_to_the_recipients);
	tcase_add_test(tests, a_retired_key_is_sealed_with_a_passphrase);
	tcase_add_test(tests, with_nothing_to_seal_with_nothing_is_archived);
	tcase_add_test(tests, a_key_that_is_not_there_cannot_be_archived);
	tcase_add_test(tests, every_name_that_was_used_is_told);
	tcase_add_test(tests, a_damaged_file_hides_no_name);
	tcase_add_test(tests, an_export_covers_the_keys_it_has);
	tcase_add_test(tests, what_is_noted_is_not_noted_again);
	tcase_add_test(tests, a_forgotten_key_is_not_covered);
	tcase_add_test(tests, a_record_that_cannot_be_understood_covers_nothing);
	tcase_add_test(tests, recipients_that_others_can_write_are_refused);
	tcase_add_test(tests, a_secret_key_that_others_can_read_is_refused);
	tcase_add_test(tests, a_passphrase_is_the_first_line);
	suite_add_tcase(suite, tests);
	return suite;
}
