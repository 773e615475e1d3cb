/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "plan/persist_impl.h"
#include "plan/same.h"

#define BUG "a bug in atrest"

struct pair {
	const struct ar_kubeadmconf *old, *now;
	struct ar__twins trees;
	const char *name; /* of our volume */
};

static bool is_ours(const struct ar_kubeadm_arg *arg)
{
	return ar__is_flag_arg(arg) || ar__is_reload_arg(arg);
}

static const struct ar_kubeadm_arg *next_arg(const struct ar_kubeadmconf *conf, size_t *index)
{
	while (*index < conf->arg_count && is_ours(&conf->args[*index]))
		(*index)++;
	return *index < conf->arg_count ? &conf->args[(*index)++] : NULL;
}

static int compare_args(const struct pair *pair, struct ar_err *err)
{
	size_t i = 0, j = 0;

	for (;;) {
		const struct ar_kubeadm_arg *a = next_arg(pair->old, &i),
					    *b = next_arg(pair->now, &j);

		if (!a && !b)
			return 0;
		if (!a || !b || strcmp(a->name, b->name) != 0 ||
		    strcmp(a->value ? a->value : "", b->value ? b->value : "") != 0)
			return ar_err_set(err, "the plan would change another extraArg: " BUG);
	}
}

static const struct ar_node *next_volume(const struct ar_kubeadmconf *conf, const char *name,
					 size_t *index)
{
	while (*index < conf->volume_count && strcmp(conf->volumes[*index].name, name) == 0)
		(*index)++;
	return *index < conf->volume_count ? conf->volumes[(*index)++].node : NULL;
}

static int compare_volumes(const struct pair *pair, struct ar_err *err)
{
	size_t i = 0, j = 0;

	for (;;) {
		const struct ar_node *a = next_volume(pair->old, pair->name, &i);
		const struct ar_node *b = next_volume(pair->now, pair->name, &j);

		if (!a && !b)
			return 0;
		if (!a || !b)
			return ar_err_set(err,
					  "the plan would add or lose another extraVolume: " BUG);
		if (ar__same_node(&pair->trees, a, b, err) != 0)
			return -1;
	}
}

/* A mapping's value, NULL where it is absent, null or empty. */
static const struct ar_node *server_of(const struct ar_kubeadmconf *conf)
{
	const struct ar_node *value = conf->api_server_key
					      ? ar_node_next(conf->tree, conf->api_server_key)
					      : NULL;

	return value && value->kind == AR_MAPPING ? value : NULL;
}

/* Apart from extraArgs and extraVolumes, apiServer is what it was; where one side has none, the
 * other has nothing else. */
static int compare_server(const struct pair *pair, struct ar_err *err)
{
	static const char *const apart[] = { "extraArgs", "extraVolumes", NULL };
	const struct ar_node *a = server_of(pair->old), *b = server_of(pair->now);
	const struct ar_kubeadmconf *one = a ? pair->old : pair->now;

	if (a && b)
		return ar__same_maps(&pair->trees, a, b, apart, err);
	if (!a && !b)
		return 0;
	const struct ar_node *only = a ? a : b;
	size_t known = (one->args_key ? 1u : 0u) + (one->volumes_key ? 1u : 0u);
	return ar_node_count(one->tree, only) == known
		       ? 0
		       : ar_err_set(err, "the plan would add or lose a key of apiServer: " BUG);
}

/* The other documents are what they were; a new one is only the ClusterConfiguration that was asked
 * for. */
static int compare_documents(const struct pair *pair, struct ar_err *err)
{
	static const char *const apart[] = { "apiServer", NULL };
	size_t old = ar_tree_documents(pair->trees.old), now = ar_tree_documents(pair->trees.now);

	if (now != old + (pair->old->cluster == NULL && pair->now->cluster != NULL))
		return ar_err_set(err, "the plan would add or lose a document: " BUG);
	for (size_t i = 0; i < old; i++) {
		const struct ar_node *a = ar_tree_root(pair->trees.old, i),
				     *b = ar_tree_root(pair->trees.now, i);

		if (a == pair->old->cluster ? ar__same_maps(&pair->trees, a, b, apart, err) != 0
					    : ar__same_node(&pair->trees, a, b, err) != 0)
			return -1;
	}
	return 0;
}

static int plan_again(const struct ar_kubeadmconf *now, const struct ar_wanted *wanted, bool remove,
		      struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject again = AR_INJECT_INIT;
	int planned = remove ? ar_persist_remove(now, wanted, &again, err)
			     : ar_persist_plan(now, wanted, false, &again, err);

	if (planned == 0 && again.edits.count > 0)
		return ar_err_set(err, "a second run would change the file again: " BUG);
	return planned;
}

static int prove(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		 const struct ar_inject *plan, bool remove, const struct ar_text *text,
		 struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_KUBEADMCONF_AUTO struct ar_kubeadmconf *now = NULL;
	AR_CHANGES_AUTO struct ar_changes changes = AR_CHANGES_INIT;

	if (ar_tree_parse(text, AR_TREE_MANY, &tree, err) != 0 ||
	    ar_tree_compare(conf->tree, tree, &plan->edits, &changes, err) != 0 ||
	    ar_kubeadmconf_read(tree, &now, err) != 0)
		return -1;
	const struct pair pair = {
		.old = conf, .now = now, .trees = { conf->tree, tree }, .name = wanted->name
	};
	if (compare_documents(&pair, err) != 0 || compare_server(&pair, err) != 0 ||
	    compare_args(&pair, err) != 0 || compare_volumes(&pair, err) != 0)
		return -1;
	return plan_again(now, wanted, remove, err);
}

int ar_persist_prove(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		     const struct ar_inject *plan, bool remove, struct ar_buf *out,
		     struct ar_err *err)
{
	const struct ar_text *old = ar_tree_text(conf->tree);
	AR_BUF_AUTO struct ar_buf bytes = { .secret = old->secret };

	if (ar_splice(old, &plan->edits, &bytes, err) != 0 || ar_buf_check(&bytes, err) != 0)
		return -1;
	const struct ar_text text = { .name = old->name,
				      .data = ar_buf_text(&bytes),
				      .len = bytes.len,
				      .secret = old->secret };
	if (prove(conf, wanted, plan, remove, &text, err) != 0)
		return ar_err_wrap(err, "the edited config would not hold what was planned");
	ar_buf_add(out, text.data, text.len);
	return ar_buf_check(out, err);
}
