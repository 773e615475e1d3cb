/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/ladder.h"

#define PLAIN ((ar_keyset)1 << AR_LADDER_PLAIN)

/* What the rules speak of, from what is seen. */
struct view {
	const struct ar_ladder_seen *seen;
	const struct ar_ladder_goal *goal;
	size_t count;
	ar_keyset key;       /* the goal's */
	ar_keyset stays;     /* and what is kept besides */
	ar_keyset need;      /* what this node's server must read */
	bool running;        /* what it has loaded is known: */
	struct ar_rung mine; /* that; nothing, where it is not known */
	bool flag;           /* this server is to run with the flag; a flag whose file is lost
			      * does not have to stay */
	struct ar_rung runs; /* what it would load: the file, or plain text without the flag */
};

static ar_keyset bit(unsigned key)
{
	return key < AR_LADDER_KEYS ? (ar_keyset)1 << key : 0;
}

/* --- the other servers ----------------------------------------------------------------------- */

typedef bool test_fn(const struct ar_ladder_server *server, ar_keyset keys);

static bool is_unsure(const struct ar_ladder_server *server)
{
	return !server->known || !server->told;
}

/* It may start again at any moment, so its disk counts as what it has loaded does. */
static bool is_blind(const struct ar_ladder_server *server, ar_keyset keys)
{
	return is_unsure(server) || (keys & ~(server->loaded.reads & server->disk.reads)) != 0;
}

static bool may_write(const struct ar_ladder_server *server, ar_keyset keys)
{
	return is_unsure(server) ||
	       (keys & (bit(server->loaded.writer) | bit(server->disk.writer))) != 0;
}

static bool has_more(const struct ar_ladder_server *server, ar_keyset keys)
{
	return is_unsure(server) || ((server->loaded.reads | server->disk.reads) & ~keys) != 0;
}

static uint32_t others(const struct view *v, test_fn *test, ar_keyset keys)
{
	uint32_t found = 0;

	for (size_t i = 0; i < v->count; i++) {
		const struct ar_ladder_server *server = &v->seen->servers[i];
		if (i != v->seen->self && !server->gone && test(server, keys))
			found |= (uint32_t)1 << i;
	}
	return found;
}

/* May this server write with the key? What it writes already does no new harm. */
static bool is_harmless(const struct view *v, unsigned key)
{
	if (v->running && v->mine.writer == key)
		return true;
	return v->seen->all_told && others(v, is_blind, bit(key)) == 0;
}

static uint32_t self_unless(const struct view *v, bool fine)
{
	return fine || v->seen->self >= v->count ? 0 : (uint32_t)1 << v->seen->self;
}

/* --- what is needed here --------------------------------------------------------------------- */

/* What values are stored under, what servers write, and of what older revisions have all that this
 * server reads now: what it does not read, it does not lose. */
static ar_keyset needed(const struct view *v)
{
	const struct ar_ladder_seen *seen = v->seen;
	ar_keyset need = seen->counted ? seen->live : 0;

	for (size_t i = 0; i < v->count; i++)
		if (seen->servers[i].known && (i == seen->self || !seen->servers[i].gone))
			need |= bit(seen->servers[i].loaded.writer);
	if (seen->past_known)
		need |= seen->past & v->mine.reads;
	return need;
}

static struct view view_of(const struct ar_ladder_seen *seen, const struct ar_ladder_goal *goal)
{
	struct view v = { .seen = seen, .goal = goal, .key = bit(goal->writer) };

	v.count = seen->count < AR_LADDER_SERVERS ? seen->count : AR_LADDER_SERVERS;
	v.stays = v.key | goal->keep;
	v.running = seen->self < v.count && seen->servers[seen->self].known;
	if (v.running)
		v.mine = seen->servers[seen->self].loaded;
	v.need = needed(&v);
	v.flag = (seen->flag && seen->file) || v.key != PLAIN || (v.need & ~PLAIN) != 0;
	v.runs = v.flag && seen->file ? seen->config : AR_RUNG_PLAIN;
	return v;
}

/* --- answers --------------------------------------------------------------------------------- */

static bool refuse(struct ar_ladder_step *step, enum ar_ladder_reason reason, ar_keyset keys)
{
	step->kind = AR_LADDER_REFUSE;
	step->reason = reason;
	step->keys = keys;
	return true;
}

