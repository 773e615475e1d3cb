/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "ladder_help.h"

Suite *ladder_plain_suite(void);

/* --- back to plain text ---------------------------------------------------------------------- */

START_TEST(plain_text_becomes_a_reader_then_the_writer)
{
	struct ar_ladder_seen seen = world(2, 1, O);

	seen.persisted = false; /* it still has the flag */
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_READER);
	expect_file(ar_ladder_next(&seen, &to_plain), 1, P | O);
	seen = world(2, 1, P | O);
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_PROMOTE);
	expect_file(ar_ladder_next(&seen, &to_plain), 0, P | O);
}
END_TEST

START_TEST(the_flag_goes_last)
{
	struct ar_ladder_seen seen = world(2, 0, P | O);

	seen.persisted = false;
	seen.live |= O;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_REWRITE);
	seen.live = P;
	seen.past |= O;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_COMPACT);
	seen.past = P;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_UNPERSIST);
	seen.persisted = true;
	seen.escrowed = false; /* of plain text there is none */
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_PRUNE);
	ck_assert(ar_ladder_next(&seen, &to_plain).out);
	seen.flag = seen.current = false;
	seen.disk = AR_RUNG_PLAIN;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_LOAD);
	ck_assert(ar_ladder_next(&seen, &to_plain).out);
	seen.current = true;
	set_server(&seen, 0, 0, P);
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_PRUNE); /* the file */
	seen.file = false;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_WAIT_PRUNED);
	set_server(&seen, 1, 0, P);
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_DONE);
}
END_TEST

START_TEST(where_nothing_was_encrypted_nothing_is_done)
{
	struct ar_ladder_seen seen = bare(3);

	seen.persisted = true;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_DONE);
	seen.past_known = false;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_DONE);
}
END_TEST

START_TEST(a_fresh_node_gets_the_keys_while_they_are_in_use)
{
	struct ar_ladder_seen seen = bare(2);

	seen.persisted = true;
	set_server(&seen, 1, 0, P | O);
	seen.live = seen.past = P | O;
	seen.keys_here = P;
	expect_refusal(ar_ladder_next(&seen, &to_plain), AR_LADDER_FILE_LACKS, AR_LADDER_READER);
	seen.keys_here |= O;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_READER);
	seen.file = true;
	seen.config = rung(0, P | O);
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_LOAD);
	ck_assert(!ar_ladder_next(&seen, &to_plain).out); /* with the flag */
}
END_TEST

START_TEST(plain_text_waits_for_every_reader_too)
{
	struct ar_ladder_seen seen = world(2, 0, P);

	seen.flag = seen.current = false;
	seen.config = seen.disk = AR_RUNG_PLAIN;
	seen.servers[0].loaded = rung(1, P | O); /* the flag was taken out, by hand */
	seen.keys_here = P | O;
	seen.live = seen.past = P;
	seen.servers[1].known = false;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_READER);
	seen.servers[0].loaded.writer = 0;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_WAIT_LOAD);
	ck_assert_uint_eq(ar_ladder_next(&seen, &to_plain).servers, 2);
	seen.servers[1].known = true;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_LOAD);
	ck_assert(ar_ladder_next(&seen, &to_plain).out);
}
END_TEST

START_TEST(a_flag_whose_file_is_lost_goes)
{
	struct ar_ladder_seen seen = world(2, 0, P | O);

	seen.file = seen.current = seen.persisted = false;
	seen.disk = seen.config = AR_RUNG_PLAIN;
	seen.servers[0].known = false;
	seen.down = true;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_LOAD);
	ck_assert(ar_ladder_next(&seen, &to_plain).out);
	set_server(&seen, 1, 1, P | O); /* who may write what it could not read then */
	seen.live = P | O;
	seen.keys_here = P;
	expect_refusal(ar_ladder_next(&seen, &to_plain), AR_LADDER_FILE_LACKS, AR_LADDER_READER);
	seen.live = P;
	set_server(&seen, 1, 0, P | O);
	seen.counted = false;
	expect_refusal(ar_ladder_next(&seen, &to_plain), AR_LADDER_UNCOUNTED, AR_LADDER_LOAD);
}
END_TEST

START_TEST(a_server_that_runs_without_its_file_keeps_what_older_revisions_have)
{
	struct ar_ladder_seen seen = world(2, 0, P | O);

	seen.file = seen.current = seen.persisted = seen.past_known = false;
	seen.disk = seen.config = AR_RUNG_PLAIN;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_COMPACT);
	seen.past_known = true;
	expect(ar_ladder_next(&seen, &to_plain), AR_LADDER_LOAD);
	ck_assert(ar_ladder_next(&seen, &to_plain).out);
	expect(next(&seen), AR_LADDER_READER); /* of another goal it stays */
}
END_TEST

