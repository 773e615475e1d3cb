/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
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

static void expect_out(const char *want)
{
	fflush(report.out);
	ck_assert_str_eq(out_text, want);
}

static void expect_err(const char *want)
{
	fflush(report.err_out);
	ck_assert_str_eq(err_text, want);
}

/* --- errors ---------------------------------------------------------------------------------- */

START_TEST(an_error_says_place_source_caret_remedy_and_state)
{
	static const char data[] = "a: 1\n\tspec: [x\n";
	const struct ar_text text = { .name = "/etc/m.yaml", .data = data, .len = sizeof data - 1 };
	struct ar_err err = AR_ERR_INIT;

	ar_err_at(&err, &text, 12, "found '[', expected a mapping");
	ar_err_hint(&err, "close it");
	ar_report_error(&report, &err);
	expect_err("atrest: /etc/m.yaml:2:8: found '[', expected a mapping\n"
		   "   spec: [x\n"
		   "         ^\n"
		   "hint: close it\n"
		   "nothing was changed\n");
	expect_out("");
}
END_TEST

START_TEST(the_caret_counts_characters_not_bytes)
{
	static const char data[] = "näme: öl !";
	const struct ar_text text = { .name = "m", .data = data, .len = sizeof data - 1 };
	struct ar_err err = AR_ERR_INIT;

	ar_err_at(&err, &text, sizeof data - 2, "odd");
	ar_report_error(&report, &err);
	expect_err("atrest: m:1:10: odd\n"
		   "  näme: öl !\n"
		   "           ^\n"
		   "nothing was changed\n");
}
END_TEST

START_TEST(law_7_no_source_line_of_a_text_with_keys)
{
	static const char data[] = "secret: c2VjcmV0\n";
	const struct ar_text text = {
		.name = "enc.yaml", .data = data, .len = sizeof data - 1, .secret = true
	};
	struct ar_err err = AR_ERR_INIT;

	ar_err_at(&err, &text, 8, "no base64");
	report.json = true;
	ar_report_error(&report, &err);
	expect_err("atrest: enc.yaml:1:9: no base64\nnothing was changed\n");
	fflush(report.out);
	ck_assert_ptr_null(strstr(out_text, "c2Vj"));
}
END_TEST

START_TEST(an_error_without_a_place_is_the_message_alone)
{
	struct ar_err err = AR_ERR_INIT;

	ar_err_set(&err, "not confirmed");
	ar_report_error(&report, &err);
	expect_err("atrest: not confirmed\nnothing was changed\n");
}
END_TEST

static const struct {
	enum ar_class class;
	const char *name, *state;
} classes[] = {
	{ AR_FAILED, "failed", "nothing was changed" },
	{ AR_USAGE, "usage", "nothing was changed" },
	{ AR_NOT_AS_WANTED, "not-as-wanted", "nothing was changed" },
	{ AR_RESUMABLE, "resumable", "run the same command again" },
	{ AR_LOOK, "look", "not known" },
	{ AR_PUT_BACK, "put-back", "was put back" },
	{ AR_OTHER_NODE, "other-node", "another node" },
};

START_TEST(law_9_every_error_says_what_state_the_world_is_in)
{
	struct ar_err err = AR_ERR_INIT;

	ar_err_set(&err, "something");
	ar_err_class(&err, classes[_i].class);
	ar_report_error(&report, &err);
	fflush(report.err_out);
	ck_assert_ptr_nonnull(strstr(err_text, classes[_i].state));
	ck_assert_str_eq(ar_class_name(classes[_i].class), classes[_i].name);
	bool unchanged = strstr(err_text, "nothing was changed") != NULL;
	ck_assert_int_eq(unchanged, classes[_i].class <= AR_NOT_AS_WANTED);
}
END_TEST

START_TEST(an_unknown_class_claims_nothing)
{
	ck_assert_str_eq(ar_class_state((enum ar_class)99), "");
	ck_assert_str_eq(ar_class_name((enum ar_class)99), "");
	ck_assert_str_eq(ar_severity_name((enum ar_severity)99), "");
	ck_assert_str_eq(ar_class_state(AR_DONE), "");
}
END_TEST

START_TEST(nothing_that_is_echoed_steers_the_terminal)
{
	struct ar_err err = AR_ERR_INIT;

	ar_err_set(&err, "no file '%s'",
		   "a\033[2Jb\xff\xc2\x9b"
		   "c\n");
	snprintf(err.path, sizeof err.path, "x\ry");
	ar_err_hint(&err, "\a");
	ar_report_error(&report, &err);
	ar_report_say(&report, "%s", "p\033]0;q");
	ar_report_check(&report, AR_MARK_ADD, "%s", "r\bs");
	ar_report_warn(&report, "%s", "t\x7fu");
	expect_err("atrest: x\\x0dy: no file 'a\\x1b[2Jb\\xff\\xc2\\x9bc\\x0a'\nhint: \\x07\n"
		   "nothing was changed\natrest: warning: t\\x7fu\n");
	expect_out("p\\x1b]0;q\n  + r\\x08s\n");
}
END_TEST

