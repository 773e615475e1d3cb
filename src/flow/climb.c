/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/climb.h"

#include <stdio.h>
#include <string.h>

#include "flow/climb_impl.h"
#include "flow/guard.h"
#include "flow/preflight_live.h"

/* More rounds than the ladder has rungs, with goals on top of each other: somebody undoes what we
 * do. */
#define ROUNDS_MAX 40

void ar_climb_accept(struct ar_climb *climb, const char *const *accepted, size_t count)
{
	static const char *const answered[] = { "several-servers", "identity-writes", "key-lost" };
	const size_t own = sizeof answered / sizeof answered[0];
	const size_t max = sizeof climb->accepted / sizeof climb->accepted[0] - own;
	struct ar_plane_goal *goal = &climb->enable.goal;
	struct ar_goal *const goals[] = { &goal->config, &goal->manifest, &goal->kubeadm };

	count = count < max ? count : max;
	for (size_t i = 0; i < own; i++)
		climb->accepted[i] = answered[i];
	for (size_t i = 0; i < count; i++)
		climb->accepted[own + i] = accepted[i];
	for (size_t i = 0; i < sizeof goals / sizeof goals[0]; i++) {
		goals[i]->accepted = climb->accepted;
		goals[i]->accepted_count = own + count;
	}
}

/* --- steps ----------------------------------------------------------------------------------- */

static int do_write(struct ar_climb *climb, struct ar_err *err)
{
	/* A goal that others must know of before its key writes; the key's bytes lie here by then.
	 */
	if (ar__climb_write(climb, err) != 0 || ar__climb_name_goal(climb, err) != 0)
		return -1;
	return 0;
}

static int do_persist(struct ar_climb *climb, struct ar_err *err)
{
	struct ar_enable *enable = &climb->enable;
	bool changed = false;

	enable->persist = true;
	const int went = ar_enable_go(enable, &changed, err);
	enable->persist = false;
	climb->touched |= changed;
	return went;
}

/* Nodes that write the same values at the same time do the work of one, so the others wait, and
 * then look whether anything is left. */
static int do_rewrite(struct ar_climb *climb, struct ar_err *err)
{
	bool waited;

	if (ar__climb_hold_anew(climb, &waited, err) != 0 || waited)
		return waited ? 0 : -1;
	climb->enable.several = true;
	climb->touched = true;
	return ar_enable_rewrite(&climb->enable, err);
}

/* All of etcd is asked, not only what the config names: it may have named more before. */
static int check_pruned(struct ar_climb *climb, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = AR_BUF_INIT;
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	const struct ar_enable *enable = &climb->enable;
	bool fits;

	if (ar_climb_text(climb, &climb->step, &edits, &text, err) != 0)
		return -1;
	const struct ar_text pruned = {
		.name = enable->ask.config, .data = text.data, .len = text.len, .secret = true
	};
	if (ar_guard_keys(enable->session, enable->node.manifest.pod, &pruned, &findings, &fits,
			  err) != 0)
		return -1;
	if (findings.count == 0)
		return 0;
	ar_finding_refuse(&findings.list[0], err);
	return ar_err_class(err, climb->touched ? AR_RESUMABLE : AR_FAILED);
}

static int do_prune(struct ar_climb *climb, struct ar_err *err)
{
	if (climb->step.out)
		return ar__climb_out(climb, err);
	if (check_pruned(climb, err) != 0)
		return -1;
	return ar__climb_archive(climb, err) != 0 ? -1 : ar__climb_write(climb, err);
}

static int refuse_file(const struct ar_climb *climb, struct ar_err *err)
{
	char keys[300];

	ar_climb_keys(climb, climb->step.keys, keys, sizeof keys);
	ar_err_set(err, "'%s' lacks a key that is needed: %s", climb->enable.ask.config, keys);
	ar_err_hint(err,
		    "bring the file of a node that has it: 'atrest export FILE' there, 'atrest "
		    "import FILE' here; 'atrest status' shows who has what");
	return ar_err_class(err, climb->touched ? AR_RESUMABLE : AR_FAILED);
}