/* --- several kinds of resources, and nonsense ------------------------------------------------ */

START_TEST(the_first_of_several_steps)
{
	struct ar_ladder_step steps[2] = {
		{ .kind = AR_LADDER_LOAD, .at = AR_LADDER_LOAD },
		{ .kind = AR_LADDER_WAIT_LOAD, .at = AR_LADDER_LOAD, .servers = 2 }
	};

	expect(ar_ladder_first(steps, 2), AR_LADDER_WAIT_LOAD);
	steps[0] = (struct ar_ladder_step){ .kind = AR_LADDER_WAIT_LOAD,
					    .at = AR_LADDER_LOAD,
					    .servers = 4 };
	ck_assert_uint_eq(ar_ladder_first(steps, 2).servers, 6);
	steps[0] = (struct ar_ladder_step){ .kind = AR_LADDER_REFUSE,
					    .reason = AR_LADDER_NO_ESCROW,
					    .at = AR_LADDER_PRUNE };
	expect(ar_ladder_first(steps, 2), AR_LADDER_WAIT_LOAD);
	steps[0].at = AR_LADDER_READER;
	expect(ar_ladder_first(steps, 2), AR_LADDER_REFUSE);
	expect(ar_ladder_first(steps, 0), AR_LADDER_DONE);
}
END_TEST

START_TEST(a_writer_changes_for_all_or_for_none)
{
	struct ar_ladder_step steps[2] = { { .kind = AR_LADDER_READER,
					     .at = AR_LADDER_READER,
					     .turns = true,
					     .keys = N,
					     .file = { .writer = 2, .reads = P | N } },
					   { .kind = AR_LADDER_WAIT_READERS,
					     .at = AR_LADDER_WAIT_READERS,
					     .file = { .writer = 0, .reads = P | N } } };

	expect(ar_ladder_first(steps, 2), AR_LADDER_READER);
	ck_assert(!ar_ladder_first(steps, 2).turns);
	steps[0].keys = 0;
	expect_refusal(ar_ladder_first(steps, 2), AR_LADDER_FILE_WRITES, AR_LADDER_READER);
	steps[1].file.writer = 2;
	ck_assert(ar_ladder_first(steps, 2).turns);
}
END_TEST

START_TEST(it_answers_whatever_is_seen)
{
	struct ar_ladder_seen seen;
	struct ar_ladder_goal goal;

	memset(&seen, 0, sizeof seen);
	expect(next(&seen), AR_LADDER_REFUSE);
	memset(&seen, 1, sizeof seen); /* more servers than there is room for, keys beyond all */
	memset(&goal, 1, sizeof goal);
	ck_assert_int_le((int)ar_ladder_next(&seen, &goal).kind, AR_LADDER_DONE);
	goal.writer = AR_LADDER_KEYS;
	ck_assert_int_le((int)ar_ladder_next(&seen, &goal).kind, AR_LADDER_DONE);
	seen = world(1, 1, P | O);
	seen.self = 7;
	expect(next(&seen), AR_LADDER_READER);
	for (int kind = 0; kind <= AR_LADDER_DONE; kind++)
		ck_assert_ptr_nonnull(ar_ladder_word((enum ar_ladder_kind)kind));
}
END_TEST

Suite *ladder_plain_suite(void)
{
	Suite *suite = suite_create("ladder_plain");
	TCase *tcase = tcase_create("ladder_plain");

	tcase_add_test(tcase, plain_text_waits_for_every_reader_too);
	tcase_add_test(tcase, plain_text_becomes_a_reader_then_the_writer);
	tcase_add_test(tcase, the_flag_goes_last);
	tcase_add_test(tcase, where_nothing_was_encrypted_nothing_is_done);
	tcase_add_test(tcase, a_fresh_node_gets_the_keys_while_they_are_in_use);
	tcase_add_test(tcase, a_flag_whose_file_is_lost_goes);
	tcase_add_test(tcase, a_server_that_runs_without_its_file_keeps_what_older_revisions_have);
	tcase_add_test(tcase, the_first_of_several_steps);
	tcase_add_test(tcase, a_writer_changes_for_all_or_for_none);
	tcase_add_test(tcase, it_answers_whatever_is_seen);
	suite_add_tcase(suite, tcase);
	return suite;
}
