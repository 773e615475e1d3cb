/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sealed_show.h"

#include <inttypes.h>

static const char *or_unknown(const char *text)
{
	return text[0] ? text : "not known";
}

static void show_revisions(struct ar_report *report, const struct ar_parcel *parcel)
{
	if (parcel->kind != AR_SEALED_ARCHIVE)
		return;
	ar_report_say(report, "  retired    %s", or_unknown(parcel->why));
	if (parcel->first > 0)
		ar_report_say(report, "  revisions  of etcd from %" PRId64 " to %" PRId64,
			      parcel->first, parcel->last);
	else if (parcel->last > 0)
		ar_report_say(report, "  revisions  of etcd up to %" PRId64, parcel->last);
}

void ar_show_parcel(struct ar_report *report, const struct ar_parcel *parcel)
{
	ar_report_say(report, "%s of %s, made %s by atrest %s", ar_sealed_kind_name(parcel->kind),
		      parcel->host[0] ? parcel->host : "a host without a name", parcel->when,
		      parcel->atrest);
	ar_report_say(report, "  config     %s, mode %04o, uid %u", parcel->path,
		      (unsigned)parcel->mode, (unsigned)parcel->uid);
	ar_report_say(report, "  sha256     %s", parcel->sha256);
	ar_report_say(report, "  cluster    %s", or_unknown(parcel->cluster));
	show_revisions(report, parcel);
	if (parcel->goal[0])
		ar_report_say(report, "  under way  a change of keys, to %s", parcel->goal);
	for (size_t i = 0; i < parcel->key_count; i++) {
		const struct ar_parcel_key *key = &parcel->keys[i];
		ar_report_say(report, "  key        %s%s%s%s", key->name,
			      key->made[0] ? ", made " : "", key->made,
			      key->retired ? ", retired" : "");
	}
}

/* A text, null for "". */
static json_t *text_or_null(const char *text)
{
	return ar_json_text(text[0] ? text : NULL);
}

static json_t *keys_of(const struct ar_parcel *parcel)
{
	json_t *list = json_array();

	for (size_t i = 0; i < parcel->key_count; i++) {
		const struct ar_parcel_key *key = &parcel->keys[i];
		if (json_array_append_new(list, json_pack("{s:o, s:o, s:b}", "key",
							  ar_json_text(key->name), "made",
							  text_or_null(key->made), "retired",
							  (int)key->retired)) == 0)
			continue;
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *revision_of(int64_t revision)
{
	return revision > 0 ? json_integer((json_int_t)revision) : json_null();
}

json_t *ar_json_parcel(const struct ar_parcel *parcel)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
			 ar_sealed_kind_name(parcel->kind), "when", text_or_null(parcel->when),
			 "host", text_or_null(parcel->host), "atrest", text_or_null(parcel->atrest),
			 "cluster", text_or_null(parcel->cluster), "goal",
			 text_or_null(parcel->goal), "why", text_or_null(parcel->why),
			 "first_revision", revision_of(parcel->first), "last_revision",
			 revision_of(parcel->last), "config", text_or_null(parcel->path), "sha256",
			 text_or_null(parcel->sha256), "keys", keys_of(parcel));
}

json_t *ar_json_sealer(const struct ar_sealer *sealer)
{
	json_t *list = json_array();
	char text[AR_RECIPIENT_TEXT];

	for (size_t i = 0; i < sealer->recipient_count; i++) {
		ar_recipient_write(&sealer->recipients[i], text);
		json_array_append_new(list, json_string(text));
	}
	return json_pack("{s:b, s:o}", "passphrase", (int)(sealer->recipient_count == 0),
			 "recipients", list);
}

/* --- the archive ------------------------------------------------------------------------------ */

void ar_show_archive(struct ar_report *report, const struct ar_archived *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct ar_archived *one = &list[i];
		if (one->odd[0]) {
			ar_report_check(report, AR_MARK_CONFLICT, "%s: %s", one->path, one->odd);
			continue;
		}
		ar_report_say(report, "%s, made %s", one->path, one->head.made);
		for (size_t k = 0; k < one->head.key_count; k++)
			ar_report_say(report, "  key        %s", one->head.keys[k]);
	}
	if (count == 0)
		ar_report_say(report, "no key was archived here");
}

static json_t *archived_json(const struct ar_archived *one)
{
	json_t *keys = json_array();

	for (size_t k = 0; k < one->head.key_count; k++)
		json_array_append_new(keys, ar_json_text(one->head.keys[k]));
	return json_pack("{s:o, s:o, s:o, s:o}", "file", ar_json_text(one->path), "when",
			 text_or_null(one->head.made), "keys", keys, "odd", text_or_null(one->odd));
}

void ar_json_print_archive(struct ar_report *report, const struct ar_archived *list, size_t count)
{
	json_t *files = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(files, archived_json(&list[i]));
	ar_json_print(report, ar_json_join(ar_json_head("atrest.archive/v1", AR_DONE, NULL, 0),
					   json_pack("{s:o}", "files", files)));
}