/* Who has it is seen by what its server reads. */
static int refuse_key(const struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_ladder_seen *seen = &climb->lanes[0].seen;
	const char *has = NULL;

	for (size_t i = 0; i < seen->count && !has; i++)
		if (i != seen->self && seen->servers[i].known &&
		    (seen->servers[i].loaded.reads >> climb->ladder.writer & 1))
			has = ar_cluster_name(&climb->cluster.list[i]);
	ar_err_set(err, "%s is not on this node", climb->goal);
	if (has)
		ar_err_hint(err,
			    "%s has it: there, 'atrest export FILE'; here, 'atrest import FILE', "
			    "then 'atrest continue'",
			    has);
	else
		ar_err_hint(err,
			    "on a node that has it: 'atrest export FILE'; here: 'atrest import "
			    "FILE', then 'atrest continue' ('rotate --abandon' where nobody has "
			    "it)");
	return ar_err_class(err, AR_OTHER_NODE);
}

static int refuse(struct ar_climb *climb, struct ar_err *err)
{
	const enum ar_class safe = climb->touched ? AR_RESUMABLE : AR_FAILED;
	char servers[300];

	switch (climb->step.reason) {
	case AR_LADDER_NO_KEY: return refuse_key(climb, err);
	case AR_LADDER_FILE_LACKS: return refuse_file(climb, err);
	case AR_LADDER_FILE_WRITES:
		if (climb->step.servers)
			ar_climb_servers(climb, climb->step.servers, servers, sizeof servers);
		ar_err_set(err, "the file here would write what %s cannot read",
			   climb->step.servers ? servers : "other servers");
		ar_err_hint(err, "there: 'atrest continue'; then the same command here");
		return ar_err_class(err, AR_OTHER_NODE);
	case AR_LADDER_UNCOUNTED:
		ar_err_set(err, "what etcd holds was not counted, so no key may go: %.300s",
			   climb->uncounted);
		ar_err_hint(err, "run it where etcd can be asked; until then both keys stay, which "
				 "is safe");
		return ar_err_class(err, safe);
	case AR_LADDER_NO_ESCROW:
		ar_err_set(err, "no old key goes before the new one lies somewhere else too%s%s",
			   climb->escrow_lacks[0] ? ": " : "", climb->escrow_lacks);
		ar_err_hint(err,
			    "'atrest export FILE', keep it apart from the backups of etcd, then "
			    "'atrest continue'; or --accept no-escrow");
		return ar_err_class(err, safe);
	case AR_LADDER_UNTOLD:
		ar_err_set(err, "whether there are other API servers cannot be seen: %.300s",
			   climb->cluster.missing);
		ar_err_hint(err, "name credentials that may list Leases, EndpointSlices and Nodes "
				 "(--kubeconfig)");
		return ar_err_class(err, safe);
	case AR_LADDER_NO_REASON: break;
	}
	return ar_err_set(err, "the ladder refuses without a reason: a bug in atrest");
}

static int do_step(struct ar_climb *climb, struct ar_err *err)
{
	switch (climb->step.kind) {
	case AR_LADDER_READER:
	case AR_LADDER_PROMOTE: return do_write(climb, err);
	case AR_LADDER_LOAD:
		return climb->step.out ? ar__climb_load_out(climb, err)
				       : ar__climb_load(climb, err);
	case AR_LADDER_WAIT_LOAD:
	case AR_LADDER_WAIT_READERS:
	case AR_LADDER_WAIT_WRITERS:
	case AR_LADDER_WAIT_PRUNED: return ar__climb_wait(climb, err);
	case AR_LADDER_PERSIST: return do_persist(climb, err);
	case AR_LADDER_REWRITE: return do_rewrite(climb, err);
	case AR_LADDER_COMPACT: return ar__climb_compact(climb, err);
	case AR_LADDER_UNPERSIST: return ar__climb_unpersist(climb, err);
	case AR_LADDER_PRUNE: return do_prune(climb, err);
	case AR_LADDER_REFUSE: return refuse(climb, err);
	case AR_LADDER_DONE: break;
	}
	return 0;
}

