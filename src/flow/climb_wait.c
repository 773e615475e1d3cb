/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "flow/climb_impl.h"
#include "host/machine.h"

#define LOOK_MS    5000
#define HOLD_MS    600000  /* another node that restarts its server is done by then */
#define COMPACT_MS 1500000 /* an API server keeps 5 to 10 minutes of history; some keep more */
#define RELOAD_MS  150000  /* it looks at the file once a minute */
#define RENEW_MS   (AR_LEASE_SECONDS * 1000 / 4)

/* --- the Lease ------------------------------------------------------------------------------- */

static bool has_lease(const struct ar_climb *climb)
{
	return climb->enable.creds.api && climb->cluster.lease_seen && climb->cluster.count > 1;
}

static int stopped(struct ar_err *err)
{
	ar_err_set(err, "interrupted while waiting");
	ar_err_hint(err, "run the same command again: it goes on from what it sees");
	return ar_err_class(err, AR_RESUMABLE);
}

static int renew(struct ar_climb *climb, struct ar_err *err)
{
	enum ar_lease_whose whose;
	struct ar_err lost = AR_ERR_INIT;

	if (!climb->holds || ar_watch_clock_ms() - climb->renewed_ms < RENEW_MS)
		return 0;
	climb->renewed_ms = ar_watch_clock_ms();
	/* One that cannot be renewed now is tried again; a restart on its way is not cut short. */
	if (ar_lease_renew(climb->enable.creds.api, climb->us, &climb->cluster.lease, &whose,
			   &lost) != 0)
		return 0;
	climb->holds = whose == AR_LEASE_OURS;
	(void)err;
	return 0;
}

int ar__climb_moment(struct ar_climb *climb, int ms, struct ar_err *err)
{
	enum ar_watch_event event = AR_WATCH_TIME;

	ar_secret_forget();
	if (ar_watch_wait(climb->enable.watch, ms, &event, err) != 0)
		return -1;
	if (event == AR_WATCH_STOP)
		return stopped(err);
	return renew(climb, err);
}

static int is_held(const struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_lease *lease = &climb->cluster.lease;

	ar_err_set(err, "%.200s holds the Lease kube-system/atrest, renewed at %s", lease->holder,
		   lease->renewed);
	ar_err_hint(err, "one node at a time restarts its API server, or re-encrypts: run the same "
			 "command again when that one is done");
	return ar_err_class(err, AR_OTHER_NODE);
}

int ar__climb_hold(struct ar_climb *climb, struct ar_err *err)
{
	const int64_t start = ar_watch_clock_ms();
	enum ar_lease_whose whose = AR_LEASE_OURS;
	bool said = false;

	while (has_lease(climb) && !climb->holds) {
		if (ar_lease_take(climb->enable.creds.api, climb->us, &climb->cluster.lease, &whose,
				  err) != 0)
			return -1;
		climb->holds = whose == AR_LEASE_OURS;
		climb->renewed_ms = ar_watch_clock_ms();
		if (climb->holds)
			break;
		if (ar_watch_clock_ms() - start > HOLD_MS)
			return is_held(climb, err);
		if (!said)
			ar_events_say(
				climb->enable.events, AR_EVENT_BEGIN, "lease", -1,
				"waiting for %s, which restarts its API server or re-encrypts",
				climb->cluster.lease.holder);
		said = true;
		if (ar__climb_moment(climb, LOOK_MS, err) != 0)
			return -1;
	}
	return 0;
}

int ar__climb_hold_anew(struct ar_climb *climb, bool *ret_waited, struct ar_err *err)
{
	const bool held = climb->holds;

	*ret_waited = false;
	if (ar__climb_hold(climb, err) != 0)
		return -1;
	*ret_waited = climb->holds && !held;
	return 0;
}

void ar__climb_let_go(struct ar_climb *climb)
{
	struct ar_err ignored = AR_ERR_INIT;

	/* One that is not given back is over in a minute. */
	if (climb->holds && climb->enable.creds.api)
		ar_lease_release(climb->enable.creds.api, climb->us, &climb->cluster.lease,
				 &ignored);
	climb->holds = false;
}

/* --- what the others are told ---------------------------------------------------------------- */

