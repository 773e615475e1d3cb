/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <ctype.h>
#include <string.h>

#include "diag/finding.h"

START_TEST(every_cause_has_an_id_a_meaning_and_a_remedy)
{
	for (size_t i = 0; ar_cause_at(i); i++) {
		const struct ar_cause *cause = ar_cause_at(i);

		ck_assert_ptr_eq(ar_cause_find(cause->id), cause); /* so no id stands twice */
		for (const char *c = cause->id; *c; c++)
			ck_assert_msg(islower((unsigned char)*c) || isdigit((unsigned char)*c) ||
					      *c == '-',
				      "%s", cause->id);
		ck_assert_msg(strlen(cause->meaning) > 10 && strlen(cause->remedy) > 10, "%s",
			      cause->id);
		ck_assert_msg(cause->meaning[strlen(cause->meaning) - 1] != '.', "%s", cause->id);
		ck_assert_msg(cause->remedy[strlen(cause->remedy) - 1] != '.', "%s", cause->id);
		ck_assert_msg(!cause->acceptable || cause->severity == AR_STOP,
			      "%s: only what blocks is accepted", cause->id);
	}
	ck_assert_ptr_null(ar_cause_find("no-such-cause"));
	ck_assert_ptr_null(ar_cause_find(""));
}
END_TEST

START_TEST(preflight_causes_block_and_are_accepted_as_promised)
{
	static const struct {
		const char *id;
		bool acceptable;
	} rows[] = {
		{ "config-missing", false },    { "config-unreadable", false },
		{ "config-invalid", false },    { "config-not-regular", false },
		{ "rival-manifest", false },    { "flag-unsupported", false },
		{ "several-servers", true },    { "still-encrypted", true },
		{ "changed-since", true },      { "aesgcm-write-limit", true },
		{ "config-mode", true },        { "config-not-root", true },
		{ "static-pod-path", true },    { "owned-elsewhere", true },
		{ "hot-reload-version", true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ar_cause *cause = ar_cause_find(rows[i].id);
		ck_assert_msg(cause != NULL, "%s", rows[i].id);
		ck_assert_int_eq(cause->severity, AR_STOP);
		ck_assert_msg(cause->acceptable == rows[i].acceptable, "%s", rows[i].id);
	}
}
END_TEST

START_TEST(a_finding_knows_its_place)
{
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	const struct ar_text text = { .name = "f.yaml",
				      .data = "a\n\xc3\xa9"
					      "b",
				      .len = 5 };

	ck_assert_int_eq(ar_findings_worst(&findings), (int)AR_NOTE - 1);
	struct ar_finding *finding = ar_findings_add(&findings, "config-mode", "mode %04o", 0644u);
	ck_assert_int_eq(ar_finding_at(finding, &text, 4, "a.b[0]"), 0);
	ck_assert_str_eq(finding->what, "mode 0644");
	ck_assert_str_eq(finding->subject, "f.yaml");
	ck_assert_str_eq(finding->where, "a.b[0]");
	ck_assert_uint_eq(finding->line, 2);
	ck_assert_uint_eq(finding->column, 2);
	ck_assert_int_eq(ar_finding_about(finding, "other"), 0);
	ck_assert_str_eq(finding->subject, "other");
	ck_assert_int_eq(finding->severity, AR_STOP);
}
END_TEST

START_TEST(findings_are_counted_by_severity)
{
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;

	for (int i = 0; i < 20; i++)
		ck_assert_ptr_nonnull(ar_findings_add(&findings,
						      i % 2 ? "key-short" : "identity-missing",
						      "%d", i));
	ck_assert_uint_eq(findings.count, 20);
	ck_assert_uint_eq(ar_findings_count(&findings, AR_WARNING), 10);
	ck_assert_uint_eq(ar_findings_count(&findings, AR_NOTE), 10);
	ck_assert_uint_eq(ar_findings_count(&findings, AR_ERROR), 0);
	ck_assert_int_eq(ar_findings_worst(&findings), AR_WARNING);
	findings.list[3].severity = AR_ERROR; /* a context may change it */
	ck_assert_int_eq(ar_findings_worst(&findings), AR_ERROR);
	ar_findings_drop(&findings, "key-short");
	ck_assert_uint_eq(findings.count, 10);
	ck_assert(!ar_findings_has(&findings, "key-short"));
	ck_assert_str_eq(findings.list[9].what, "18");
	ar_findings_drop(&findings, "identity-missing");
	ck_assert_uint_eq(findings.count, 0);
}
END_TEST

START_TEST(what_is_shown_cannot_steer_a_terminal)
{
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	struct ar_finding *finding = ar_findings_add(&findings, "rival-manifest", "%s",
						     "a\033[2Jb\nc\xff");

	ck_assert_int_eq(ar_finding_about(finding, "x\ry"), 0);
	for (const char *c = finding->what; *c; c++)
		ck_assert(isprint((unsigned char)*c));
	ck_assert_ptr_null(strchr(finding->subject, '\r'));
}
END_TEST

START_TEST(no_finding_is_taken_for_no_memory)
{
	const struct ar_text text = { .name = "f", .data = "", .len = 0 };

	ck_assert_int_eq(ar_finding_about(NULL, "x"), -1);
	ck_assert_int_eq(ar_finding_at(NULL, &text, 0, NULL), -1);
}
END_TEST

Suite *finding_suite(void);

Suite *finding_suite(void)
{
	Suite *suite = suite_create("finding");
	TCase *tests = tcase_create("finding");

	tcase_add_test(tests, every_cause_has_an_id_a_meaning_and_a_remedy);
	tcase_add_test(tests, preflight_causes_block_and_are_accepted_as_promised);
	tcase_add_test(tests, a_finding_knows_its_place);
	tcase_add_test(tests, findings_are_counted_by_severity);
	tcase_add_test(tests, what_is_shown_cannot_steer_a_terminal);
	tcase_add_test(tests, no_finding_is_taken_for_no_memory);
	suite_add_tcase(suite, tests);
	return suite;
}