/* --- the run --------------------------------------------------------------------------------- */

/* What is wrong with this node is better told before anything is written. */
static int check_node(struct ar_climb *climb, struct ar_err *err)
{
	struct ar_enable *enable = &climb->enable;
	struct ar_local *node = &enable->node;

	if (climb->step.kind == AR_LADDER_DONE)
		return 0;
	if (ar_preflight_live(enable->session, &enable->ask, &enable->creds, node, true, err) != 0)
		return -1;
	node->seen.manifest.findings = node->manifest.seen.findings;
	return ar_plan_stopped_by(&node->seen.manifest, &enable->goal.manifest) ||
			       ar_plan_stopped_by(&node->seen.config, &enable->goal.config)
		       ? ar_enable_refuse(enable, err)
		       : 0;
}

static int finish(struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_told_goal *told = &climb->cluster.told.goal;

	if (climb->named && climb->enable.creds.api && strcmp(told->key, climb->goal) == 0 &&
	    ar_told_drop_goal(climb->enable.creds.api, &climb->cluster.lease, told, err) != 0)
		return ar_err_class(err, AR_RESUMABLE);
	climb->named = false;
	return 0;
}

/* While a new key is made nobody else makes one. */
static int hold_for_key(struct ar_climb *climb, struct ar_err *err)
{
	if (!climb->minted || climb->ask.abandon)
		return 0;
	if (ar__climb_hold(climb, err) != 0)
		return -1;
	if (!climb->holds)
		return 0;
	/* Somebody may have been first, before the Lease was ours. */
	if (ar_climb_look(climb, err) != 0)
		return -1;
	if (!climb->cluster.told.goal.key[0])
		return ar__climb_all_current(climb, err);
	climb->goal[0] = '\0';
	climb->minted = false;
	return ar_climb_look(climb, err);
}

static int rounds(struct ar_climb *climb, struct ar_err *err)
{
	for (int round = 0; round < ROUNDS_MAX; round++) {
		ar_trace(climb->enable.session, "ladder: %s to %s",
			 ar_ladder_word(climb->step.kind), climb->goal);
		if (climb->step.kind == AR_LADDER_DONE)
			return finish(climb, err);
		if (do_step(climb, err) != 0 || ar_climb_look(climb, err) != 0 ||
		    ar__climb_tell(climb, err) != 0) {
			if (climb->touched && err->class == AR_FAILED)
				ar_err_class(err, AR_RESUMABLE);
			return -1;
		}
	}
	ar_err_set(err, "it does not come to an end: somebody else changes the same files");
	return ar_err_class(err, AR_LOOK);
}

/* It will be asked for when all else is done, minutes from now. */
static void say_escrow(const struct ar_climb *climb)
{
	if (climb->escrow_lacks[0] && climb->step.kind != AR_LADDER_DONE)
		ar_events_say(climb->enable.events, AR_EVENT_NOTE, "escrow", -1,
			      "before an old key goes, all of them have to lie somewhere else too: "
			      "'atrest export FILE' meanwhile");
}

static int begin(struct ar_climb *climb, struct ar_err *err)
{
	if (ar_climb_look(climb, err) != 0 || check_node(climb, err) != 0 ||
	    hold_for_key(climb, err) != 0 || ar__climb_tell(climb, err) != 0)
		return -1;
	say_escrow(climb);
	/* A goal whose key lies in a file already is named before anything is done. */
	return climb->minted || climb->fresh ? 0 : ar__climb_name_goal(climb, err);
}

int ar_climb_run(struct ar_climb *climb, struct ar_err *err)
{
	struct ar_enable *enable = &climb->enable;

	if (ar_watch_open(&enable->watch, err) != 0)
		return -1;
	const int ran = begin(climb, err) != 0 ? -1 : rounds(climb, err);
	ar__climb_let_go(climb);
	ar_watch_close(enable->watch);
	enable->watch = NULL;
	return ran;
}