int ar__climb_tell(struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_local *node = &climb->enable.node;
	struct ar_err untold = AR_ERR_INIT;
	struct ar_told_node told = {
		.loaded = climb->lanes[0].seen.current,
		.start = climb->cluster.list[climb->cluster.self].start,
		.reload = (int64_t)node->loaded.reload_success,
	};

	if (!climb->enable.creds.api || !climb->cluster.lease_seen)
		return 0;
	snprintf(told.host, sizeof told.host, "%s", climb->us);
	ar_machine_now(told.at, sizeof told.at);
	snprintf(told.rung, sizeof told.rung, "%s", ar_ladder_word(climb->step.kind));
	if (climb->clean > 0) {
		snprintf(told.clean, sizeof told.clean, "%s", climb->goal);
		told.clean_revision = climb->clean;
	}
	if (climb->conf && climb->lanes[0].seen.flag) {
		memcpy(told.sha256, node->config.file.sha256, sizeof told.sha256);
		snprintf(told.path, sizeof told.path, "%s", climb->enable.ask.config);
	}
	if (ar_told_put_node(climb->enable.creds.api, &climb->cluster.lease, &told, climb->conf,
			     &untold) != 0)
		ar_events_say(climb->enable.events, AR_EVENT_NOTE, "untold", -1,
			      "the other nodes could not be told how this one stands: %.300s",
			      untold.msg);
	(void)err;
	return 0;
}

int ar__climb_untell(struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_told_node *node = ar_told_node(&climb->cluster.told, climb->us);
	struct ar_told_node unsure;

	if (climb->cluster.count < 2 || !node || !climb->enable.creds.api)
		return 0;
	unsure = *node;
	memset(unsure.sha256, '0', sizeof unsure.sha256 - 1); /* a file that nobody knows */
	unsure.loaded = false;
	return ar_told_put_node(climb->enable.creds.api, &climb->cluster.lease, &unsure, NULL, err);
}

int ar__climb_name_goal(struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_told_goal *told = &climb->cluster.told.goal;
	struct ar_told_goal goal = { .key = "" }, holds;
	const char *instead = told->key[0] ? told->key : NULL;

	if (!climb->enable.creds.api || !climb->cluster.lease_seen ||
	    climb->step.kind == AR_LADDER_DONE ||
	    (climb->named && strcmp(told->key, climb->goal) == 0))
		return 0;
	snprintf(goal.key, sizeof goal.key, "%s", climb->goal);
	snprintf(goal.what, sizeof goal.what, "%s", climb->what);
	snprintf(goal.by, sizeof goal.by, "%s", climb->us);
	snprintf(goal.resources, sizeof goal.resources, "%s", climb->listed.text);
	ar_machine_now(goal.at, sizeof goal.at);
	if (ar_told_put_goal(climb->enable.creds.api, &climb->cluster.lease, &goal, instead, &holds,
			     err) != 0)
		return climb->touched ? ar_err_class(err, AR_RESUMABLE) : -1;
	climb->named = true;
	if (strcmp(holds.key, climb->goal) == 0 &&
	    (!goal.resources[0] || strcmp(holds.resources, goal.resources) == 0))
		return 0;
	ar_err_set(err, "%.100s has named another goal meanwhile: %.100s%s%.150s", holds.by,
		   holds.key, holds.resources[0] ? " for " : "", holds.resources);
	ar_err_hint(err, "'atrest continue' goes on to that one");
	return ar_err_class(err, climb->touched ? AR_RESUMABLE : AR_FAILED);
}

/* --- other nodes ----------------------------------------------------------------------------- */

/* Of one server, and of several. */
static const char *what_is_missing(const struct ar_climb *climb)
{
	const bool several = ar__climb_waits_for_several(&climb->step);

	switch (climb->step.kind) {
	case AR_LADDER_WAIT_LOAD: return "cannot read what would be written";
	case AR_LADDER_WAIT_READERS: return several ? "do not read it yet" : "does not read it yet";
	case AR_LADDER_WAIT_WRITERS:
		return several ? "do not write with it yet" : "does not write with it yet";
	default: return several ? "still have what may go" : "still has what may go";
	}
}

/* Does the goal's key lie on that node already: as its own run has told, or seen by what its server
 * reads of another kind of resource? */
static bool lies_there(const struct ar_climb *climb, size_t server)
{
	for (size_t i = 0; i < climb->lane_count; i++) {
		const struct ar_ladder_server *seen = &climb->lanes[i].seen.servers[server];
		const ar_keyset has = (seen->told ? seen->disk.reads : 0) | seen->loaded.reads;
		if (has >> climb->ladder.writer & 1)
			return true;
	}
	return false;
}

/* The first of them, with what has to be done there. */
static void say_next(const struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_cluster *cluster = &climb->cluster;
	size_t first = 0;

	while (first + 1 < cluster->count && !(climb->step.servers >> first & 1))
		first++;
	const struct ar_cluster_server *server = &cluster->list[first];
	const char *name = ar_cluster_name(server);
	if (!server->answered)
		ar_err_hint(err,
			    "%s does not answer (%.200s); bring it back, or, if it never will: "
			    "--accept server-gone=%s",
			    name, server->why, name);
	else if (server->load == AR_CLUSTER_UNKNOWN)
		ar_err_hint(err, "%s: 'atrest continue', which tells what its file means (%.200s)",
			    name, server->why);
	else if (climb->step.kind == AR_LADDER_WAIT_READERS && !lies_there(climb, first))
		ar_err_hint(err,
			    "here: 'atrest export FILE'; %s: 'atrest import FILE', then 'atrest "
			    "continue'",
			    name);
	else
		ar_err_hint(err, "%s: 'atrest continue'", name);
}

