/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/node.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "diag/encheck.h"

void ar_node_view_done(struct ar_node_view *view)
{
	ar_findings_done(&view->findings);
	ar_scan_done(&view->scan);
	ar_local_done(&view->local);
	ar_creds_done(&view->creds);
}

int ar_node_view_open(struct ar_run *run, bool api, struct ar_node_view *ret, struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	const char *usual = ret->found.config;

	if (ar_run_absolute(run, AR_DEFAULT_MANIFEST, ret->manifest, sizeof ret->manifest, err) !=
		    0 ||
	    ar_local_find(&run->session, ret->manifest, NULL, &ret->found, err) != 0)
		return -1;
	if (!usual[0])
		usual = AR_DEFAULT_CONFIG;
	ret->goal = (struct ar_goal){ .kind = AR_GOAL_PATCH,
				      /* where nothing points at a config, none is missing */
				      .config_coming = !ret->found.flag[0],
				      .wanted = { .config = opts->config ? opts->config : usual,
						  .name = AR_DEFAULT_VOLUME,
						  .hot_reload = ret->found.reloads } };
	if (ar_wanted_derive(&ret->goal.wanted, NULL, &ret->text, err) != 0)
		return -1;
	if (ret->found.flag[0])
		ret->goal.wanted.flag_path = ret->found.flag;
	ret->ask = (struct ar_local_ask){ .manifest = ret->manifest,
					  .config = ret->goal.wanted.config,
					  .patch = &ret->goal,
					  .hot_reload = ret->found.reloads,
					  .kubeadm = api };
	if (!api)
		snprintf(ret->creds.why, sizeof ret->creds.why, "the API server was not asked");
	else if (ar_creds_open(&run->session, opts->kubeconfig, &ret->found.address, &ret->creds,
			       err) != 0)
		return -1;
	return ar_local_look(&run->session, &ret->ask, &ret->creds, &ret->local, err);
}

static int count(struct ar_run *run, struct ar_node_view *view, struct ar_err *err)
{
	const struct ar_scan_ask ask = { .only = NULL };

	ar_scan_done(&view->scan);
	if (ar_scan_open(&run->session, &view->local, &view->creds, &ask, &view->scan, err) != 0)
		return -1;
	return ar_scan_sum(&view->scan, true, &view->stored, err);
}

int ar_node_view_stored(struct ar_run *run, struct ar_node_view *view, struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;

	/* Without a flag, or a config that is taken, nothing is meant to be encrypted. */
	if (!view->found.flag[0] || !view->local.config.file.exists ||
	    ar_encconf_refused(&view->local.config.seen.findings))
		return 0;
	if (count(run, view, &unread) != 0) {
		view->stored.unseen = true;
		snprintf(view->uncounted, sizeof view->uncounted, "%.390s", unread.msg);
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	}
	if (view->stored.stale == 0)
		return 0;
	int said = ar_findings_say(&view->findings, "stored-stale", view->goal.wanted.config,
				   "not every value in etcd is under the key that writes now");
	return said != 0 ? ar_err_oom(err) : 0;
}
