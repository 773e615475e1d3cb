/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/report.h"
#include "records.h"

/* A report that writes into memory: what stdout and stderr would hold. */
static struct ar_report report;
static char *out_text, *err_text;
static size_t out_len, err_len;

static void open_report(void)
{
	report = (struct ar_report){ .unicode = true };
	report.out = open_memstream(&out_text, &out_len);
	report.err_out = open_memstream(&err_text, &err_len);
	report.findings_out = report.err_out;
	ck_assert(report.out && report.err_out);
}

static void close_report(void)
{
	fclose(report.out);
	fclose(report.err_out);
	free(out_text);
	free(err_text);
}

static json_t *printed(void)
{
	fflush(report.out);
	json_t *root = json_loads(out_text, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(root);
	return root;
}

START_TEST(an_error_in_json_has_the_same_facts)
{
	static const char data[] = "kind: x\n";
	const struct ar_text text = { .name = "m\xff", .data = data, .len = sizeof data - 1 };
	struct ar_err err = AR_ERR_INIT;
	const char *message, *path, *hint, *state, *class, *source;
	int line, column, code;

	ar_err_at(&err, &text, 6, "odd");
	ar_err_hint(&err, "do");
	ar_err_class(&err, AR_LOOK);
	report.json = true;
	ar_report_error(&report, &err);
	fflush(report.out);
	json_t *root = json_loads(out_text, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(root);
	ck_assert_int_eq(json_unpack(root, "{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:i}", "message",
				     &message, "path", &path, "hint", &hint, "state", &state,
				     "class", &class, "source", &source, "line", &line, "column",
				     &column, "exit", &code),
			 0);
	ck_assert_str_eq(message, "odd");
	ck_assert_str_eq(path, "m\\xff");
	ck_assert_str_eq(hint, "do");
	ck_assert_str_eq(state, ar_class_state(AR_LOOK));
	ck_assert_str_eq(class, "look");
	ck_assert_str_eq(source, "kind: x");
	ck_assert(line == 1 && column == 7 && code == 5);
	ck_assert_str_eq(json_string_value(json_object_get(root, "schema")), "atrest.error/v1");
	ck_assert(json_is_array(json_object_get(root, "servers")));
	json_decref(root);
}
END_TEST

static const struct ar_cause stop = { "several-things", AR_STOP, true, "it would hurt", "do not" };
static const struct ar_cause bad = { "bad-thing", AR_ERROR, false, "it is refused", "mend it" };
static const struct ar_cause note = { "small-thing", AR_NOTE, false, "so be it", "" };

static char two_found[] = "two were found", name_empty[] = "the name is empty",
	    by_the_way[] = "by the way";
static char manifest[] = "/m.yaml", enc[] = "/enc.yaml", field[] = "resources[0].name";

static struct ar_finding list[] = {
	{ .cause = &stop, .severity = AR_STOP, .subject = manifest, .what = two_found },
	{ .cause = &bad,
	  .severity = AR_ERROR,
	  .subject = enc,
	  .where = field,
	  .line = 3,
	  .column = 5,
	  .what = name_empty },
	{ .cause = &note, .severity = AR_NOTE, .what = by_the_way },
};
static const struct ar_findings findings = { .list = list, .count = 3, .cap = 3 };

START_TEST(findings_in_json_have_the_same_facts)
{
	static const char *const accepted[] = { "several-things" };
	json_t *array = ar_json_findings(&findings, accepted, 1);

	ck_assert_uint_eq(json_array_size(array), 3);
	json_t *first = json_array_get(array, 0), *second = json_array_get(array, 1);
	ck_assert(json_is_true(json_object_get(first, "accepted")));
	ck_assert(json_is_null(json_object_get(first, "line")));
	ck_assert(json_is_false(json_object_get(second, "acceptable")));
	ck_assert_str_eq(json_string_value(json_object_get(second, "severity")), "error");
	ck_assert_str_eq(json_string_value(json_object_get(second, "field")), field);
	ck_assert_int_eq(json_integer_value(json_object_get(second, "line")), 3);
	ck_assert(json_is_null(json_object_get(json_array_get(array, 2), "subject")));
	json_decref(array);
}
END_TEST

START_TEST(records_in_json_have_both_ends)
{
	const char *before, *mode, *action;
	json_t *after;

	ar_json_print_records(&report, records, 2);
	json_t *root = printed();
	json_t *made = json_array_get(json_object_get(root, "records"), 0);
	ck_assert_int_eq(json_unpack(made, "{s:[{s:{s:s},s:s,s:s}]}", "parts", "before", "sha256",
				     &before, "mode", &mode, "action", &action),
			 0);
	ck_assert_str_eq(before, "aa");
	ck_assert_str_eq(mode, "0600");
	ck_assert_str_eq(action, "replaced");
	made = json_array_get(json_object_get(root, "records"), 1);
	ck_assert_int_eq(json_unpack(made, "{s:[{s:o}]}", "parts", "before", &after), 0);
	ck_assert(json_is_null(after));
	json_decref(root);
}
END_TEST

static const struct ar_server servers[] = {
	{ .name = "kube-apiserver-a", .minor = 34, .patch = 4 }
};

static void print_change(const char *state)
{
	static const struct ar_goal goal = { .kind = AR_GOAL_PATCH };
	static struct ar_server server;
	struct ar_step step = AR_STEP_INIT;

	server = servers[0];
	step.plan.parts[AR_PART_FLAG] = (struct ar_part_plan){ .state = AR_ADD,
							       .what = "flag --x" };
	step.plan.parts[AR_PART_MOUNT] = (struct ar_part_plan){ .state = AR_PRESENT,
								.line = 7,
								.what = "mount" };
	const struct ar_observation seen = {
		.live = true, .findings = findings, .servers = &server, .server_count = 1
	};
	const struct ar_json_change change = {
		.schema = "atrest.patch/v1",
		.state = state,
		.path = "/m.yaml",
		.seen = &seen,
		.goal = &goal,
		.step = &step,
		.diff = "--- a\n",
		.record = &records[0],
	};
	ar_json_print_change(&report, &change);
}

START_TEST(a_change_in_json_says_what_is_there_what_is_planned_and_the_record)
{
	const char *schema, *version, *action, *diff, *record, *part;
	int live, redacted;

	print_change("planned");
	json_t *root = printed();
	ck_assert_int_eq(json_unpack(root,
				     "{s:s,s:[{s:s}],s:b,s:{s:s,s:s,s:b},s:{s:s},s:[{s:s},*]}",
				     "schema", &schema, "servers", "version", &version, "live",
				     &live, "step", "action", &action, "diff", &diff, "redacted",
				     &redacted, "record", "id", &record, "parts", "state", &part),
			 0);
	ck_assert_str_eq(schema, "atrest.patch/v1");
	ck_assert_str_eq(version, "1.34.4");
	ck_assert_str_eq(action, "write");
	ck_assert_str_eq(diff, "--- a\n");
	ck_assert_str_eq(record, records[0].id);
	ck_assert_str_eq(part, "add");
	ck_assert(live && !redacted);
	ck_assert_uint_eq(json_array_size(json_object_get(root, "parts")), 2);
	json_decref(root);
}
END_TEST

START_TEST(a_change_that_is_done_has_no_step)
{
	print_change("done");
	json_t *root = printed();
	ck_assert(json_is_null(json_object_get(root, "step")));
	json_decref(root);
}
END_TEST

START_TEST(a_config_in_json_has_its_keys_without_their_bytes)
{
	struct ar_enc_key key = { .name = "key1", .made = "2026-11-24", .bytes = 32 };
	struct ar_enc_kms kms = { .name = "k", .api_version = "v2", .endpoint = "unix:///s" };
	struct ar_enc_provider providers[] = {
		{ .kind = AR_AESCBC, .keys = &key, .key_count = 1 },
		{ .kind = AR_KMS, .kms = &kms },
		{ .kind = AR_IDENTITY },
	};
	const char *resource = "secrets";
	struct ar_enc_entry entry = { .resources = &resource,
				      .resource_count = 1,
				      .providers = providers,
				      .provider_count = 3 };
	const struct ar_encconf conf = { .entries = &entry, .entry_count = 1 };
	const char *name, *version, *made;
	int bytes, writes;

	ar_json_print_config(&report, &conf, "/enc.yaml", "ab", false);
	json_t *root = printed();
	ck_assert_int_eq(json_unpack(root, "{s:[{s:[{s:b,s:[{s:s,s:i,s:s}]},{s:{s:s}},*]}]}",
				     "entries", "providers", "writes", &writes, "keys", "name",
				     &name, "bytes", &bytes, "made", &made, "kms", "version",
				     &version),
			 0);
	ck_assert(writes && bytes == 32);
	ck_assert_str_eq(name, "key1");
	ck_assert_str_eq(made, key.made);
	ck_assert_str_eq(version, "v2");
	json_decref(root);
}
END_TEST

START_TEST(a_check_in_json_says_the_verdict_and_for_which_server)
{
	const struct ar_json_check check = { .path = "/enc.yaml",
					     .minor = 34,
					     .refused = true,
					     .exit_code = 3,
					     .findings = &findings };
	const char *version;
	int valid, code;

	ar_json_print_check(&report, &check);
	json_t *root = printed();
	ck_assert_int_eq(json_unpack(root, "{s:s,s:b,s:i}", "kube_version", &version, "valid",
				     &valid, "exit", &code),
			 0);
	ck_assert_str_eq(version, "1.34");
	ck_assert(!valid && code == 3);
	json_decref(root);
}
END_TEST

static size_t allowed;

static void *limited_malloc(size_t size)
{
	return allowed > 0 ? allowed--, malloc(size) : NULL;
}

/* Every document with the N-th allocation failing: nothing leaks, nothing half-made is printed. */
START_TEST(json_survives_every_allocation_that_fails)
{
	bool done = false;
	size_t limit = 0;

	json_set_alloc_funcs(limited_malloc, free);
	for (; !done; limit++) {
		fflush(report.out);
		size_t before = out_len;

		allowed = limit;
		report.failed = false;
		print_change("planned");
		fflush(report.out);
		ck_assert_int_eq(report.failed, out_len == before);
		done = !report.failed;
	}
	json_set_alloc_funcs(malloc, free);
	ck_assert_uint_gt(limit, 50);
	report.failed = true;
	ck_assert_int_eq(ar_report_finish(&report, AR_DONE), AR_FAILED);
}
END_TEST

Suite *clijson_suite(void);

Suite *clijson_suite(void)
{
	Suite *suite = suite_create("clijson");
	TCase *tcase = tcase_create("documents");

	tcase_add_checked_fixture(tcase, open_report, close_report);
	tcase_add_test(tcase, an_error_in_json_has_the_same_facts);
	tcase_add_test(tcase, findings_in_json_have_the_same_facts);
	tcase_add_test(tcase, records_in_json_have_both_ends);
	tcase_add_test(tcase, a_change_in_json_says_what_is_there_what_is_planned_and_the_record);
	tcase_add_test(tcase, a_change_that_is_done_has_no_step);
	tcase_add_test(tcase, a_config_in_json_has_its_keys_without_their_bytes);
	tcase_add_test(tcase, a_check_in_json_says_the_verdict_and_for_which_server);
	tcase_add_test(tcase, json_survives_every_allocation_that_fails);
	suite_add_tcase(suite, tcase);
	return suite;
}
