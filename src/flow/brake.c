/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/brake.h"

#include <string.h>

#include "host/watch.h"
#include "plan/brake.h"

#define LOOK_MS 1000
#define SOON_MS                                                                          \
	250 /* etcd writes its file ten times a second: sooner, a look shows nothing new \
	     */
#define GRACE_MS  600000
#define MIB(size) ((long long)((size) / (1 << 20)))

void ar_brake_sent(struct ar_brake *brake, int64_t growth)
{
	brake->sent += growth;
	brake->ahead -= growth;
	brake->credit -= growth;
}

void ar_brake_answered(struct ar_brake *brake, int64_t growth)
{
	brake->answered += growth;
}

static int64_t quota_of(const struct ar_store *store, const struct ar_etcd_member *member)
{
	return member->db_quota > 0 ? member->db_quota
	       : store->quota > 0   ? store->quota
				    : AR_BRAKE_QUOTA;
}

struct ar_brake_space ar_brake_space_of(const struct ar_store *store,
					const struct ar_etcd_state *state)
{
	struct ar_brake_space worst = { .known = false };

	for (size_t i = 0; i < state->count; i++) {
		const struct ar_etcd_member *m = &state->members[i];
		const int64_t quota = quota_of(store, m);
		if (!m->answered || m->db_size <= 0 ||
		    (worst.known && m->db_size - worst.db_size <= quota - worst.quota))
			continue;
		worst = (struct ar_brake_space){ .db_size = m->db_size,
						 .db_in_use = m->db_in_use,
						 .quota = quota,
						 .known = true };
	}
	return worst;
}

/* --- alarms ---------------------------------------------------------------------------------- */

static enum ar_braked stop_for(unsigned alarms, struct ar_err *err)
{
	if (alarms & 1u << AR_ETCD_ALARM_CORRUPT) {
		ar_err_set(err, "etcd has raised the alarm CORRUPT: its members disagree");
		ar_err_hint(err, "nothing more is written; mend etcd first ('etcdctl alarm list' "
				 "names the member), then run the same command again");
	} else {
		ar_err_set(err, "etcd has raised the alarm NOSPACE: it takes no more writes");
		ar_err_hint(err, "make room: compact, 'etcdctl defrag' each member, 'etcdctl alarm "
				 "disarm', or raise --quota-backend-bytes; then run the same "
				 "command again");
	}
	ar_err_class(err, AR_RESUMABLE);
	return AR_BRAKE_STOP;
}

/* --- looking --------------------------------------------------------------------------------- */

static void note_revision(struct ar_brake *brake, int64_t now)
{
	int64_t revision = 0;

	for (size_t i = 0; i < brake->state.count; i++)
		if (brake->state.members[i].answered &&
		    (revision == 0 || brake->state.members[i].revision < revision))
			revision = brake->state.members[i].revision;
	const size_t n = brake->sample_count;
	if (revision <= 0 || (n > 0 && now - brake->samples[n - 1].ms < AR_BRAKE_STEP_MS))
		return;
	if (n == AR_BRAKE_SAMPLES)
		memmove(brake->samples, brake->samples + 1, sizeof brake->samples[0] * (n - 1));
	else
		brake->sample_count++;
	brake->samples[brake->sample_count - 1].ms = now;
	brake->samples[brake->sample_count - 1].revision = revision;
}

/* What is remembered of a member; at first what is to be seen of it now. */
static struct ar_brake_member *remembered(struct ar_brake *brake, const struct ar_etcd_member *m)
{
	size_t i = 0;

	while (i < brake->member_count && brake->members[i].id != m->id)
		i++;
	if (i == brake->member_count && i < AR_BRAKE_MEMBERS)
		brake->members[brake->member_count++] = (struct ar_brake_member){
			.id = m->id, .live = m->db_in_use, .went_on = m->db_size
		};
	return &brake->members[i < AR_BRAKE_MEMBERS ? i : AR_BRAKE_MEMBERS - 1];
}

static int64_t interval_ms(const struct ar_brake *brake)
{
	const unsigned every = brake->store->conf.compaction_s;

	return (every > 0 ? every : 300) * INT64_C(1000);
}

