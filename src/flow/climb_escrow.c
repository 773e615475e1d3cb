/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/archive.h"
#include "flow/climb_impl.h"
#include "flow/parcel.h"
#include "flow/sealer.h"

static bool is_accepted(const struct ar_climb *climb, const char *id)
{
	for (size_t i = 0; i < climb->ask.accepted_count; i++)
		if (strcmp(climb->ask.accepted[i], id) == 0)
			return true;
	return false;
}

static int has_recipients(const struct ar_climb *climb, bool *ret, struct ar_err *err)
{
	AR_SEALER_AUTO struct ar_sealer sealer = { .recipients = NULL };

	if (ar_sealer_recipients(climb->enable.session, &sealer, err) != 0)
		return -1;
	*ret = sealer.recipient_count > 0;
	return 0;
}

/* With recipients whatever goes is archived by itself, with the key that stays. */
int ar__climb_escrow(struct ar_climb *climb, struct ar_err *err)
{
	bool sealed = is_accepted(climb, "no-escrow");

	climb->escrow_lacks[0] = '\0';
	if (!sealed && has_recipients(climb, &sealed, err) != 0)
		return -1;
	if (!sealed && climb->conf &&
	    ar_escrow_lacks(climb->enable.session, climb->conf, climb->escrow_lacks,
			    sizeof climb->escrow_lacks, err) != 0)
		return -1;
	for (size_t i = 0; i < climb->lane_count; i++)
		climb->lanes[i].seen.escrowed = sealed || !climb->escrow_lacks[0];
	return 0;
}

/* What goes: all keys with the flag, else what the step says. */
static size_t list_retired(const struct ar_climb *climb, const char **list)
{
	ar_keyset keys = climb->step.keys;
	size_t count = 0;

	for (size_t i = 0; climb->step.out && i < climb->lane_count; i++)
		keys |= climb->lanes[i].seen.config.reads;
	for (unsigned key = 1; key < climb->keys.count; key++)
		if (keys >> key & 1)
			list[count++] = climb->keys.list[key];
	return count;
}

static int not_sealed(const struct ar_climb *climb, struct ar_err *err)
{
	ar_err_set(err, "no key goes before it lies somewhere else: %s does not",
		   climb->escrow_lacks);
	ar_err_hint(err,
		    "'atrest export FILE', keep it apart from the backups of etcd, then 'atrest "
		    "continue'; or configure recipients ('atrest help export'); or --accept "
		    "no-escrow");
	return ar_err_class(err, climb->touched ? AR_RESUMABLE : AR_FAILED);
}

static int seal_retired(const struct ar_climb *climb, const char *const *retired, size_t count,
			struct ar_err *err)
{
	char why[AR_TOLD_KEY + 40], path[400], cluster[80] = "";
	struct ar_err unasked = AR_ERR_INIT;

	/* It is for people, years later; keys are archived without it, too. */
	if (climb->enable.creds.api)
		ar_parcel_cluster(climb->enable.creds.api, cluster, sizeof cluster, &unasked);
	snprintf(why, sizeof why, "%s: %s writes", climb->what, climb->goal);
	const struct ar_archive_new new = { .config = &climb->enable.node.config.file,
					    .retired = retired,
					    .retired_count = count,
					    .why = why,
					    .cluster = cluster,
					    /* Nothing was stored under them from there on. */
					    .last = climb->clean ? climb->clean : climb->revision };
	if (ar_archive_add(climb->enable.session, &new, path, sizeof path, err) != 0)
		return -1;
	ar_events_say(climb->enable.events, AR_EVENT_DONE, "archive", -1,
		      "the keys that go lie sealed in %s", path);
	return 0;
}

int ar__climb_archive(struct ar_climb *climb, struct ar_err *err)
{
	const char *retired[AR_LADDER_KEYS];
	const size_t count = list_retired(climb, retired);
	bool seals = false;

	if (count == 0 || has_recipients(climb, &seals, err) != 0)
		return count == 0 ? 0 : -1;
	if (seals)
		return seal_retired(climb, retired, count, err);
	if (!climb->lanes[0].seen.escrowed)
		return not_sealed(climb, err);
	ar_events_say(climb->enable.events, AR_EVENT_NOTE, "archive", -1,
		      "no recipients are configured, so the keys that go are in the export alone: "
		      "keep it for as long as backups of etcd are kept");
	return 0;
}

int ar__climb_archived(struct ar_climb *climb, char **used, size_t max, size_t *ret_count,
		       struct ar_err *err)
{
	AR_KEY_NAMES_AUTO struct ar_key_names names = { .list = NULL };

	*ret_count = 0;
	if (ar_archive_names(climb->enable.session, &names, err) != 0)
		return -1;
	for (size_t i = 0; i < names.count && *ret_count < max; i++) {
		used[*ret_count] = strdup(names.list[i]);
		if (!used[*ret_count])
			return ar_err_oom(err);
		*ret_count += 1;
	}
	return 0;
}