/* Who is to be waited for; nobody, where none is left and all of them were counted. */
static bool wait_for(const struct view *v, struct ar_ladder_step *step, enum ar_ladder_kind kind,
		     uint32_t servers)
{
	if (servers == 0 && v->seen->all_told)
		return false;
	if (servers == 0)
		return refuse(step, AR_LADDER_UNTOLD, 0);
	step->kind = kind;
	step->servers = servers;
	return true;
}

/* --- the rules, in the order of the ladder --------------------------------------------------- */

/* One that does harm is put back to what this server writes; and a file that is not loaded yet need
 * not be loaded twice, where all others read the goal's key. */
static bool is_writer_fine(const struct view *v)
{
	const unsigned writer = v->seen->config.writer;
	const bool skips = !v->seen->current && writer != v->goal->writer &&
			   is_harmless(v, v->goal->writer);

	return v->seen->file && is_harmless(v, writer) && !skips;
}

/* The writer of a file that this node gets. A server that does not run writes nothing that could
 * stay, so it waits until all read the goal's key. */
static bool choose_writer(const struct view *v, unsigned *ret)
{
	const struct ar_ladder_seen *seen = v->seen;

	if (is_harmless(v, v->goal->writer))
		*ret = v->goal->writer;
	else if (seen->file && is_harmless(v, seen->config.writer))
		*ret = seen->config.writer;
	else if (v->running)
		*ret = v->mine.writer;
	else
		return false;
	return true;
}

/* May what this server reads now, and would not read then, go? Older revisions have none of it
 * where they are known (it would be needed); they do not keep a server from running at all, since
 * without one etcd is not compacted either. */
static bool stops_loss(const struct view *v, ar_keyset lost, struct ar_ladder_step *step)
{
	if (lost == 0)
		return false;
	if (!v->seen->counted)
		return refuse(step, AR_LADDER_UNCOUNTED, lost);
	if (wait_for(v, step, AR_LADDER_WAIT_LOAD, others(v, may_write, lost)))
		return true;
	if (v->seen->past_known || !v->running)
		return false;
	step->kind = AR_LADDER_COMPACT;
	step->keys = lost;
	return true;
}

/* A server of which is not known what it runs with may write what is not known either. */
static bool is_unfit(const struct view *v, ar_keyset reads, struct ar_ladder_step *step)
{
	if (v->running)
		return stops_loss(v, v->mine.reads & ~reads, step);
	if (v->seen->down)
		return stops_loss(v, ~reads, step);
	step->kind = AR_LADDER_WAIT_LOAD;
	step->servers = self_unless(v, false);
	return true;
}

static bool needs_reader(const struct view *v, struct ar_ladder_step *step)
{
	const struct ar_ladder_seen *seen = v->seen;
	const ar_keyset has = seen->file ? seen->config.reads : 0;
	const ar_keyset lacks = (v->key | v->need | (seen->file ? 0 : PLAIN)) & ~has;
	const ar_keyset absent = lacks & ~(seen->keys_here | PLAIN);
	unsigned writer;

	if (!v->flag || (lacks == 0 && is_writer_fine(v)))
		return false;
	if (absent != 0 || v->key == 0)
		return refuse(step, absent == v->key ? AR_LADDER_NO_KEY : AR_LADDER_FILE_LACKS,
			      absent);
	/* The flag without the file: nothing can start from this disk, and then something can. */
	if (seen->flag && !seen->file && is_unfit(v, lacks, step))
		return true;
	if (!choose_writer(v, &writer))
		return wait_for(v, step, AR_LADDER_WAIT_LOAD, others(v, is_blind, v->key));
	step->kind = AR_LADDER_READER;
	step->keys = lacks;
	step->turns = !seen->file || writer != seen->config.writer;
	step->file = (struct ar_rung){ .writer = writer, .reads = has | lacks };
	return true;
}

/* What the file writes is harmless, by the rule before; and without the flag this server writes
 * plain text already, as nothing else is in use. */
static bool needs_load(const struct view *v, struct ar_ladder_step *step)
{
	const bool misses_flag = v->flag && !v->seen->flag;

	if (v->seen->current && !misses_flag)
		return false;
	if (is_unfit(v, v->runs.reads, step))
		return true;
	step->kind = AR_LADDER_LOAD;
	step->out = !v->flag;
	return true;
}

static bool awaits_readers(const struct view *v, struct ar_ladder_step *step)
{
	if (v->runs.writer == v->goal->writer)
		return false;
	return wait_for(v, step, AR_LADDER_WAIT_READERS,
			others(v, is_blind, v->key) | self_unless(v, v->mine.reads & v->key));
}