static int64_t credit_of_member(struct ar_brake *brake, const struct ar_etcd_member *m, int64_t now)
{
	struct ar_brake_member *member = remembered(brake, m);

	if (m->db_in_use < member->live)
		member->live = m->db_in_use;
	const struct ar_brake_seen seen = {
		.db_size = m->db_size,
		.db_in_use = m->db_in_use,
		.quota = quota_of(brake->store, m),
		.live = member->live,
		.went_on = member->went_on,
		.pending = brake->sent - brake->answered_before,
		.ahead = brake->ahead,
		.holding = brake->holding,
		.waited = brake->holding && now - brake->held_since_ms > 3 * interval_ms(brake),
	};
	const int64_t credit = ar_brake_credit(&seen);
	if (brake->holding && credit > 0)
		member->went_on = m->db_size;
	return credit;
}

static int64_t credit_of(struct ar_brake *brake, int64_t now)
{
	int64_t credit = INT64_MAX;

	for (size_t i = 0; i < brake->state.count; i++) {
		const struct ar_etcd_member *m = &brake->state.members[i];
		if (!m->answered || m->db_size <= 0)
			continue;
		const int64_t mine = credit_of_member(brake, m, now);
		credit = mine < credit ? mine : credit;
	}
	return credit;
}

/* Where etcd does not tell, nothing can be held back for it: said once. */
static void say_blind(struct ar_brake *brake, const char *why)
{
	if (!brake->blind)
		ar_events_say(brake->events, AR_EVENT_NOTE, "etcd-unwatched", -1,
			      "etcd's size cannot be watched: %.300s", why);
	brake->blind = true;
}

/* What is allowed by every etcd that is written to. *ret_credit unset: none told its size. */
static enum ar_braked look(struct ar_brake *brake, int64_t now, int64_t *ret_credit,
			   struct ar_err *err)
{
	int64_t credit = INT64_MAX;

	for (size_t i = 0; i < brake->etcd_count; i++) {
		struct ar_err unread = AR_ERR_INIT;
		if (ar_etcd_look(brake->etcds[i], &brake->state, &unread) != 0) {
			say_blind(brake, unread.msg);
			return AR_BRAKE_HOLD;
		}
		if (brake->state.alarms)
			return stop_for(brake->state.alarms, err);
		const int64_t mine = credit_of(brake, now);
		credit = mine < credit ? mine : credit;
	}
	if (brake->etcd_count == 1)
		note_revision(brake, now);
	if (credit == INT64_MAX && brake->etcd_count > 0)
		say_blind(brake, brake->state.why[0] ? brake->state.why : "no member tells it");
	else
		brake->blind = false;
	*ret_credit = credit;
	return AR_BRAKE_GO;
}

/* --- holding --------------------------------------------------------------------------------- */

static void say_holding(struct ar_brake *brake)
{
	const struct ar_brake_space space = ar_brake_space_of(brake->store, &brake->state);
	const unsigned every = brake->store->conf.compaction_s;

	if (brake->said)
		return;
	brake->said = true;
	if (every > 0)
		ar_events_say(brake->events, AR_EVENT_NOTE, "etcd-full", -1,
			      "etcd is at %lld of %lld MiB: waiting for the API server's own "
			      "compaction, every %u s",
			      MIB(space.db_size), MIB(space.quota), every);
	else
		ar_events_say(brake->events, AR_EVENT_NOTE, "etcd-full", -1,
			      "etcd is at %lld of %lld MiB, and this API server never compacts it: "
			      "it is compacted from here, five minutes back",
			      MIB(space.db_size), MIB(space.quota));
}

/* The newest revision that is five minutes old, and newer than what was compacted here already. */
static void compact(struct ar_brake *brake, int64_t now)
{
	struct ar_err failed = AR_ERR_INIT;
	int64_t revision = 0;

	if (brake->store->conf.compaction_s > 0 || brake->etcd_count != 1 ||
	    now - brake->compacted_ms < AR_BRAKE_STEP_MS)
		return;
	for (size_t i = 0; i < brake->sample_count; i++)
		if (now - brake->samples[i].ms >= AR_BRAKE_AGE_MS)
			revision = brake->samples[i].revision;
	if (revision == 0)
		return;
	brake->compacted_ms = now;
	if (ar_etcd_compact(brake->etcds[0], revision, &failed) == 0)
		ar_events_say(brake->events, AR_EVENT_NOTE, "compacted", -1,
			      "etcd's history is compacted up to revision %lld",
			      (long long)revision);
	else
		ar_events_say(brake->events, AR_EVENT_NOTE, "compaction-failed", -1,
			      "etcd would not compact: %.300s", failed.msg);
}

