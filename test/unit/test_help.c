/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "cli/completion.h"
#include "cli/help.h"
#include "cli/man.h"
#include "cli/options.h"
#include "cli/suggest.h"

/* --- what is made from the tables ------------------------------------------------------------ */

static void expect_narrow(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		ck_assert_msg(len <= 80, "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

START_TEST(usage_names_every_option_of_the_command_and_no_other)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	const struct ar_option_row *row;

	ar_help_command((enum ar_command)_i, &out);
	expect_narrow(ar_buf_text(&out));
	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++) {
		char entry[60];
		snprintf(entry, sizeof entry, ", --%s%s", row->name, row->arg ? " " : "");
		if (!row->letter)
			snprintf(entry, sizeof entry, "\n      --%s ", row->name);
		bool named = strstr(ar_buf_text(&out), entry) != NULL;
		ck_assert_msg(named == ((row->commands & AR_ON(_i)) != 0), "--%s", row->name);
	}
}
END_TEST

START_TEST(the_overview_names_every_command_and_is_narrow)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ar_help_overview(&out);
	expect_narrow(ar_buf_text(&out));
	for (size_t i = 0; i < AR_COMMANDS; i++) {
		char entry[60];
		snprintf(entry, sizeof entry, "\n  %s ", ar_command_name((enum ar_command)i));
		ck_assert_msg(strstr(ar_buf_text(&out), entry), "%s", entry);
	}
}
END_TEST

static size_t occurrences(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
		count++;
	return count;
}

/* An option's name as roff has it. */
static void roff_name(const char *name, char *out, size_t size)
{
	size_t at = (size_t)snprintf(out, size, "\\fB\\-\\-");

	for (; *name && at + 4 < size; name++)
		at += (size_t)snprintf(out + at, size - at, *name == '-' ? "\\-" : "%c", *name);
	snprintf(out + at, size - at, "\\fR");
}

START_TEST(the_man_page_names_every_option_once_for_each_command_that_takes_it)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	const struct ar_option_row *row;

	ar_man_write(&out);
	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++) {
		char entry[100];
		size_t wanted = row->commands == AR_EVERYWHERE
					? 1
					: (size_t)__builtin_popcount(row->commands);
		roff_name(row->name, entry, sizeof entry);
		ck_assert_msg(occurrences(ar_buf_text(&out), entry) == wanted, "--%s", row->name);
	}
	for (size_t i = 0; i < AR_COMMANDS; i++) {
		char entry[100];
		snprintf(entry, sizeof entry, "\n.SS \"%s", ar_command_name((enum ar_command)i));
		ck_assert_msg(occurrences(ar_buf_text(&out), entry) >= 1, "%s", entry);
	}
}
END_TEST

/* A sentence that begins with a dot or quote would be swallowed as a request. */
START_TEST(the_man_page_uses_the_man_macros_and_nothing_else)
{
	static const char *const macros[] = { ".\\\"", ".TH ",  ".SH ",  ".SS ",  ".TP\n",
					      ".PP\n", ".RS ",  ".RE\n", ".br\n", ".nf\n",
					      ".fi\n", ".nh\n", ".ad ",  ".BR " };
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ar_man_write(&out);
	for (const char *at = ar_buf_text(&out); *at; at += strcspn(at, "\n") + 1) {
		bool known = at[0] != '.' && at[0] != '\'';
		for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++)
			known = known || strncmp(at, macros[i], strlen(macros[i])) == 0;
		ck_assert_msg(known, "%.40s", at);
	}
}
END_TEST

START_TEST(completions_know_every_option_and_command)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	const struct ar_option_row *row;

	if (_i == 0)
		ar_completion_bash(&out);
	else
		ar_completion_zsh(&out);
	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++) {
		char name[60];
		snprintf(name, sizeof name, "--%s", row->name);
		ck_assert_msg(strstr(ar_buf_text(&out), name), "%s", name);
		for (size_t k = 0; row->choices && row->choices[k]; k++)
			ck_assert_msg(strstr(ar_buf_text(&out), row->choices[k]), "%s",
				      row->choices[k]);
	}
	for (size_t i = 0; i < AR_COMMANDS; i++)
		ck_assert_ptr_nonnull(strstr(ar_buf_text(&out), ar_command_at(i)->words[0]));
	ck_assert_ptr_nonnull(strstr(ar_buf_text(&out), "several-servers"));
}
END_TEST

/* --- did you mean ---------------------------------------------------------------------------- */

static const struct {
	const char *given, *meant;
} slips[] = {
	{ "patch", "patch" },
	{ "ptach", "patch" },
	{ "patc", "patch" },
	{ "pitch", "patch" },
	{ "ppatch", "patch" },
	{ "un", "undo" },
	{ "xyz", NULL },
	{ "pqrch", NULL },
	{ "", NULL },
	{ "p", "patch" },
	{ "keygenn", "keygen" },
	{ "a-word-far-longer-than-any-name-of-ours", NULL },
};

START_TEST(the_nearest_word_is_offered_if_it_is_near)
{
	struct ar_suggest near = ar_suggest_for(slips[_i].given, strlen(slips[_i].given));

	ar_suggest_offer(&near, "patch");
	ar_suggest_offer(&near, "undo");
	ar_suggest_offer(&near, "keygen");
	if (slips[_i].meant)
		ck_assert_str_eq(near.best ? near.best : "none", slips[_i].meant);
	else
		ck_assert_ptr_null(near.best);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

Suite *help_suite(void);

Suite *help_suite(void)
{
	Suite *suite = suite_create("help");
	TCase *tcase = tcase_create("made from the tables");

	tcase_add_loop_test(tcase, usage_names_every_option_of_the_command_and_no_other, 0,
			    AR_COMMANDS);
	tcase_add_test(tcase, the_overview_names_every_command_and_is_narrow);
	tcase_add_test(tcase, the_man_page_names_every_option_once_for_each_command_that_takes_it);
	tcase_add_test(tcase, the_man_page_uses_the_man_macros_and_nothing_else);
	tcase_add_loop_test(tcase, completions_know_every_option_and_command, 0, 2);
	tcase_add_loop_test(tcase, the_nearest_word_is_offered_if_it_is_near, 0, COUNT(slips));
	suite_add_tcase(suite, tcase);
	return suite;
}
