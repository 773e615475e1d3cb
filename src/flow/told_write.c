/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "flow/told_impl.h"

#define TRIES 8

/* One change of annotations: what shall be written, by what stands there now. */
struct change {
	/* Fills `ret`, an empty object; nothing in it: all is as it shall be. */
	int (*make)(struct change *change, const struct ar_lease *lease, json_t *ret,
		    struct ar_err *err);
	const void *wanted; /* by whoever makes it */
	const struct ar_encconf *conf;
	const char *instead;
	struct ar_told_goal *ret_goal;
};

/* Looks, changes, and looks again where somebody else was faster. */
static int carry_out(struct ar_api *api, struct ar_lease *lease, struct change *change,
		     struct ar_err *err)
{
	for (int i = 0; i < TRIES; i++) {
		json_auto_t *changes = json_object();
		enum ar_put put = AR_PUT_CONFLICT;

		if (!changes)
			return ar_err_oom(err);
		if (ar_lease_read(api, lease, err) != 0 ||
		    change->make(change, lease, changes, err) != 0)
			return -1;
		if (json_object_size(changes) == 0)
			return 0;
		if (ar_lease_annotate(api, lease, changes, &put, err) != 0)
			return -1;
		if (put == AR_PUT_DONE)
			return 0;
	}
	ar_err_set(err, "Lease kube-system/atrest is written by others all the time");
	err->sys = EAGAIN;
	return ar_err_hint(err, "run the same command again");
}

/* `value` (released) as the annotation's text. */
static int put_json(json_t *changes, const char *key, json_t *value, struct ar_err *err)
{
	AR_FREE_AUTO char *text = value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	json_decref(value);
	if (!text || json_object_set_new(changes, key, json_string(text)) != 0)
		return ar_err_oom(err);
	return 0;
}

/* --- the goal --------------------------------------------------------------------------------- */

static json_t *goal_json(const struct ar_told_goal *goal)
{
	struct ar_listed listed;
	struct ar_err odd = AR_ERR_INIT;
	json_auto_t *list = json_array();
	json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "goal", goal->key, "what", goal->what,
				 "by", goal->by, "at", goal->at);
	int result = list && json ? ar_listed_read(goal->resources, &listed, &odd) : -1;

	for (size_t i = 0; result == 0 && i < listed.count; i++)
		result = json_array_append_new(list, json_string(listed.list[i]));
	if (result == 0 && listed.count > 0)
		result = json_object_set(json, "resources", list);
	if (result == 0)
		return json;
	json_decref(json);
	return NULL;
}

/* One that is the same stays as it was named; what is not about resources has no say in them. */
static bool holds_already(const struct ar_told_goal *told, const struct ar_told_goal *goal)
{
	return told->key[0] && strcmp(told->key, goal->key) == 0 &&
	       (!goal->resources[0] || strcmp(told->resources, goal->resources) == 0);
}

static int make_goal(struct change *change, const struct ar_lease *lease, json_t *ret,
		     struct ar_err *err)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;
	const struct ar_told_goal *goal = change->wanted;

	if (ar_told_read(lease->annotations, &told, err) != 0)
		return -1;
	*change->ret_goal = told.goal;
	if (holds_already(&told.goal, goal))
		return 0;
	if (told.goal.key[0] && (!change->instead || strcmp(told.goal.key, change->instead) != 0))
		return 0;
	*change->ret_goal = *goal;
	return put_json(ret, AR__TOLD_GOAL, goal_json(goal), err);
}

int ar_told_put_goal(struct ar_api *api, struct ar_lease *lease, const struct ar_told_goal *goal,
		     const char *instead, struct ar_told_goal *ret, struct ar_err *err)
{
	struct ar_told_goal holds = { .key = "" };
	struct change change = {
		.make = make_goal, .wanted = goal, .instead = instead, .ret_goal = &holds
	};

	if (carry_out(api, lease, &change, err) != 0)
		return -1;
	*ret = holds;
	return 0;
}

static int make_no_goal(struct change *change, const struct ar_lease *lease, json_t *ret,
			struct ar_err *err)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;

	if (ar_told_read(lease->annotations, &told, err) != 0)
		return -1;
	const struct ar_told_goal *seen = change->wanted;
	if (!told.goal.key[0] || strcmp(told.goal.key, seen->key) != 0 ||
	    strcmp(told.goal.resources, seen->resources) != 0 ||
	    strcmp(told.goal.at, seen->at) != 0)
		return 0;
	return json_object_set_new(ret, AR__TOLD_GOAL, json_null()) == 0 ? 0 : ar_err_oom(err);
}

int ar_told_drop_goal(struct ar_api *api, struct ar_lease *lease, const struct ar_told_goal *goal,
		      struct ar_err *err)
{
	struct change change = { .make = make_no_goal, .wanted = goal };

	return carry_out(api, lease, &change, err);
}

/* --- a node ----------------------------------------------------------------------------------- */

/* The same but for when it was told? The process's start is known to a second or two: a clock that
 * is being set moves it along. */