static enum ar_braked give_up(const struct ar_brake *brake, struct ar_err *err)
{
	const struct ar_brake_space space = ar_brake_space_of(brake->store, &brake->state);

	if (brake->blind) {
		ar_err_set(err, "etcd did not say for a long time how full it is");
		ar_err_hint(err, "see that its members are well, then run the same command again");
		ar_err_class(err, AR_RESUMABLE);
		return AR_BRAKE_STOP;
	}
	ar_err_set(err,
		   "etcd is at %lld of %lld MiB, of it %lld in use, and no compaction makes room",
		   MIB(space.db_size), MIB(space.quota), MIB(space.db_in_use));
	ar_err_hint(err, "'etcdctl defrag' each member where much is unused, or raise etcd's "
			 "--quota-backend-bytes; then run the same command again");
	ar_err_class(err, AR_RESUMABLE);
	return AR_BRAKE_STOP;
}

/* Pages that became free since it holds are a sign that waiting helps. */
static bool gained(struct ar_brake *brake, const struct ar_brake_space *space)
{
	const int64_t unused = space->db_size - space->db_in_use;
	const bool more = unused > brake->most_free + space->quota / 100;

	if (more)
		brake->most_free = unused;
	return more;
}

/* How long it is waited for more without seeing any. */
static int64_t patience_of(const struct ar_brake *brake, const struct ar_brake_space *space)
{
	const int64_t interval = interval_ms(brake);

	return space->known && ar_brake_hopeless(space->db_size, space->quota)
		       ? 2 * interval + 60000
		       : 4 * interval + GRACE_MS;
}

static enum ar_braked hold(struct ar_brake *brake, int64_t now, struct ar_err *err)
{
	const struct ar_brake_space space = ar_brake_space_of(brake->store, &brake->state);

	if (!brake->holding) {
		brake->holding = true;
		brake->held_since_ms = brake->idle_since_ms = now;
		brake->most_free = space.db_size - space.db_in_use;
		brake->compacted_ms = 0;
	}
	/* A burst that has not come to rest yet is no reason to speak of waiting. */
	if (now - brake->held_since_ms > INT64_C(3) * LOOK_MS)
		say_holding(brake);
	compact(brake, now);
	if (gained(brake, &space))
		brake->idle_since_ms = now;
	if (now - brake->idle_since_ms > patience_of(brake, &space))
		return give_up(brake, err);
	return AR_BRAKE_HOLD;
}

void ar_brake_end(struct ar_brake *brake)
{
	if (brake->holding)
		brake->held_ms += ar_watch_clock_ms() - brake->held_since_ms;
	brake->holding = false;
}

static void release(struct ar_brake *brake)
{
	if (brake->said)
		ar_events_say(brake->events, AR_EVENT_DONE, "etcd-room", -1,
			      "etcd has room again: going on");
	ar_brake_end(brake);
	brake->said = false;
}

enum ar_braked ar_brake_check(struct ar_brake *brake, struct ar_err *err)
{
	const int64_t now = ar_watch_clock_ms();
	int64_t credit = 0;
	const bool may = brake->credit > 0 && !brake->holding;
	const int64_t due = may ? brake->next_ms : brake->next_ms - LOOK_MS + SOON_MS;

	if (now < due || (brake->holding && now < brake->next_ms))
		return may ? AR_BRAKE_GO : AR_BRAKE_HOLD;
	const enum ar_braked looked = look(brake, now, &credit, err);
	/* A look takes what it takes: at most a tenth of the time is spent on it. */
	const int64_t after = ar_watch_clock_ms();
	brake->next_ms = after + (10 * (after - now) > LOOK_MS ? 10 * (after - now) : LOOK_MS);
	brake->answered_before = brake->answered;
	if (looked == AR_BRAKE_STOP)
		return looked;
	if (looked == AR_BRAKE_HOLD) /* etcd did not answer: what was allowed is still allowed */
		return may ? AR_BRAKE_GO : hold(brake, after, err);
	brake->credit = credit;
	if (credit == 0)
		return hold(brake, after, err);
	if (brake->holding)
		release(brake);
	return AR_BRAKE_GO;
}
