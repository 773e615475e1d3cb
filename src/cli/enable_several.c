/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/enable_several.h"

#include <errno.h>
#include <stdlib.h>

#include "api/members.h"
#include "cli/climb_show.h"

static void free_climb(struct ar_climb **climb)
{
	if (*climb)
		ar_climb_done(*climb);
	free(*climb);
}

int ar_enable_has_several(struct ar_enable *enable, bool *ret, struct ar_err *err)
{
	AR_MEMBERS_AUTO struct ar_members members = AR_MEMBERS_INIT;
	struct ar_err unread = AR_ERR_INIT;

	*ret = false;
	if (!enable->creds.api)
		return 0;
	if (ar_members_read(enable->creds.api, &members, &unread) != 0)
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	*ret = members.count > 1;
	return 0;
}

/* What was looked at borrows from where it lies, so it is looked at again. */
static void take_over(struct ar_climb *climb, struct ar_enable *enable)
{
	ar_local_done(&enable->node);
	climb->enable = *enable;
	climb->enable.ask.patch = &climb->enable.goal.manifest;
	enable->creds = (struct ar_creds){ .api = NULL };
	enable->rewritten = (struct ar_reencrypt_result){ .refusals = NULL };
}

int ar_enable_several(struct ar_run *run, struct ar_enable *enable,
		      const struct ar_api_where *where, struct ar_checklist *list,
		      struct ar_err *err)
{
	const struct ar_options *opts = run->opts;

	if (enable->ask.old) {
		ar_err_set(err, "with several API servers a config that is in use is not moved");
		return ar_err_hint(err, "turn encryption on with --hot-reload from the start, or "
					"leave the file where it is");
	}
	__attribute__((cleanup(free_climb))) struct ar_climb *climb = calloc(1, sizeof *climb);
	if (!climb)
		return ar_err_oom(err);
	climb->cluster = (struct ar_cluster)AR_CLUSTER_INIT;
	take_over(climb, enable);
	climb->ask = (struct ar_climb_ask){ .aim = AR_CLIMB_ENABLE,
					    .provider = -1,
					    .wait_ms = (int64_t)opts->wait * 1000,
					    .accepted = opts->accepted,
					    .accepted_count = opts->accepted_count };
	climb->persist = climb->enable.persist;
	climb->rewrite = climb->enable.reencrypt;
	climb->enable.persist = climb->enable.reencrypt = false;
	climb->where = where;
	climb->kubeconfig = opts->kubeconfig;
	ar_climb_accept(climb, opts->accepted, opts->accepted_count);
	return ar_climb_go(run, climb, list, "turn encryption on? [y/N] ", err);
}