START_TEST(colours_are_around_words_and_change_none)
{
	static const char data[] = "x\n";
	const struct ar_text text = { .name = "m", .data = data, .len = 2 };
	struct ar_err err = AR_ERR_INIT;

	report.err_colour = true;
	ar_err_at(&err, &text, 0, "odd");
	ar_err_hint(&err, "do");
	ar_report_error(&report, &err);
	expect_err("\033[1;31matrest\033[0m: \033[1mm:1:1\033[0m: odd\n  x\n  \033[32m^\033[0m\n"
		   "\033[32mhint\033[0m: do\nnothing was changed\n");
}
END_TEST

/* --- findings -------------------------------------------------------------------------------- */

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

START_TEST(a_finding_says_what_it_means_what_to_do_and_how_to_accept_it)
{
	ar_report_findings(&report, &findings, NULL, 0);
	expect_err("stop: /m.yaml: two were found [several-things]\n"
		   "  means: it would hurt\n"
		   "  remedy: do not\n"
		   "  accept: --accept several-things\n"
		   "error: /enc.yaml:3:5: the name is empty [bad-thing]\n"
		   "  field: resources[0].name\n"
		   "  means: it is refused\n"
		   "  remedy: mend it\n"
		   "note: by the way [small-thing]\n"
		   "  means: so be it\n"
		   "1 error, 1 stop, 1 note\n");
	expect_out("");
}
END_TEST

START_TEST(what_is_accepted_is_still_said_and_what_cannot_be_stays)
{
	static const char *const accepted[] = { "bad-thing", "several-things" };

	report.quiet = true;
	ar_report_findings(&report, &findings, accepted, 2);
	expect_err("stop (accepted): /m.yaml: two were found [several-things]\n"
		   "error: /enc.yaml:3:5: the name is empty [bad-thing]\n"
		   "  field: resources[0].name\n"
		   "  means: it is refused\n"
		   "  remedy: mend it\n"
		   "1 error, 1 stop, 1 note (1 accepted)\n");
}
END_TEST

START_TEST(no_findings_no_words)
{
	const struct ar_findings none = AR_FINDINGS_INIT;

	ar_report_findings(&report, &none, NULL, 0);
	expect_err("");
}
END_TEST

/* --- lists and diffs ------------------------------------------------------------------------- */

START_TEST(marks_are_ascii_where_the_locale_is)
{
	ar_report_check(&report, AR_MARK_DONE, "flag %d", 1);
	report.unicode = false;
	ar_report_check(&report, AR_MARK_DONE, "flag");
	ar_report_check(&report, AR_MARK_CONFLICT, "mount");
	expect_out("  ✓ flag 1\n  = flag\n  x mount\n");
}
END_TEST

static const char raw_diff[] = "+a\r\n+b\033[2Jc\n\033[31m-d\033[0m\n+\te\xff\rf\n";

START_TEST(a_diff_is_exact_unless_a_terminal_sees_it)
{
	AR_BUF_AUTO struct ar_buf diff = AR_BUF_INIT;

	ar_buf_adds(&diff, raw_diff);
	ar_report_diff(&report, &diff);
	expect_out(raw_diff);
	report.terminal = true;
	ar_report_diff(&report, &diff);
	fflush(report.out);
	ck_assert_str_eq(out_text + sizeof raw_diff - 1,
			 "+a\r\n+b\\x1b[2Jc\n\033[31m-d\033[0m\n+\te\\xff\\x0df\n");
}
END_TEST

START_TEST(records_say_when_who_what_and_what_the_file_was)
{
	ar_report_records(&report, records, 2);
	expect_out("20261124-045500-1  2026-11-24T04:55:00Z  by admin  patch  (undone)\n"
		   "  flag added\n"
		   "  /m.yaml\n"
		   "    before 10 bytes, sha256 aa\n"
		   "    after  20 bytes, sha256 bb\n"
		   "20261124-045400-1  2026-11-24T04:54:00Z  by root  config new\n"
		   "  new\n"
		   "  /enc.yaml\n"
		   "    before no file\n"
		   "    after  5 bytes, sha256 cc\n");
}
END_TEST

