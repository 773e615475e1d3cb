/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/unkeep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void ar_unkeep_done(struct ar_unkeep *unkeep)
{
	ar_step_done(&unkeep->step);
	ar_configmap_done(&unkeep->kubeadm);
	ar_creds_done(&unkeep->creds);
}

static int plan(struct ar_unkeep *unkeep, struct ar_err *err)
{
	enum ar_next next;

	unkeep->seen.file = (struct ar_text){ .name = "ConfigMap kube-system/kubeadm-config",
					      .data = ar_buf_text(&unkeep->kubeadm.text),
					      .len = unkeep->kubeadm.text.len };
	unkeep->goal = (struct ar_goal){ .kind = AR_GOAL_UNPERSIST,
					 .uploaded = true,
					 .wanted = { .config = unkeep->found.config,
						     .name = unkeep->found.volume,
						     .hot_reload = unkeep->found.reloads } };
	if (ar_wanted_derive(&unkeep->goal.wanted, NULL, &unkeep->text, err) != 0)
		return -1;
	unkeep->goal.wanted.flag_path = unkeep->found.flag;
	return ar_plan_next(&unkeep->seen, &unkeep->goal, &next, &unkeep->step, err);
}

int ar_unkeep_look(const struct ar_session *session, const char *manifest, const char *kubeconfig,
		   struct ar_unkeep *ret, struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;

	if (ar_local_find(session, manifest, NULL, &ret->found, &unread) != 0 ||
	    !ret->found.config[0]) {
		snprintf(ret->why, sizeof ret->why, "the manifest does not say what to look for");
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	}
	if (ar_creds_open(session, kubeconfig, &ret->found.address, &ret->creds, err) != 0)
		return -1;
	if (!ret->creds.api) {
		snprintf(ret->why, sizeof ret->why, "%s", ret->creds.why);
		return 0;
	}
	if (ar_configmap_read(ret->creds.api, &ar_kubeadm_configmap, &ret->kubeadm, &unread) != 0) {
		snprintf(ret->why, sizeof ret->why, "%.390s", unread.msg);
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	}
	return ret->kubeadm.exists && ret->kubeadm.has_key ? plan(ret, err) : 0;
}

int ar_unkeep_apply(struct ar_unkeep *unkeep, struct ar_err *err)
{
	const struct ar_bytes text = { .data = ar_buf_text(&unkeep->step.bytes),
				       .len = unkeep->step.bytes.len };
	enum ar_put put;

	if (unkeep->step.plan.edits.count == 0)
		return 0;
	if (ar_configmap_write(unkeep->creds.api, &ar_kubeadm_configmap, &unkeep->kubeadm, text,
			       &put, err) != 0)
		return -1;
	if (put == AR_PUT_DONE)
		return 0;
	ar_err_set(err, "kubeadm-config was changed by somebody else at the same moment");
	return ar_err_hint(err, "run the same command again: it looks anew");
}