static bool needs_promotion(const struct view *v, struct ar_ladder_step *step)
{
	if (v->runs.writer == v->goal->writer)
		return false;
	step->kind = AR_LADDER_PROMOTE;
	step->file = (struct ar_rung){ .writer = v->goal->writer, .reads = v->runs.reads };
	return true;
}

static bool awaits_writers(const struct view *v, struct ar_ladder_step *step)
{
	const bool writes = v->running && v->mine.writer == v->goal->writer;

	return wait_for(v, step, AR_LADDER_WAIT_WRITERS,
			others(v, may_write, ~v->key) | self_unless(v, writes));
}

/* Without the flag in kubeadm-config its upgrade takes the flag away; with it, a node that joins
 * has the flag. Plain text is read either way, so that it goes last there. */
static bool needs_persistence(const struct view *v, struct ar_ladder_step *step)
{
	if (v->goal->persist && !v->seen->persisted && v->key != PLAIN) {
		step->kind = AR_LADDER_PERSIST;
		return true;
	}
	step->kind = step->at = AR_LADDER_DONE;
	return !v->goal->rewrite;
}

static bool needs_rewrite(const struct view *v, struct ar_ladder_step *step)
{
	if (!v->seen->counted)
		return refuse(step, AR_LADDER_UNCOUNTED, 0);
	step->kind = AR_LADDER_REWRITE;
	step->keys = v->seen->live & ~v->key;
	return step->keys != 0;
}

/* What this node still has, and nothing needs once the goal is reached. */
static ar_keyset going(const struct view *v)
{
	const struct ar_ladder_seen *seen = v->seen;

	if (v->key != PLAIN)
		return v->runs.reads & ~v->stays;
	return seen->file || seen->flag || (v->goal->persist && !seen->persisted) ? ~PLAIN : 0;
}

static bool needs_compaction(const struct view *v, struct ar_ladder_step *step)
{
	step->kind = AR_LADDER_COMPACT;
	step->keys = going(v) & (v->seen->past_known ? v->seen->past : ~(ar_keyset)0);
	return step->keys != 0;
}

static bool needs_forgetting(const struct view *v, struct ar_ladder_step *step)
{
	step->kind = AR_LADDER_UNPERSIST;
	return v->key == PLAIN && v->goal->persist && !v->seen->persisted;
}

static bool needs_pruning(const struct view *v, struct ar_ladder_step *step)
{
	if (going(v) == 0)
		return false;
	if (v->key != PLAIN && !v->seen->escrowed)
		return refuse(step, AR_LADDER_NO_ESCROW, 0);
	step->kind = AR_LADDER_PRUNE;
	step->out = v->key == PLAIN;
	step->keys = v->seen->config.reads & ~v->stays;
	step->file = (struct ar_rung){ .writer = v->goal->writer,
				       .reads = v->runs.reads & v->stays };
	return true;
}

static bool awaits_pruned(const struct view *v, struct ar_ladder_step *step)
{
	return wait_for(v, step, AR_LADDER_WAIT_PRUNED, others(v, has_more, v->stays));
}

typedef bool rule_fn(const struct view *v, struct ar_ladder_step *step);

static const struct {
	enum ar_ladder_kind at;
	rule_fn *rule;
} rules[] = {
	{ AR_LADDER_READER, needs_reader },         { AR_LADDER_LOAD, needs_load },
	{ AR_LADDER_WAIT_READERS, awaits_readers }, { AR_LADDER_PROMOTE, needs_promotion },
	{ AR_LADDER_WAIT_WRITERS, awaits_writers }, { AR_LADDER_PERSIST, needs_persistence },
	{ AR_LADDER_REWRITE, needs_rewrite },       { AR_LADDER_COMPACT, needs_compaction },
	{ AR_LADDER_UNPERSIST, needs_forgetting },  { AR_LADDER_PRUNE, needs_pruning },
	{ AR_LADDER_WAIT_PRUNED, awaits_pruned },
};

struct ar_ladder_step ar_ladder_next(const struct ar_ladder_seen *seen,
				     const struct ar_ladder_goal *goal)
{
	const struct view v = view_of(seen, goal);

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct ar_ladder_step step = { .at = rules[i].at, .file = v.runs };
		if (rules[i].rule(&v, &step))
			return step;
	}
	return (struct ar_ladder_step){ .kind = AR_LADDER_DONE,
					.at = AR_LADDER_DONE,
					.file = v.runs };
}