static bool same_node(const struct ar_told_node *a, const struct ar_told_node *b)
{
	return strcmp(a->sha256, b->sha256) == 0 && strcmp(a->path, b->path) == 0 &&
	       strcmp(a->rung, b->rung) == 0 && a->loaded == b->loaded && a->reload == b->reload &&
	       strcmp(a->clean, b->clean) == 0 && a->clean_revision == b->clean_revision &&
	       a->start - b->start <= 1 && b->start - a->start <= 1;
}

static json_t *node_json(const struct ar_told_node *node)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:s}", "host", node->host,
				 "sha256", node->sha256, "path", node->path, "rung", node->rung,
				 "loaded", (int)node->loaded, "start", (json_int_t)node->start,
				 "reload", (json_int_t)node->reload, "at", node->at);

	if (json && node->clean[0] &&
	    (json_object_set_new(json, "clean", json_string(node->clean)) != 0 ||
	     json_object_set_new(json, "clean_revision",
				 json_integer((json_int_t)node->clean_revision)) != 0)) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static bool is_in_use(const struct ar_told *told, const char *sha256, const char *fresh)
{
	if (strcmp(sha256, fresh) == 0)
		return true;
	for (size_t i = 0; i < told->node_count; i++)
		if (strcmp(told->nodes[i].sha256, sha256) == 0)
			return true;
	return false;
}

static size_t length_of(const json_t *json)
{
	AR_FREE_AUTO char *text = json_dumps(json, JSON_COMPACT);

	return text ? strlen(text) : SIZE_MAX;
}

/* Forgets the oldest ones that no node has, and then any, until they fit. */
static void make_room(json_t *files, const struct ar_told *told, const char *fresh)
{
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = told->file_count; i > 0; i--) {
			const char *sha256 = told->files[i - 1].sha256;

			if (json_object_size(files) <= AR_TOLD_FILES &&
			    length_of(files) <= AR__TOLD_FILES_MAX)
				return;
			if (pass == 0 ? !is_in_use(told, sha256, fresh)
				      : strcmp(sha256, fresh) != 0)
				json_object_del(files, sha256);
		}
	}
}

/* All that was told and understood, with this one. */
static json_t *files_with(const struct ar_told *told, const char *sha256, json_t *meaning)
{
	json_t *files = json_object();

	for (size_t i = 0; files && i < told->file_count; i++)
		json_object_set(files, told->files[i].sha256, told->files[i].from);
	if (!files || json_object_set(files, sha256, meaning) != 0) {
		json_decref(files);
		return NULL;
	}
	make_room(files, told, sha256);
	return files;
}

static int make_file(const struct change *change, const struct ar_told *told, json_t *ret,
		     struct ar_err *err)
{
	const struct ar_told_node *node = change->wanted;
	json_auto_t *meaning = NULL;

	if (!change->conf || !node->sha256[0])
		return 0;
	meaning = ar__told_meaning(change->conf, node->at);
	if (!meaning)
		return ar_err_oom(err);
	const struct ar_told_file *old = ar_told_file(told, node->sha256);
	if (old &&
	    json_equal(json_object_get(old->from, "entries"), json_object_get(meaning, "entries")))
		return 0;
	/* What does not fit is not told; the others then wait, and say so. */
	if (length_of(meaning) > AR__TOLD_FILES_MAX / 2)
		return 0;
	return put_json(ret, AR__TOLD_FILES, files_with(told, node->sha256, meaning), err);
}

/* Where there is no room for one more: the one that was told longest ago, of a node that left. */
static int drop_oldest(const struct ar_told *told, json_t *ret, struct ar_err *err)
{
	const struct ar_told_node *oldest = &told->nodes[0];
	char key[80];

	for (size_t i = 1; i < told->node_count; i++)
		if (strcmp(told->nodes[i].at, oldest->at) < 0)
			oldest = &told->nodes[i];
	ar__told_node_key(oldest->host, key);
	return json_object_set_new(ret, key, json_null()) == 0 ? 0 : ar_err_oom(err);
}

static int make_node(struct change *change, const struct ar_lease *lease, json_t *ret,
		     struct ar_err *err)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;
	const struct ar_told_node *node = change->wanted;
	char key[80];

	if (ar_told_read(lease->annotations, &told, err) != 0)
		return -1;
	const struct ar_told_node *old = ar_told_node(&told, node->host);
	ar__told_node_key(node->host, key);
	if (!(old && same_node(old, node)) && put_json(ret, key, node_json(node), err) != 0)
		return -1;
	if (!old && told.node_count == AR_TOLD_NODES && drop_oldest(&told, ret, err) != 0)
		return -1;
	return make_file(change, &told, ret, err);
}

int ar_told_put_node(struct ar_api *api, struct ar_lease *lease, const struct ar_told_node *node,
		     const struct ar_encconf *conf, struct ar_err *err)
{
	struct change change = { .make = make_node, .wanted = node, .conf = conf };

	return carry_out(api, lease, &change, err);
}
