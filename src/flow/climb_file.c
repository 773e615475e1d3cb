/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "flow/apply.h"
#include "flow/climb_impl.h"
#include "plan/first.h"

/* --- the text -------------------------------------------------------------------------------- */

/* A new file: on the only server the key writes at once, else plain text does, and it reads. */
static int new_text(const struct ar_climb *climb, const struct ar_ladder_step *step,
		    struct ar_buf *out, struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	const struct ar_text *fresh = &climb->enable.goal.config.wanted_text;

	if (step->file.writer == AR_LADDER_PLAIN)
		return ar_first_identity(fresh, &edits, out, err);
	ar_buf_add(out, fresh->data, fresh->len);
	return ar_buf_check(out, err);
}

/* The key with this number; its bytes only where it was made here. */
static int key_of(const struct ar_climb *climb, unsigned number, struct ar_rung_key *ret,
		  struct ar_err *err)
{
	const char *name;
	const int provider = ar__climb_split(climb->keys.list[number], &name);

	*ret = climb->key;
	if (number == climb->ladder.writer)
		return 0;
	*ret = (struct ar_rung_key){ .provider = (enum ar_provider_kind)provider, .name = name };
	return provider >= 0 ? 0
			     : ar_err_set(err, "'%.200s' is no key of a config",
					  climb->keys.list[number]);
}

/* Two buffers in turn: each change is made of the text before. */
struct chain {
	struct ar_text text;
	struct ar_buf bufs[2];
	size_t made;
};

typedef int change_fn(const struct ar_text *text, const struct ar_rung_key *key,
		      struct ar_edits *ret, struct ar_buf *out, struct ar_err *err);

static struct ar_buf *room(struct chain *chain)
{
	struct ar_buf *out = &chain->bufs[chain->made % 2];

	out->secret = true;
	ar_buf_reset(out);
	return out;
}

/* The text is that of `out` now, by these edits, which are taken; where there are none it is what
 * it was, and so are the edits. */
static void step_on(struct chain *chain, const struct ar_buf *out, struct ar_edits *made,
		    struct ar_edits *edits)
{
	if (made->count == 0)
		return;
	ar_edits_done(edits);
	*edits = *made;
	*made = (struct ar_edits)AR_EDITS_INIT;
	chain->text.data = out->data;
	chain->text.len = out->len;
	chain->made++;
}

static int change(struct chain *chain, change_fn *fn, const struct ar_rung_key *key,
		  struct ar_edits *edits, struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits made = { .secret = true };
	struct ar_buf *out = room(chain);

	if (fn(&chain->text, key, &made, out, err) != 0)
		return -1;
	step_on(chain, out, &made, edits);
	return 0;
}

static int add_resources(const struct ar_climb *climb, struct chain *chain, struct ar_edits *edits,
			 struct ar_err *err)
{
	const struct ar_rung_names names = { climb->listed.list, climb->listed.count };
	AR_EDITS_AUTO struct ar_edits made = { .secret = true };
	struct ar_buf *out = room(chain);

	if (ar_rung_resources(&chain->text, &names, &made, out, err) != 0)
		return -1;
	step_on(chain, out, &made, edits);
	return 0;
}

static int add_readers(const struct ar_climb *climb, const struct ar_ladder_step *step,
		       struct chain *chain, struct ar_edits *edits, struct ar_err *err)
{
	struct ar_rung_key key;

	if (climb->wider_text.data && add_resources(climb, chain, edits, err) != 0)
		return -1;
	for (unsigned i = 0; i < climb->keys.count; i++)
		if ((step->keys >> i & 1) && (key_of(climb, i, &key, err) != 0 ||
					      change(chain, ar_rung_reader, &key, edits, err) != 0))
			return -1;
	if (!step->turns)
		return 0;
	return key_of(climb, step->file.writer, &key, err) != 0
		       ? -1
		       : change(chain, ar_rung_promote, &key, edits, err);
}

static int reader_text(const struct ar_climb *climb, const struct ar_ladder_step *step,
		       struct ar_edits *edits, struct ar_buf *out, struct ar_err *err)
{
	struct chain chain = { .text = climb->enable.node.config.seen.file,
			       .bufs = { AR_BUF_INIT, AR_BUF_INIT } };
	const int added = add_readers(climb, step, &chain, edits, err);

