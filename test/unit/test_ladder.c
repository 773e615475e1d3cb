/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>

#include "ladder_help.h"

Suite *ladder_suite(void);

/* --- the file -------------------------------------------------------------------------------- */

START_TEST(the_goals_key_reads_first)
{
	struct ar_ladder_seen seen = world(3, 1, P | O);
	struct ar_ladder_step step = next(&seen);

	expect(step, AR_LADDER_READER);
	expect_file(step, 1, P | O | N);
	ck_assert_uint_eq(step.keys, N);
	ck_assert(!step.turns);
}
END_TEST

START_TEST(the_first_file_writes_plain_text)
{
	struct ar_ladder_seen seen = bare(3);
	struct ar_ladder_step step = next(&seen);

	expect(step, AR_LADDER_READER);
	expect_file(step, 0, P | N);
	ck_assert(step.turns);
}
END_TEST

START_TEST(the_only_server_writes_with_it_at_once)
{
	struct ar_ladder_seen seen = bare(1);
	struct ar_ladder_step step = next(&seen);

	expect(step, AR_LADDER_READER);
	expect_file(step, 2, P | N);
	seen = world(1, 1, P | O);
	step = next(&seen);
	expect_file(step, 2, P | O | N);
	ck_assert(step.turns);
	seen.all_told = false; /* it may not be the only one */
	expect_file(next(&seen), 1, P | O | N);
}
END_TEST

START_TEST(the_last_server_writes_with_it_at_once)
{
	struct ar_ladder_seen seen = world(3, 1, P | O);

	set_server(&seen, 1, 1, P | O | N);
	set_server(&seen, 2, 1, P | O | N);
	expect_file(next(&seen), 2, P | O | N);
	seen.servers[2].disk.reads = P | O; /* it would not read it after a start */
	expect_file(next(&seen), 1, P | O | N);
	seen.servers[2].disk.reads |= N;
	seen.servers[2].told = false;
	expect_file(next(&seen), 1, P | O | N);
	seen.servers[2].gone = true;
	expect_file(next(&seen), 2, P | O | N);
}
END_TEST

START_TEST(a_file_that_is_not_loaded_yet_is_not_loaded_twice)
{
	struct ar_ladder_seen seen = world(2, 1, P | O);

	set_server(&seen, 1, 1, P | O | N);
	set_file(&seen, 1, P | O | N);
	expect(next(&seen), AR_LADDER_READER);
	expect_file(next(&seen), 2, P | O | N);
	ck_assert_uint_eq(next(&seen).keys, 0);
}
END_TEST

START_TEST(a_key_that_is_not_here_is_asked_for)
{
	struct ar_ladder_seen seen = world(2, 1, P | O);

	seen.keys_here = P | O;
	expect_refusal(next(&seen), AR_LADDER_NO_KEY, AR_LADDER_READER);
	ck_assert_uint_eq(next(&seen).keys, N);
}
END_TEST

START_TEST(a_file_gets_what_is_in_use)
{
	struct ar_ladder_seen seen = world(2, 1, P | O);

	set_file(&seen, 2, P | N);
	seen.keys_here = P | O | N;
	expect(next(&seen), AR_LADDER_READER);
	ck_assert_uint_eq(next(&seen).keys, O);
	seen.keys_here = P | N;
	expect_refusal(next(&seen), AR_LADDER_FILE_LACKS, AR_LADDER_READER);
	ck_assert_uint_eq(next(&seen).keys, O);
}
END_TEST

/* Each of these alone is enough for a file to need a key. */
START_TEST(what_a_file_needs)
{
	struct ar_ladder_seen seen = world(2, 2, P | N);

	expect(next(&seen), AR_LADDER_DONE);
	seen.live |= X;
	ck_assert_uint_eq(next(&seen).keys, X);
	seen = world(2, 2, P | N);
	seen.servers[1].loaded = rung(3, X);
	ck_assert_uint_eq(next(&seen).keys, X);
	seen.servers[1].gone = true;
	expect(next(&seen), AR_LADDER_DONE);
	seen = world(2, 2, P | N);
	seen.past |= X; /* nobody reads it now */
	expect(next(&seen), AR_LADDER_DONE);
	seen.servers[0].loaded.reads |= X;
	ck_assert_uint_eq(next(&seen).keys, X);
}
END_TEST

