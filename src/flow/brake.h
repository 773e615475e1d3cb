/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/events.h"
#include "flow/store.h"

/*
 * Watches etcd while many values are written, and holds before its quota is reached (plan/brake.h).
 *
 * etcd is asked about once a second, and sooner where what was sent since then uses up what the
 * last look allowed. While it holds it waits for the API server's own compaction; where that server
 * never compacts it does so itself, at a revision that was seen five minutes before, as the server
 * would have.
 */

#define AR_BRAKE_MEMBERS 32
#define AR_BRAKE_ETCDS   4
#define AR_BRAKE_SAMPLES 16 /* revisions with the time they were seen at */
#define AR_BRAKE_STEP_MS 30000
#define AR_BRAKE_AGE_MS  300000 /* an API server keeps five minutes of history */

struct ar_brake_member { /* what is remembered of one */
	uint64_t id;
	int64_t live, went_on; /* as in struct ar_brake_seen */
};

enum ar_braked {
	AR_BRAKE_GO,
	AR_BRAKE_HOLD, /* send nothing for now */
	AR_BRAKE_STOP, /* an alarm, or no room in the time it takes; `err` says it */
};

struct ar_brake {
	struct ar_events *events;
	const struct ar_store *store;
	struct ar_etcd *etcds[AR_BRAKE_ETCDS];
	size_t etcd_count;
	int64_t ahead; /* growth by what is still to be sent */

	/* its own */
	int64_t sent, answered, answered_before; /* growth; the last one: at the look before */
	int64_t credit;
	bool holding, said, blind;
	struct ar_brake_member members[AR_BRAKE_MEMBERS];
	size_t member_count;
	int64_t next_ms; /* when etcd is looked at again */
	int64_t held_since_ms, compacted_ms, held_ms;
	int64_t idle_since_ms; /* while it holds: since when no page became free */
	int64_t most_free;     /* while it holds: to see that something comes of it */
	struct {
		int64_t ms, revision;
	} samples[AR_BRAKE_SAMPLES];
	size_t sample_count;
	struct ar_etcd_state state; /* of the etcd that was looked at last */
};

/* What was sent, and what of it was answered, in growth of etcd's file. */
void ar_brake_sent(struct ar_brake *brake, int64_t growth);
void ar_brake_answered(struct ar_brake *brake, int64_t growth);
/* May more be sent? Cheap, but for a look at etcd now and then. */
enum ar_braked ar_brake_check(struct ar_brake *brake, struct ar_err *err);
/* The waiting so far counts; call it when no more is to be sent. */
void ar_brake_end(struct ar_brake *brake);

/* What etcd says of a member's space, or of the fullest one. `quota` as this store knows it. */
struct ar_brake_space {
	int64_t db_size, db_in_use, quota;
	bool known;
};
struct ar_brake_space ar_brake_space_of(const struct ar_store *store,
					const struct ar_etcd_state *state);
