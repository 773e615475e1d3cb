/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "plan/inject_impl.h"
#include "plan/same.h"

#define BUG "a bug in atrest"

/* The pod before and after, and the name of the mount and volume that may have come or gone between
 * them. */
struct pair {
	const struct ar_pod *old, *now;
	struct ar__twins trees;
	const char *name;
};

/* --- arguments ------------------------------------------------------------------------------ */

/* The items of command and args that are settings of our flags. */
struct ours {
	size_t items[3 * AR__MAX_FLAGS];
	size_t count;
};

static void find_ours(const struct ar_pod *pod, struct ours *ret)
{
	struct ar_flag flags[AR__MAX_FLAGS];
	size_t count = ar_pod_flags(pod, AR_FLAG, AR_FLAG_OLD, flags, AR__MAX_FLAGS);

	ret->count = 0;
	for (size_t i = 0; i < count && i < AR__MAX_FLAGS; i++) {
		ret->items[ret->count++] = flags[i].index;
		if (flags[i].separate)
			ret->items[ret->count++] = flags[i].index + 1;
	}
	count = ar_pod_flags(pod, AR_FLAG_RELOAD, NULL, flags, AR__MAX_FLAGS);
	for (size_t i = 0; i < count && i < AR__MAX_FLAGS; i++)
		ret->items[ret->count++] = flags[i].index;
}

static bool is_ours(const struct ours *ours, size_t index)
{
	for (size_t i = 0; i < ours->count; i++)
		if (ours->items[i] == index)
			return true;
	return false;
}

/* The next item from `index` on that is none of ours. */
static const struct ar_arg *next_other(const struct ar_pod *pod, const struct ours *ours,
				       size_t *index)
{
	while (*index < pod->arg_count && is_ours(ours, *index))
		(*index)++;
	return *index < pod->arg_count ? &pod->args[(*index)++] : NULL;
}

static int compare_args(const struct pair *pair, struct ar_err *err)
{
	struct ours old, now;
	size_t i = 0, j = 0;

	find_ours(pair->old, &old);
	find_ours(pair->now, &now);
	for (;;) {
		const struct ar_arg *a = next_other(pair->old, &old, &i),
				    *b = next_other(pair->now, &now, &j);

		if (!a && !b)
			return 0;
		if (!a || !b || a->in_args != b->in_args || strcmp(a->text, b->text) != 0)
			return ar_err_set(err, "the plan would change another argument: " BUG);
	}
}

/* --- mounts and volumes --------------------------------------------------------------------- */

/* A mount or a volume. */
struct named {
	const char *name;
	const struct ar_node *node;
};

typedef bool next_fn(const struct ar_pod *pod, size_t index, struct named *ret);

static bool next_mount(const struct ar_pod *pod, size_t index, struct named *ret)
{
	if (index >= pod->mount_count)
		return false;
	*ret = (struct named){ pod->mounts[index].name, pod->mounts[index].node };
	return true;
}

static bool next_volume(const struct ar_pod *pod, size_t index, struct named *ret)
{
	if (index >= pod->volume_count)
		return false;
	*ret = (struct named){ pod->volumes[index].name, pod->volumes[index].node };
	return true;
}

/* The next one that does not bear our name; NULL node behind the last. */
static struct named next_foreign(const struct ar_pod *pod, next_fn *next, const char *name,
				 size_t *index)
{
	struct named found;

	while (next(pod, (*index)++, &found))
		if (strcmp(found.name, name) != 0)
			return found;
	return (struct named){ .node = NULL };
}

static int compare_named(const struct pair *pair, next_fn *next, struct ar_err *err)
{
	size_t i = 0, j = 0;

	for (;;) {
		struct named a = next_foreign(pair->old, next, pair->name, &i);
		struct named b = next_foreign(pair->now, next, pair->name, &j);

		if (!a.node && !b.node)
			return 0;
		if (!a.node || !b.node)
			return ar_err_set(
				err, "the plan would add or lose another mount or volume: " BUG);
		if (ar__same_node(&pair->trees, a.node, b.node, err) != 0)
			return -1;
	}
}