START_TEST(a_wrong_file_is_named)
{
	struct ar_ladder_seen seen = world(3, 1, P | O);

	set_file(&seen, 3, P | X);
	seen.keys_here = P | X;
	expect_refusal(next(&seen), AR_LADDER_FILE_LACKS, AR_LADDER_READER);
	ck_assert_uint_eq(next(&seen).keys, O | N);
}
END_TEST

START_TEST(a_writer_that_others_cannot_read_is_put_back)
{
	struct ar_ladder_seen seen = world(3, 1, P | O);
	struct ar_ladder_step step;

	set_file(&seen, 2, P | O | N); /* as the guides say it: first of all */
	step = next(&seen);
	expect(step, AR_LADDER_READER);
	expect_file(step, 1, P | O | N);
	ck_assert(step.turns && step.keys == 0);
}
END_TEST

START_TEST(a_server_that_is_down_waits_for_a_writer_that_all_read)
{
	struct ar_ladder_seen seen = world(2, 1, P | O);

	seen.file = seen.current = seen.servers[0].known = false;
	seen.down = true;
	seen.keys_here |= O;
	expect(next(&seen), AR_LADDER_WAIT_LOAD);
	ck_assert_uint_eq(next(&seen).servers, 2);
	set_server(&seen, 1, 1, P | O | N);
	expect(next(&seen), AR_LADDER_READER);
	expect_file(next(&seen), 2, P | O | N);
}
END_TEST

START_TEST(a_lost_file_comes_back_only_with_all_that_is_in_use)
{
	struct ar_ladder_seen seen = world(1, 1, P | O);

	seen.file = seen.current = false;
	seen.keys_here = P | O | N;
	expect(next(&seen), AR_LADDER_READER);
	seen.servers[0].loaded.reads |= X;
	expect(next(&seen), AR_LADDER_READER); /* nothing is stored under it */
	seen.past_known = false;
	expect(next(&seen), AR_LADDER_COMPACT);
	seen.counted = false;
	expect_refusal(next(&seen), AR_LADDER_UNCOUNTED, AR_LADDER_READER);
	seen.servers[0].known = false; /* it may write anything */
	expect(next(&seen), AR_LADDER_WAIT_LOAD);
	ck_assert_uint_eq(next(&seen).servers, 1);
}
END_TEST

/* --- loading it ------------------------------------------------------------------------------ */

START_TEST(a_file_is_loaded_as_a_reader)
{
	struct ar_ladder_seen seen = world(3, 1, P | O);

	set_file(&seen, 1, P | O | N);
	seen.servers[1].known = seen.servers[2].told = false; /* it is safe without them */
	expect(next(&seen), AR_LADDER_LOAD);
	ck_assert(!next(&seen).out);
}
END_TEST

START_TEST(the_manifest_gets_the_flag)
{
	struct ar_ladder_seen seen = bare(3);

	seen.file = true;
	seen.config = rung(0, P | N);
	expect(next(&seen), AR_LADDER_LOAD);
}
END_TEST

/* Somebody was replaced, or does not answer: until all read it again this disk is harmless, too. */
START_TEST(a_writer_waits_for_every_reader)
{
	struct ar_ladder_seen seen = world(3, 1, P | O | N);

	set_file(&seen, 2, P | O | N);
	expect(next(&seen), AR_LADDER_LOAD);
	seen.servers[1].loaded.reads = P | O;
	expect(next(&seen), AR_LADDER_READER);
	expect_file(next(&seen), 1, P | O | N);
	seen.servers[1].gone = true;
	expect(next(&seen), AR_LADDER_LOAD);
	seen.servers[2].told = false;
	expect(next(&seen), AR_LADDER_READER);
	seen.servers[2].told = true;
	seen.all_told = false;
	expect(next(&seen), AR_LADDER_READER);
}
END_TEST

