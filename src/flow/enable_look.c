/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "flow/enable.h"
#include "flow/keys.h"
#include "flow/preflight_live.h"

/* --- looking --------------------------------------------------------------------------------- */

/* A file that was replaced behind its mount: the server still has the old one, and with it keys
 * that the new one may lack. */
static int check_keys(struct ar_enable *enable, struct ar_err *err)
{
	struct ar_local *local = &enable->node;
	AR_SNAPSHOT_AUTO struct ar_snapshot loaded = { .path = NULL };
	struct ar_host inside = { .root_fd = -1 };
	struct ar_err unread = AR_ERR_INIT;
	struct ar_lost_keys lost = { .count = 0 };
	char root[64];

	snprintf(root, sizeof root, "/proc/%ld/root", (long)local->running.process.pid);
	if (ar_host_open(root, true, &inside, &unread) != 0)
		return 0;
	int got = ar_file_read(&inside, local->running.config, AR_READ_SECRET, &loaded, &unread);
	ar_host_close(&inside);
	struct ar_text text = ar_snapshot_text(&loaded);
	if (got != 0 || ar_keys_lost(&text, &local->config.seen.file, &lost, err) != 0)
		return ar_err_is_set(err) ? -1 : 0;
	if (lost.count == 0)
		return 0;
	int said = ar_findings_say(&local->manifest.seen.findings, "key-lost", enable->ask.config,
				   "it lacks the key '%s', which the running API server has",
				   lost.names[0]);
	return said != 0 ? ar_err_oom(err) : 0;
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
	local->seen.manifest.findings = local->manifest.seen.findings;
	return 0;
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
	return look_closer(enable, err);
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
	default: words_of_load(step, buf, size);
	}
}

/* --- what stops it --------------------------------------------------------------------------- */

/* The finding that stops it becomes the error. */
static void refuse(const struct ar_observation *seen, const struct ar_goal *goal,
		   struct ar_err *err)
{
	for (size_t i = 0; i < seen->findings.count; i++)
		if (ar_plan_stops(seen, goal, &seen->findings.list[i]))
			ar_finding_refuse(&seen->findings.list[i], err);
}

bool ar_enable_stops(const struct ar_enable *enable)
{
	const struct ar_observation *config = &enable->node.seen.config;

	for (size_t i = 0; i < config->findings.count; i++)
		if (ar_plan_stops(config, &enable->goal.config, &config->findings.list[i]))
			return true;
	return false;
}

int ar_enable_refuse(const struct ar_enable *enable, struct ar_err *err)
{
	refuse(&enable->node.seen.config, &enable->goal.config, err);
	refuse(&enable->node.seen.manifest, &enable->goal.manifest, err);
	return -1;
}