static int leave(const struct ar_climb *climb, struct ar_err *err)
{
	char servers[300];

	ar_climb_servers(climb, climb->step.servers, servers, sizeof servers);
	ar_err_set(err, "done here; on the way to %.150s %s %s", climb->goal, servers,
		   what_is_missing(climb));
	say_next(climb, err);
	return ar_err_class(err, AR_OTHER_NODE);
}

/* This node's own server runs with a file of which nobody knows what it meant: what it may write is
 * not known, until it has the one that lies here. */
static int wait_for_own(struct ar_climb *climb, struct ar_err *err)
{
	const int64_t start = ar_watch_clock_ms();

	ar_events_say(climb->enable.events, AR_EVENT_BEGIN, "reload", -1,
		      "waiting until this node's API server has reloaded its file");
	while (climb->step.kind == AR_LADDER_WAIT_LOAD && climb->enable.node.server.reloads &&
	       ar_watch_clock_ms() - start < RELOAD_MS)
		if (ar__climb_moment(climb, LOOK_MS, err) != 0 || ar_climb_look(climb, err) != 0)
			return -1;
	if (climb->step.kind != AR_LADDER_WAIT_LOAD)
		return 0;
	ar_err_set(err, "this node's API server runs with a file that is not known any more");
	ar_err_hint(err,
		    "see what it reads ('atrest status'); a restart of its container loads the "
		    "file that lies here, which has to have every key that is stored: 'atrest "
		    "verify'");
	return ar_err_class(err, AR_LOOK);
}

int ar__climb_wait(struct ar_climb *climb, struct ar_err *err)
{
	const enum ar_ladder_kind kind = climb->step.kind;
	const int64_t start = ar_watch_clock_ms();
	char servers[300];

	if (climb->step.servers == (uint32_t)1 << climb->cluster.self)
		return wait_for_own(climb, err);
	if (climb->ask.wait_ms == 0)
		return leave(climb, err);
	ar_climb_servers(climb, climb->step.servers, servers, sizeof servers);
	ar_events_say(climb->enable.events, AR_EVENT_BEGIN, ar_ladder_word(kind), -1,
		      "waiting: %s %s", servers, what_is_missing(climb));
	ar__climb_let_go(climb);
	while (climb->step.kind == kind) {
		if (ar_watch_clock_ms() - start > climb->ask.wait_ms)
			return leave(climb, err);
		if (ar__climb_moment(climb, LOOK_MS, err) != 0 || ar_climb_look(climb, err) != 0)
			return -1;
		if (climb->enable.events->tick)
			climb->enable.events->tick(climb->enable.events,
						   ar_watch_clock_ms() - start);
	}
	ar_events_say(climb->enable.events, AR_EVENT_DONE, ar_ladder_word(kind),
		      ar_watch_clock_ms() - start, "the other nodes are there, too");
	return 0;
}

/* --- compaction ------------------------------------------------------------------------------ */

int ar__climb_compact(struct ar_climb *climb, struct ar_err *err)
{
	const int64_t start = ar_watch_clock_ms();
	char keys[300];

	ar_climb_keys(climb, climb->step.keys, keys, sizeof keys);
	ar_events_say(climb->enable.events, AR_EVENT_BEGIN, "compact", -1,
		      "older revisions still have values under %s: waiting until the API server "
		      "compacts them (5 to 10 minutes)",
		      keys);
	ar__climb_let_go(climb);
	while (climb->step.kind == AR_LADDER_COMPACT) {
		if (ar_watch_clock_ms() - start > COMPACT_MS) {
			ar_err_set(err, "no compaction came in %d minutes", COMPACT_MS / 60000);
			ar_err_hint(err,
				    "see --etcd-compaction-interval of the API servers; 'atrest "
				    "continue' waits on");
			return ar_err_class(err, AR_RESUMABLE);
		}
		if (ar__climb_moment(climb, LOOK_MS, err) != 0 || ar_climb_look(climb, err) != 0)
			return -1;
		if (climb->enable.events->tick)
			climb->enable.events->tick(climb->enable.events,
						   ar_watch_clock_ms() - start);
	}
	ar_events_say(climb->enable.events, AR_EVENT_DONE, "compact", ar_watch_clock_ms() - start,
		      "no revision that can be read needs %s", keys);
	return 0;
}