START_TEST(a_key_is_lost_only_where_nothing_needs_it)
{
	struct ar_ladder_seen seen = world(2, 2, P | O | N);

	set_file(&seen, 2, P | N);
	expect(next(&seen), AR_LADDER_LOAD);
	seen.servers[1].disk.writer = 1; /* it would write with it after a start */
	expect(next(&seen), AR_LADDER_WAIT_LOAD);
	ck_assert_uint_eq(next(&seen).servers, 2);
	seen = world(2, 2, P | O | N);
	set_file(&seen, 2, P | N);
	seen.past_known = false;
	expect(next(&seen), AR_LADDER_COMPACT);
	ck_assert_uint_eq(next(&seen).keys, O);
	ck_assert_int_eq((int)next(&seen).at, AR_LADDER_LOAD);
	seen.counted = false;
	expect_refusal(next(&seen), AR_LADDER_UNCOUNTED, AR_LADDER_LOAD);
	seen.counted = seen.past_known = true;
	seen.past |= O;
	seen.keys_here = P | N;
	expect_refusal(next(&seen), AR_LADDER_FILE_LACKS, AR_LADDER_READER);
}
END_TEST

START_TEST(a_server_that_is_down_is_started)
{
	struct ar_ladder_seen seen = world(1, 2, P | N);

	seen.current = seen.servers[0].known = false;
	expect(next(&seen), AR_LADDER_WAIT_LOAD); /* it may run with anything */
	seen.down = true;
	seen.past_known = false; /* without a server etcd is not compacted */
	expect(next(&seen), AR_LADDER_LOAD);
}
END_TEST

/* --- the others ------------------------------------------------------------------------------ */

START_TEST(nobody_writes_before_all_read)
{
	struct ar_ladder_seen seen = world(3, 1, P | O | N);

	expect(next(&seen), AR_LADDER_PROMOTE);
	expect_file(next(&seen), 2, P | O | N);
	seen.servers[2].loaded.reads = P | O;
	expect(next(&seen), AR_LADDER_WAIT_READERS);
	ck_assert_uint_eq(next(&seen).servers, 4);
	seen.servers[1].known = false;
	ck_assert_uint_eq(next(&seen).servers, 6);
	seen.servers[1].gone = seen.servers[2].gone = true;
	expect(next(&seen), AR_LADDER_PROMOTE);
	seen.all_told = false;
	expect_refusal(next(&seen), AR_LADDER_UNTOLD, AR_LADDER_WAIT_READERS);
}
END_TEST

START_TEST(a_disk_counts_as_what_is_loaded_does)
{
	struct ar_ladder_seen seen = world(2, 1, P | O | N);

	seen.servers[1].disk = rung(1, P | O); /* of a goal that was given up */
	expect(next(&seen), AR_LADDER_WAIT_READERS);
	seen = world(2, 2, P | O | N);
	expect(next(&seen), AR_LADDER_PRUNE);
	seen.servers[1].disk = rung(1, P | O | N);
	expect(next(&seen), AR_LADDER_WAIT_WRITERS);
}
END_TEST

START_TEST(nothing_goes_before_all_write)
{
	struct ar_ladder_seen seen = world(3, 2, P | O | N);

	seen.persisted = false;
	seen.servers[2].loaded.writer = 1;
	expect(next(&seen), AR_LADDER_WAIT_WRITERS);
	ck_assert_uint_eq(next(&seen).servers, 4);
	seen.servers[1].known = false;
	ck_assert_uint_eq(next(&seen).servers, 6);
	seen.servers[1].gone = seen.servers[2].gone = true;
	expect(next(&seen), AR_LADDER_PERSIST);
	seen.all_told = false;
	expect_refusal(next(&seen), AR_LADDER_UNTOLD, AR_LADDER_WAIT_WRITERS);
}
END_TEST

/* --- what is stored -------------------------------------------------------------------------- */

START_TEST(it_ends_here_where_nothing_is_rewritten)
{
	const struct ar_ladder_goal goal = { .writer = 2, .keep = P, .persist = true };
	struct ar_ladder_seen seen = world(2, 2, P | O | N);

	seen.counted = false;
	seen.persisted = false;
	expect(ar_ladder_next(&seen, &goal), AR_LADDER_PERSIST);
	seen.persisted = true;
	expect(ar_ladder_next(&seen, &goal), AR_LADDER_DONE);
}
END_TEST