	if (added == 0)
		ar_buf_add(out, chain.text.data, chain.text.len);
	ar_buf_done(&chain.bufs[0]);
	ar_buf_done(&chain.bufs[1]);
	if (chain.made > 1)
		ar_edits_done(edits); /* those of the last change alone would say less */
	return added == 0 ? ar_buf_check(out, err) : -1;
}

int ar_climb_text(const struct ar_climb *climb, const struct ar_ladder_step *step,
		  struct ar_edits *edits, struct ar_buf *out, struct ar_err *err)
{
	const struct ar_text *old = &climb->enable.node.config.seen.file;

	edits->secret = out->secret = true;
	if (!climb->conf)
		return new_text(climb, step, out, err);
	switch (step->kind) {
	case AR_LADDER_READER: return reader_text(climb, step, edits, out, err);
	case AR_LADDER_PROMOTE: return ar_rung_promote(old, &climb->key, edits, out, err);
	case AR_LADDER_PRUNE:
		return ar_rung_prune(old, &climb->key, climb->ladder.keep & 1, edits, out, err);
	default: return ar_err_set(err, "the step '%s' writes no file", ar_ladder_word(step->kind));
	}
}

/* --- writing it ------------------------------------------------------------------------------ */

int ar__climb_write(struct ar_climb *climb, struct ar_err *err)
{
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	struct ar_enable *enable = &climb->enable;
	struct ar_record record;
	char words[400];

	ar_climb_words(climb, &climb->step, &climb->lanes[0].seen, words, sizeof words);
	if (ar__climb_untell(climb, err) != 0)
		return -1;
	step.kind = climb->conf ? AR_STEP_WRITE : AR_STEP_CREATE;
	if (ar_climb_text(climb, &climb->step, &step.plan.edits, &step.bytes, err) != 0)
		return -1;
	const struct ar_deed deed = { .what = words };
	if (ar_apply(enable->session, &enable->node.config, &step, deed, &record, err) != 0)
		return -1;
	climb->touched = climb->fresh_written = true;
	ar_events_say(enable->events, AR_EVENT_DONE, ar_ladder_word(climb->step.kind), -1, "%s",
		      words);
	return 0;
}

/* --- taking it back -------------------------------------------------------------------------- */

/* What lay there before the newest record of the config, where that record made what lies there. */
static int find_old(const struct ar_climb *climb, struct ar_record *ret,
		    struct ar_snapshot *ret_old, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_record *records = NULL;
	const struct ar_session *session = climb->enable.session;
	const struct ar_snapshot *now = &climb->enable.node.config.file;
	size_t count = 0, unreadable = 0;

	if (ar_record_list(&session->host, &records, &count, &unreadable, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(records[i].parts[0].path, now->path) != 0)
			continue;
		if (strcmp(records[i].parts[0].sha_after, now->sha256) != 0)
			break;
		*ret = records[i];
		return ar_record_old(&session->host, &records[i], 0, ret_old, err);
	}
	return ar_err_set(err, "there is no record of what '%s' was before", now->path);
}

int ar__climb_restore(struct ar_climb *climb, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	struct ar_enable *enable = &climb->enable;
	struct ar_goal goal = { .kind = AR_GOAL_RESTORE };
	struct ar_record record, undone;
	enum ar_next next;
	char what[120];

	if (find_old(climb, &undone, &old, err) != 0)
		return -1;
	goal.wanted_text = ar_snapshot_text(&old);
	if (!old.exists)
		goal.wanted_text.data = NULL;
	step.bytes.secret = step.plan.edits.secret = true;
	if (ar_plan_next(&enable->node.config.seen, &goal, &next, &step, err) != 0)
		return -1;
	if (next == AR_NEXT_DONE)
		return 0;
	snprintf(what, sizeof what, "put back as it was before record %s", undone.id);
	const struct ar_deed deed = { .what = what, .undoes = undone.id };
	return ar_apply(enable->session, &enable->node.config, &step, deed, &record, err);
}
