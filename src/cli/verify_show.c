/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verify_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *ar_writer_name(const struct ar_writer *writer, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", ar_provider_name(writer->provider),
		 writer->name[0] ? " " : "", writer->name);
	return buf;
}

const char *ar_bytes_name(int64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 1000 && unit + 1 < sizeof units / sizeof units[0]; unit++)
		value /= 1000;
	snprintf(buf, size, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
	return buf;
}

/* --- one resource ---------------------------------------------------------------------------- */

static void show_groups(struct ar_report *report, const struct ar_census *census)
{
	for (size_t i = 0; i < census->group_count; i++) {
		const struct ar_census_group *group = &census->groups[i];
		char what[420];

		snprintf(what, sizeof what, "%s%s%s%s%s", ar_stored_word(group->kind),
			 group->name[0] ? " " : "", group->name,
			 group->key_id[0] ? ", key id " : "", group->key_id);
		ar_report_check(report, group->current ? AR_MARK_DONE : AR_MARK_WARN,
				"%-40s %8" PRId64, what, group->count);
	}
}

static void show_offenders(struct ar_report *report, const struct ar_verify_item *item)
{
	for (size_t i = 0; i < item->offender_count; i++)
		ar_report_say(report, "      %s: %s", item->offenders[i].object,
			      item->offenders[i].what);
	if (item->offenders_more > 0)
		ar_report_say(report, "      and %" PRId64 " more (--list names all)",
			      item->offenders_more);
}

static void show_decrypted(struct ar_report *report, const struct ar_verify_item *item)
{
	const int64_t good = item->results[AR_DECRYPTED_OK] + item->results[AR_DECRYPTED_PLAIN];

	if (item->checked == 0)
		return;
	ar_report_check(report, good == item->checked ? AR_MARK_DONE : AR_MARK_WARN,
			"%" PRId64 " of %" PRId64
			" looked into open with the keys of this host, and are the objects that "
			"their names say",
			good, item->checked);
	if (item->results[AR_DECRYPTED_KMS] > 0)
		ar_report_check(report, AR_MARK_WARN,
				"%" PRId64 " can only be opened by their kms plugin",
				item->results[AR_DECRYPTED_KMS]);
}

static void show_item(struct ar_report *report, const struct ar_verify_item *item)
{
	char name[400], writer[300];

	ar_resource_name(&item->scope->resource, name, sizeof name);
	ar_writer_name(&item->scope->writer, writer, sizeof writer);
	if (item->unseen[0]) {
		ar_report_say(report, "%s: not seen: %s", name, item->unseen);
		return;
	}
	ar_report_say(report, "%s: %" PRId64 " value%s, %s writes", name, item->census.total,
		      item->census.total == 1 ? "" : "s", writer);
	show_groups(report, &item->census);
	show_offenders(report, item);
	show_decrypted(report, item);
	if (item->census.stale > 0 && item->scope->cannot_rewrite)
		ar_report_check(report, AR_MARK_WARN, "no request can rewrite these: %s",
				item->scope->cannot_rewrite);
}

/* --- what may still hold old values ---------------------------------------------------------- */

static void show_revisions(struct ar_report *report, const struct ar_leftover *left)
{
	if (!left->compacted_known)
		return;
	if (left->compacted)
		ar_report_check(report, AR_MARK_DONE,
				"older revisions are compacted away (up to %" PRId64 ")",
				left->revision);
	else
		ar_report_check(report, AR_MARK_WARN,
				"older revisions are still there: up to %" PRId64
				" they have to be compacted; the API server does it within two of "
				"its intervals (5 min each, usually)",
				left->revision);
}

static void show_members(struct ar_report *report, const struct ar_leftover *left)
{
	for (size_t i = 0; i < left->state.count; i++) {
		const struct ar_etcd_member *member = &left->state.members[i];
		char size[32], unused[32];

		if (!member->answered) {
			ar_report_check(report, AR_MARK_WARN, "etcd member %s: %s", member->name,
					member->why);
			continue;
		}
		const int64_t free_bytes = member->db_size - member->db_in_use;
		ar_report_check(
			report, free_bytes > 0 ? AR_MARK_WARN : AR_MARK_DONE,
			"etcd member %s: %s, of it %s in free pages, which keep what was in them "
			"until they are used again or defragmented",
			member->name, ar_bytes_name(member->db_size, size, sizeof size),
			ar_bytes_name(member->db_size - member->db_in_use, unused, sizeof unused));
	}
}