START_TEST(old_values_are_rewritten)
{
	struct ar_ladder_seen seen = world(2, 2, P | O | N);

	seen.live = P | O | N;
	expect(next(&seen), AR_LADDER_REWRITE);
	ck_assert_uint_eq(next(&seen).keys, P | O);
	seen.counted = false;
	expect_refusal(next(&seen), AR_LADDER_UNCOUNTED, AR_LADDER_REWRITE);
}
END_TEST

START_TEST(older_revisions_are_waited_for)
{
	struct ar_ladder_seen seen = world(2, 2, P | O | N);

	seen.past = P | O | N;
	expect(next(&seen), AR_LADDER_COMPACT);
	ck_assert_uint_eq(next(&seen).keys, O); /* plain text stays */
	seen.past_known = false;
	expect(next(&seen), AR_LADDER_COMPACT);
	seen = world(2, 2, P | N);
	seen.past = P | N; /* nothing is to go: nothing is waited for */
	expect(next(&seen), AR_LADDER_DONE);
}
END_TEST

START_TEST(an_old_key_goes)
{
	const struct ar_ladder_goal bare_goal = { .writer = 2, .rewrite = true };
	struct ar_ladder_seen seen = world(2, 2, P | O | N);
	struct ar_ladder_step step = next(&seen);

	expect(step, AR_LADDER_PRUNE);
	expect_file(step, 2, P | N);
	ck_assert_uint_eq(step.keys, O);
	ck_assert(!step.out);
	expect_file(ar_ladder_next(&seen, &bare_goal), 2, N);
	seen.escrowed = false;
	expect_refusal(next(&seen), AR_LADDER_NO_ESCROW, AR_LADDER_PRUNE);
}
END_TEST

START_TEST(done_is_said_when_nothing_is_left_anywhere)
{
	struct ar_ladder_seen seen = world(2, 2, P | N);

	seen.servers[1].disk.reads |= O;
	expect(next(&seen), AR_LADDER_WAIT_PRUNED);
	ck_assert_uint_eq(next(&seen).servers, 2);
	set_server(&seen, 1, 2, P | N);
	expect(next(&seen), AR_LADDER_DONE);
}
END_TEST

Suite *ladder_suite(void)
{
	Suite *suite = suite_create("ladder");
	TCase *tcase = tcase_create("ladder");

	tcase_add_test(tcase, the_goals_key_reads_first);
	tcase_add_test(tcase, the_first_file_writes_plain_text);
	tcase_add_test(tcase, the_only_server_writes_with_it_at_once);
	tcase_add_test(tcase, the_last_server_writes_with_it_at_once);
	tcase_add_test(tcase, a_file_that_is_not_loaded_yet_is_not_loaded_twice);
	tcase_add_test(tcase, a_key_that_is_not_here_is_asked_for);
	tcase_add_test(tcase, a_file_gets_what_is_in_use);
	tcase_add_test(tcase, what_a_file_needs);
	tcase_add_test(tcase, a_wrong_file_is_named);
	tcase_add_test(tcase, a_writer_that_others_cannot_read_is_put_back);
	tcase_add_test(tcase, a_server_that_is_down_waits_for_a_writer_that_all_read);
	tcase_add_test(tcase, a_lost_file_comes_back_only_with_all_that_is_in_use);
	tcase_add_test(tcase, a_file_is_loaded_as_a_reader);
	tcase_add_test(tcase, the_manifest_gets_the_flag);
	tcase_add_test(tcase, a_writer_waits_for_every_reader);
	tcase_add_test(tcase, a_key_is_lost_only_where_nothing_needs_it);
	tcase_add_test(tcase, a_server_that_is_down_is_started);
	tcase_add_test(tcase, nobody_writes_before_all_read);
	tcase_add_test(tcase, a_disk_counts_as_what_is_loaded_does);
	tcase_add_test(tcase, nothing_goes_before_all_write);
	tcase_add_test(tcase, it_ends_here_where_nothing_is_rewritten);
	tcase_add_test(tcase, old_values_are_rewritten);
	tcase_add_test(tcase, older_revisions_are_waited_for);
	tcase_add_test(tcase, an_old_key_goes);
	tcase_add_test(tcase, done_is_said_when_nothing_is_left_anywhere);
	suite_add_tcase(suite, tcase);
	return suite;
}
