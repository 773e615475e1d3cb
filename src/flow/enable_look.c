/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/enable.h"
#include "flow/guard.h"
#include "flow/preflight_live.h"
#include "plan/keys.h"

/* --- looking --------------------------------------------------------------------------------- */

/* A file that was replaced behind its mount: the server still has the old one, and with it keys
 * that the new one may lack. */
static int check_keys(struct ar_enable *enable, struct ar_err *err)
{
	struct ar_local *local = &enable->node;
	AR_SNAPSHOT_AUTO struct ar_snapshot loaded = { .path = NULL };
	struct ar_err unread = AR_ERR_INIT;
	struct ar_lost_keys lost = { .count = 0 };

	if (ar_process_read(&local->running.process, local->running.config, &loaded, &unread) != 0)
		return 0;
	const struct ar_text text = ar_snapshot_text(&loaded);
	if (ar_keys_lost(&text, &local->config.seen.file, &lost, err) != 0)
		return -1;
	if (lost.count == 0)
		return 0;
	int said = ar_findings_say(&local->manifest.seen.findings, "key-lost", enable->ask.config,
				   "it lacks the key '%s', which the running API server has",
				   lost.names[0]);
	return said != 0 ? ar_err_oom(err) : 0;
}

/* A fresh key, or an old file, on a host that was built anew: etcd may need another one. All of
 * etcd is counted for it, so once for a file that fits. */
static int check_stored_keys(struct ar_enable *enable, struct ar_err *err)
{
	struct ar_local *local = &enable->node;
	const struct ar_text *config = local->config.file.exists ? &local->config.seen.file
								 : &enable->goal.config.wanted_text;
	char sha[AR_SHA256_HEX];
	bool fits;

	ar_sha256_hex(config->data, config->len, sha);
	if (strcmp(enable->keys_fit, sha) == 0)
		return 0;
	if (ar_guard_keys(enable->session, local->manifest.pod, config,
			  &local->manifest.seen.findings, &fits, err) != 0)
		return -1;
	if (fits)
		memcpy(enable->keys_fit, sha, sizeof sha);
	return 0;
}

/* Only what is about to be written, or loaded, is looked at that closely. */
static int look_closer(struct ar_enable *enable, struct ar_err *err)
{
	AR_PLANE_STEP_AUTO struct ar_plane_step step = AR_PLANE_STEP_INIT;
	struct ar_local *local = &enable->node;
	enum ar_next next;

	if (ar_plane_next(&local->seen, &enable->goal, &next, &step, err) != 0)
		return -1;
	if (next == AR_NEXT_DONE || step.move > AR_MOVE_LOAD)
		return 0;
	if (ar_preflight_live(enable->session, &enable->ask, &enable->creds, local,
			      step.move < AR_MOVE_LOAD, err) != 0)
		return -1;
	if (step.move == AR_MOVE_LOAD && step.loading == AR_LOADING_RESTART &&
	    check_keys(enable, err) != 0)
		return -1;
	if (check_stored_keys(enable, err) != 0)
		return -1;
	local->seen.manifest.findings = local->manifest.seen.findings;
	return 0;
}

/* Counting costs etcd something, so it waits until its answer is needed. */
static int look_stored(struct ar_enable *enable, struct ar_err *err)
{
	AR_PLANE_STEP_AUTO struct ar_plane_step step = AR_PLANE_STEP_INIT;
	struct ar_plane_goal without = enable->goal;
	enum ar_next next;

	/* With identity first nothing is to be encrypted yet, and what is stays as it is. */
	enable->goal.rewrite = enable->reencrypt &&
			       !ar_findings_has(&enable->node.config.seen.findings,
						"identity-writes");
	if (!enable->goal.rewrite)
		return 0;
	without.rewrite = false;
	if (ar_plane_next(&enable->node.seen, &without, &next, &step, err) != 0)
		return -1;
	return next != AR_NEXT_DONE && enable->counted ? 0 : ar_enable_count(enable, err);
}

int ar_enable_look(struct ar_enable *enable, struct ar_err *err)
{
	ar_local_done(&enable->node);
	enable->goal.persist = enable->persist;
	if (ar_local_look(enable->session, &enable->ask, &enable->creds, &enable->node, err) != 0)
		return -1;
	/* The old place is given up only for a file that is the same. */
	const struct ar_snapshot *config = &enable->node.config.file, *old = &enable->node.old.file;
	enable->goal.retire = old->exists &&
			      (!config->exists || strcmp(config->sha256, old->sha256) == 0);
	if (look_closer(enable, err) != 0)
		return -1;
	return look_stored(enable, err);
}

/* --- words ----------------------------------------------------------------------------------- */

static void words_of_load(const struct ar_plane_step *step, char *buf, size_t size)
{
	static const char *const words[] = {
		[AR_LOADING_POD] =
			"wait until the kubelet runs a new API server with it (about 40 s "
			"without an answer)",
		[AR_LOADING_RESTART] =
			"restart the API server's container, so that it reads the file "
			"anew (5 to 20 s without an answer)",
		[AR_LOADING_RELOAD] =
			"wait until the API server has reloaded the file by itself (up to "
			"a minute, no gap)",
	};

	snprintf(buf, size, "%s", words[step->loading]);
}

static void words_of_rewrite(const struct ar_stored_seen *stored, char *buf, size_t size)
{
	if (stored->known)
		snprintf(buf, size,
			 "re-encrypt what is stored (%" PRId64 " of %" PRId64
			 " values are not under the key yet), and prove all of it in etcd",
			 stored->stale, stored->total);
	else
		snprintf(buf, size, "re-encrypt what is stored, and prove every value in etcd");
}

void ar_enable_words(const struct ar_enable *enable, const struct ar_plane_step *step, char *buf,
		     size_t size)
{
	switch (step->move) {
	case AR_MOVE_CONFIG:
		snprintf(buf, size, "write %s, mode 0600, %s", enable->ask.config,
			 enable->goal.retire ? "with the keys of the file it replaces"
					     : "with a fresh key");
		break;
	case AR_MOVE_MANIFEST:
		snprintf(buf, size, "patch %s: --" AR_FLAG "=%s, with its mount and volume",
			 enable->ask.manifest, enable->goal.manifest.wanted.flag_path);
		break;
	case AR_MOVE_PERSIST:
		snprintf(buf, size, "put the same into ConfigMap kube-system/kubeadm-config");
		break;
	case AR_MOVE_RETIRE: snprintf(buf, size, "remove %s", enable->ask.old); break;
	case AR_MOVE_REWRITE: words_of_rewrite(&enable->node.seen.stored, buf, size); break;
	default: words_of_load(step, buf, size);
	}
}

/* --- what stops it --------------------------------------------------------------------------- */

bool ar_enable_stops(const struct ar_enable *enable)
{
	return ar_plan_stopped_by(&enable->node.seen.config, &enable->goal.config) != NULL;
}

int ar_enable_refuse(const struct ar_enable *enable, struct ar_err *err)
{
	const struct ar_finding *config = ar_plan_stopped_by(&enable->node.seen.config,
							     &enable->goal.config);
	const struct ar_finding *manifest = ar_plan_stopped_by(&enable->node.seen.manifest,
							       &enable->goal.manifest);

	if (config || manifest)
		ar_finding_refuse(config ? config : manifest, err);
	return -1;
}