START_TEST(no_records_is_said)
{
	ar_report_records(&report, NULL, 0);
	expect_out("there are no records\n");
}
END_TEST

/* --- bad luck -------------------------------------------------------------------------------- */

START_TEST(a_result_that_cannot_be_written_is_no_success)
{
	FILE *memory = report.out;

	report.out = fopen("/dev/full", "w");
	ck_assert_ptr_nonnull(report.out);
	ar_report_say(&report, "something");
	ck_assert_int_eq(ar_report_finish(&report, AR_DONE), AR_FAILED);
	report.changes = true;
	ck_assert_int_eq(ar_report_finish(&report, AR_DONE), AR_LOOK);
	ck_assert_int_eq(ar_report_finish(&report, AR_USAGE), AR_USAGE);
	fclose(report.out);
	report.out = memory;
	fflush(report.err_out);
	ck_assert_ptr_nonnull(strstr(err_text, strerror(ENOSPC)));
	ck_assert_int_eq(ar_report_finish(&report, AR_NOT_AS_WANTED), AR_NOT_AS_WANTED);
}
END_TEST

static const struct {
	const char *no_color, *term;
	unsigned asked;
	bool colour;
} colour_cases[] = {
	{ "1", "xterm", AR_COLOUR_AUTO, false },   { NULL, "dumb", AR_COLOUR_AUTO, false },
	{ NULL, "dumb", AR_COLOUR_ALWAYS, true },  { "1", "xterm", AR_COLOUR_ALWAYS, true },
	{ NULL, "xterm", AR_COLOUR_NEVER, false },
};

START_TEST(the_environment_takes_colours_away_and_the_option_is_the_last_word)
{
	const struct ar_options opts = { .colour = colour_cases[_i].asked };
	struct ar_report fresh;

	setenv("TERM", colour_cases[_i].term, 1);
	unsetenv("NO_COLOR");
	if (colour_cases[_i].no_color)
		setenv("NO_COLOR", colour_cases[_i].no_color, 1);
	ar_report_init(&fresh, &opts);
	ck_assert_int_eq(fresh.colour, colour_cases[_i].colour);
}
END_TEST

START_TEST(the_locale_decides_about_marks)
{
	const struct ar_options opts = { .command = AR_CMD_CONFIG_CHECK };
	struct ar_report fresh;

	setenv("LC_ALL", "", 1);
	setenv("LC_CTYPE", "de_DE.UTF-8", 1);
	ar_report_init(&fresh, &opts);
	ck_assert(fresh.unicode);
	ck_assert_ptr_eq(fresh.findings_out, stdout);
	setenv("LC_ALL", "C", 1);
	ar_report_init(&fresh, &opts);
	ck_assert(!fresh.unicode);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, open_report, close_report);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static void add_errors(TCase *tcase)
{
	tcase_add_test(tcase, an_error_says_place_source_caret_remedy_and_state);
	tcase_add_test(tcase, the_caret_counts_characters_not_bytes);
	tcase_add_test(tcase, law_7_no_source_line_of_a_text_with_keys);
	tcase_add_test(tcase, an_error_without_a_place_is_the_message_alone);
	tcase_add_loop_test(tcase, law_9_every_error_says_what_state_the_world_is_in, 0,
			    COUNT(classes));
	tcase_add_test(tcase, an_unknown_class_claims_nothing);
	tcase_add_test(tcase, nothing_that_is_echoed_steers_the_terminal);
	tcase_add_test(tcase, colours_are_around_words_and_change_none);
	tcase_add_loop_test(tcase,
			    the_environment_takes_colours_away_and_the_option_is_the_last_word, 0,
			    COUNT(colour_cases));
	tcase_add_test(tcase, the_locale_decides_about_marks);
}

static void add_results(TCase *tcase)
{
	tcase_add_test(tcase, a_finding_says_what_it_means_what_to_do_and_how_to_accept_it);
	tcase_add_test(tcase, what_is_accepted_is_still_said_and_what_cannot_be_stays);
	tcase_add_test(tcase, no_findings_no_words);
	tcase_add_test(tcase, marks_are_ascii_where_the_locale_is);
	tcase_add_test(tcase, a_diff_is_exact_unless_a_terminal_sees_it);
	tcase_add_test(tcase, records_say_when_who_what_and_what_the_file_was);
	tcase_add_test(tcase, no_records_is_said);
	tcase_add_test(tcase, a_result_that_cannot_be_written_is_no_success);
}

Suite *report_suite(void);

Suite *report_suite(void)
{
	Suite *suite = suite_create("report");

	add_errors(new_case(suite, "errors"));
	add_results(new_case(suite, "results"));
	return suite;
}