static void show_copies(struct ar_report *report, const struct ar_leftover *left)
{
	for (size_t i = 0; i < left->copy_count; i++)
		if (left->copies[i].older)
			ar_report_check(report, AR_MARK_WARN,
					"%s is a copy of etcd%s: what was stored then is in it",
					left->copies[i].path,
					left->marked ? " from before the last rewrite" : "");
	if (left->copies_more > 0)
		ar_report_check(report, AR_MARK_WARN, "and %zu copies more", left->copies_more);
}

static void show_leftover(struct ar_report *report, const struct ar_leftover *left)
{
	ar_report_say(report, "what may still hold older values:");
	if (!left->seen)
		ar_report_check(report, AR_MARK_WARN, "etcd was not asked: %s", left->why);
	show_revisions(report, left);
	show_members(report, left);
	show_copies(report, left);
}

/* --- the verdict ----------------------------------------------------------------------------- */

static void sum(const struct ar_verify *verify, int64_t *ret_total, int64_t *ret_stale,
		bool *ret_proved)
{
	*ret_total = *ret_stale = 0;
	*ret_proved = true;
	for (size_t i = 0; i < verify->count; i++) {
		*ret_total += verify->items[i].census.total;
		*ret_stale += verify->items[i].census.stale;
		*ret_proved &= verify->items[i].census.proved;
	}
}

static void show_verdict(struct ar_report *report, const struct ar_verify *verify)
{
	int64_t total, stale;
	bool proved;
	char at[80];

	sum(verify, &total, &stale, &proved);
	if (verify->first == verify->last)
		snprintf(at, sizeof at, "etcd revision %" PRId64, verify->last);
	else
		snprintf(at, sizeof at, "etcd revisions %" PRId64 " to %" PRId64, verify->first,
			 verify->last);
	if (verify->verdict == AR_VERDICT_ALL)
		ar_report_say(report,
			      "proved: all %" PRId64 " values are under their writer%s (%s, %s)",
			      total, verify->plain ? ", which is identity: in plain text" : "", at,
			      proved ? "compared by etcd itself" : "each one read");
	else if (verify->verdict == AR_VERDICT_NOT_ALL && stale > 0)
		ar_report_say(report,
			      "not all: %" PRId64 " of %" PRId64
			      " values are not under their writer (%s); 'atrest reencrypt' "
			      "writes them again",
			      stale, total, at);
	else if (verify->verdict == AR_VERDICT_NOT_ALL)
		ar_report_say(report,
			      "not all: some values do not open with the keys that lie here (%s)",
			      at);
	else
		ar_report_say(report, "not seen: what is stored could not be counted");
}

void ar_verify_show(struct ar_report *report, const struct ar_verify *verify)
{
	if (report->quiet && verify->verdict == AR_VERDICT_ALL)
		return;
	for (size_t i = 0; i < verify->count && !report->quiet; i++)
		show_item(report, &verify->items[i]);
	if (!report->quiet)
		show_leftover(report, &verify->leftover);
	show_verdict(report, verify);
}

/* What came of opening it; never what is in it. */
static void show_opened(struct ar_report *report, const struct ar_verify_one *one)
{
	if (!one->decrypted)
		return;
	if (one->result == AR_DECRYPTED_OK)
		ar_report_check(report, AR_MARK_DONE,
				"it opens with the key %s of this host's config, and is the object "
				"that its name says",
				one->name);
	else if (one->result == AR_DECRYPTED_PLAIN)
		ar_report_check(report, AR_MARK_DONE,
				"it is not encrypted, and is the object that its name says");
	else
		ar_report_check(report, AR_MARK_WARN, "%s", ar_decrypted_word(one->result));
}

void ar_verify_show_one(struct ar_report *report, const char *object,
			const struct ar_verify_one *one)
{
	char resource[400], writer[300], size[32];

	ar_resource_name(&one->scope->resource, resource, sizeof resource);
	ar_writer_name(&one->scope->writer, writer, sizeof writer);
	ar_report_check(report, one->current ? AR_MARK_DONE : AR_MARK_WARN,
			"%s %s: %s%s%s, %s (revision %" PRId64 ")", resource, object,
			ar_stored_word(one->kind), one->name[0] ? " " : "", one->name,
			ar_bytes_name(one->bytes, size, sizeof size), one->mod_revision);
	show_opened(report, one);
	if (one->current && !ar_verify_one_is_good(one))
		ar_report_say(report,
			      "not proved: it has the name of its writer, %s, and is not what it "
			      "should be (etcd revision %" PRId64 ")",
			      writer, one->revision);
	else if (one->current)
		ar_report_say(report,
			      "proved: it is under its writer, %s (etcd revision %" PRId64 ")",
			      writer, one->revision);
	else
		ar_report_say(report,
			      "not all: it is not under its writer, %s (etcd revision %" PRId64
			      "); 'atrest reencrypt' writes it again",
			      writer, one->revision);
}
