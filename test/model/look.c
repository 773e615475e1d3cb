/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "model.h"

static struct ar_ladder_server see_server(const struct world *world, size_t i)
{
	const struct node *node = &world->nodes[i];
	struct ar_ladder_server server = { .known = is_running(node), .gone = node->gone };

	server.loaded = rungs[node->loaded];
	/* Its node told the disk before it was changed by hand: that it was what is loaded. Who is
	 * about to write takes its word back. */
	if (node->by_hand) {
		server.told = server.known;
		server.disk = server.loaded;
	} else {
		server.told = disk_of(node) != NOTHING;
		server.disk = rungs[disk_of(node)];
	}
	if (node->chosen)
		server.told = false;
	return server;
}

static void see_here(const struct world *world, size_t self, struct ar_ladder_seen *seen)
{
	const struct node *node = &world->nodes[self];

	seen->file = node->file != NOTHING;
	seen->flag = node->flag;
	seen->disk = rungs[disk_of(node)];
	seen->config = rungs[node->file];
	seen->current = node->loaded != NOTHING && node->loaded == disk_of(node);
	seen->down = node->loaded == NOTHING;
	seen->keys_here = node->bytes | rungs[node->file].reads | 1;
	seen->persisted = goals[world->goal].writer == AR_LADDER_PLAIN ? !world->kept : world->kept;
	seen->self = self;
}

void look(const struct world *world, size_t self, struct ar_ladder_seen *seen)
{
	*seen = (struct ar_ladder_seen){ .count = model.count,
					 .all_told = true,
					 .counted = true,
					 .live = world->live,
					 .past_known = true,
					 .past = world->past,
					 .escrowed = true };
	for (size_t i = 0; i < model.count; i++)
		seen->servers[i] = see_server(world, i);
	see_here(world, self, seen);
}

static void hide(struct ar_ladder_seen *seen, size_t i)
{
	for (size_t j = i; j + 1 < seen->count; j++)
		seen->servers[j] = seen->servers[j + 1];
	seen->count--;
	if (seen->self > i)
		seen->self--;
}

/* One server is seen less well: it does not answer, it has not told its disk, it is not counted. */
static void blur(struct ar_ladder_seen *seen, size_t i, unsigned how)
{
	switch (how) {
	case 1: seen->servers[i].known = false; break;
	case 2: seen->servers[i].told = false; break;
	case 3:
		seen->all_told = false;
		hide(seen, i);
		break;
	default: break;
	}
}

#define SERVER_WAYS 4U
#define ETCD_WAYS   3U

/* Own server known or not, the other in each way, etcd in each: all combinations. */
static void blur_all(struct ar_ladder_seen *seen, size_t self, unsigned variant)
{
	const unsigned etcd = variant % ETCD_WAYS, own = variant / ETCD_WAYS % 2,
		       other = variant / ETCD_WAYS / 2;

	seen->past_known = etcd == 0;
	seen->counted = etcd < 2;
	blur(seen, self, own);
	if (model.count > 1)
		blur(seen, 1 - self, other);
}

/* One thing at a time. */
static void blur_one(struct ar_ladder_seen *seen, size_t self, unsigned variant)
{
	const size_t server = variant / SERVER_WAYS;

	if (server < model.count) {
		blur(seen, server, server == self ? variant % 2 : variant % SERVER_WAYS);
		return;
	}
	seen->past_known = false;
	seen->counted = variant % 2;
}

/* Copies what is used of it. */
static void copy(const struct ar_ladder_seen *from, struct ar_ladder_seen *to)
{
	const size_t behind = offsetof(struct ar_ladder_seen, count);

	memcpy(to, from, offsetof(struct ar_ladder_seen, servers));
	memcpy(to->servers, from->servers, MOST * sizeof *to->servers);
	memcpy((char *)to + behind, (const char *)from + behind, sizeof *to - behind);
}

/* The last two variants miss what is not a server's and not etcd's. */
bool see_less(const struct ar_ladder_seen *all, unsigned variant, struct ar_ladder_seen *ret)
{
	static const unsigned last[] = { 0, ETCD_WAYS * 2, ETCD_WAYS * 2 * SERVER_WAYS,
					 MOST * SERVER_WAYS + 2 };

	if (variant > last[model.count] + 1)
		return false;
	copy(all, ret);
	if (variant == last[model.count])
		ret->escrowed = false;
	else if (variant > last[model.count])
		ret->all_told = false;
	else if (model.count == MOST)
		blur_one(ret, all->self, variant);
	else
		blur_all(ret, all->self, variant);
	if (!ret->counted)
		ret->live = 0;
	if (!ret->past_known)
		ret->past = 0;
	return true;
}
