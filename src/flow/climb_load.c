/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "flow/climb_impl.h"

/* Does this node's server run with what lies here, whatever else is wrong with it? Then it may have
 * written with it, and the file stays. */
static bool has_loaded(struct ar_climb *climb)
{
	struct ar_enable *enable = &climb->enable;
	struct ar_err unread = AR_ERR_INIT;

	return ar_local_look_server(enable->session, &enable->creds, &enable->node, &unread) == 0 &&
	       enable->node.server.load == AR_LOAD_CURRENT;
}

/* The server is to run with the old file again, by its own reload or a restart. */
static int load_again(struct ar_climb *climb, struct ar_err *err)
{
	bool changed = false;

	return ar_enable_go(&climb->enable, &changed, err);
}

/*
 * A file that no server took is no rung: the one before it is put back, so that a later start of
 * the server finds what it ran with. A server that took it keeps it: by the ladder every server can
 * read what it writes.
 */
static int go_back(struct ar_climb *climb, struct ar_err *err)
{
	struct ar_err failed = AR_ERR_INIT;

	if (climb->enable.no_return || !climb->fresh_written || has_loaded(climb))
		return -1;
	ar_watch_rearm(climb->enable.watch); /* who wanted it to stop wants it safe, too */
	if (ar__climb_restore(climb, &failed) != 0) {
		ar_err_hint(err, "and the old file could not be put back: %.300s", failed.msg);
		return ar_err_class(err, AR_LOOK);
	}
	ar_events_say(climb->enable.events, AR_EVENT_DONE, "way-back", -1,
		      "%s is what it was before: no server has loaded the new one",
		      climb->enable.ask.config);
	if (load_again(climb, &failed) != 0) {
		ar_err_wrap(err,
			    "the old file is in its place, and the API server is not well yet");
		return ar_err_class(err, AR_LOOK);
	}
	ar_err_wrap(err, "it failed, and the old file was put back");
	return ar_err_class(err, AR_PUT_BACK);
}

int ar__climb_load(struct ar_climb *climb, struct ar_err *err)
{
	struct ar_enable *enable = &climb->enable;
	bool changed = false;

	/* A reload has no gap, so several may do it at once. */
	if (!enable->node.server.reloads && ar__climb_hold(climb, err) != 0)
		return -1;
	const int went = ar_enable_go(enable, &changed, err);
	climb->touched |= changed;
	if (went != 0)
		return err->class == AR_RESUMABLE ? -1 : go_back(climb, err);
	climb->fresh_written = false;
	return 0;
}