/* --- the whole ------------------------------------------------------------------------------ */

/* The other containers are what they were. */
static int compare_containers(const struct pair *pair, struct ar_err *err)
{
	const struct ar_tree *old = pair->old->tree, *now = pair->now->tree;
	const struct ar_node *a = ar_node_first(old, ar_node_parent(old, pair->old->container));
	const struct ar_node *b = ar_node_first(now, ar_node_parent(now, pair->now->container));

	for (; a && b; a = ar_node_next(old, a), b = ar_node_next(now, b))
		if (a != pair->old->container && ar__same_node(&pair->trees, a, b, err) != 0)
			return -1;
	return a || b ? ar_err_set(err, "the plan would add or lose a container: " BUG) : 0;
}

/* As the kubelet reads them, the two pods are equal but for our flags, mount and volume. */
static int compare_pods(const struct pair *pair, struct ar_err *err)
{
	static const char *const in_root[] = { "spec", NULL };
	static const char *const in_spec[] = { "containers", "volumes", NULL };
	static const char *const in_container[] = { "command", "args", "volumeMounts", NULL };
	const struct ar_pod *old = pair->old, *now = pair->now;

	if (ar__same_maps(&pair->trees, ar_tree_root(old->tree, 0), ar_tree_root(now->tree, 0),
			  in_root, err) != 0 ||
	    ar__same_maps(&pair->trees, old->spec, now->spec, in_spec, err) != 0 ||
	    ar__same_maps(&pair->trees, old->container, now->container, in_container, err) != 0)
		return -1;
	if (compare_containers(pair, err) != 0 || compare_args(pair, err) != 0)
		return -1;
	return compare_named(pair, next_mount, err) != 0 ? -1
							 : compare_named(pair, next_volume, err);
}

/* Law 2: a second plan finds nothing to do. */
static int plan_again(const struct ar_pod *now, const struct ar_wanted *wanted, bool remove,
		      struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject again = AR_INJECT_INIT;
	int planned = remove ? ar_inject_remove(now, wanted, &again, err)
			     : ar_inject_plan(now, wanted, &again, err);

	if (planned == 0 && again.edits.count > 0)
		return ar_err_set(err, "a second run would change the file again: " BUG);
	return planned;
}

static int prove(const struct ar_pod *pod, const struct ar_wanted *wanted,
		 const struct ar_inject *plan, bool remove, const struct ar_text *text,
		 struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_POD_AUTO struct ar_pod *now = NULL;
	AR_CHANGES_AUTO struct ar_changes changes = AR_CHANGES_INIT;

	if (ar_tree_parse(text, 0, &tree, err) != 0 ||
	    ar_tree_compare(pod->tree, tree, &plan->edits, &changes, err) != 0 ||
	    ar_pod_read(tree, pod->container_name, &now, err) != 0)
		return -1;
	const struct pair pair = {
		.old = pod, .now = now, .trees = { pod->tree, tree }, .name = wanted->name
	};
	return compare_pods(&pair, err) != 0 ? -1 : plan_again(now, wanted, remove, err);
}

int ar_inject_prove(const struct ar_pod *pod, const struct ar_wanted *wanted,
		    const struct ar_inject *plan, bool remove, struct ar_buf *out,
		    struct ar_err *err)
{
	const struct ar_text *old = ar_tree_text(pod->tree);
	AR_BUF_AUTO struct ar_buf bytes = { .secret = old->secret };

	if (ar_splice(old, &plan->edits, &bytes, err) != 0 || ar_buf_check(&bytes, err) != 0)
		return -1;
	const struct ar_text text = { .name = old->name,
				      .data = ar_buf_text(&bytes),
				      .len = bytes.len,
				      .secret = old->secret };
	if (prove(pod, wanted, plan, remove, &text, err) != 0)
		return ar_err_wrap(err, "the edited manifest would not hold what was planned");
	ar_buf_add(out, text.data, text.len);
	return ar_buf_check(out, err);
}
