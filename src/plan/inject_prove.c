/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/inject_impl.h"
#include "yaml/json.h"

#include <string.h>

int ar__same_json(const struct ar_tree *old, const struct ar_node *a, const struct ar_tree *new_, const struct ar_node *b,
		  struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf x = AR_BUF_INIT;
	AR_BUF_AUTO struct ar_buf y = AR_BUF_INIT;
	char path[128];

	if (ar_json_write(old, a, NULL, &x, err) != 0 || ar_json_write(new_, b, NULL, &y, err) != 0 ||
	    ar_buf_check(&x, err) != 0 || ar_buf_check(&y, err) != 0)
		return -1;
	if (x.len == y.len && memcmp(ar_buf_text(&x), ar_buf_text(&y), x.len) == 0)
		return 0;
	ar_node_path(new_, b, path, sizeof path);
	return ar_err_set(err, "the plan would change '%s': a bug in atrest", path);
}

/* Exactly the planned nodes may differ: each change lies in a list, or an entry, that the plan edits. */
static int check_changes(const struct ar_inject *plan, const struct ar_changes *changes, struct ar_err *err)
{
	size_t planned = 0;

	for (size_t i = 0; i < AR_PARTS; i++)
		planned += plan->parts[i].state >= AR_ADD;
	if (changes->count >= 1 && planned >= 1)
		return 0;
	return ar_err_set(err, "the edits change %zu nodes where %zu parts were planned: a bug in atrest", changes->count,
			  planned);
}

static int plan_again(const struct ar_pod *pod, const struct ar_wanted *wanted, bool remove, struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject again = AR_INJECT_INIT;
	int planned = remove ? ar_inject_remove(pod, wanted, &again, err) : ar_inject_plan(pod, wanted, &again, err);

	if (planned == 0 && again.edits.count > 0)
		planned = ar_err_set(err, "a second run would change the file again: a bug in atrest");
	return planned;
}

int ar_inject_prove(const struct ar_pod *pod, const struct ar_wanted *wanted, const struct ar_inject *plan, bool remove,
		    struct ar_buf *out, struct ar_err *err)
{
	const struct ar_text *old = ar_tree_text(pod->tree);
	AR_CHANGES_AUTO struct ar_changes changes = AR_CHANGES_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_POD_AUTO struct ar_pod *again = NULL;

	if (ar_splice(old, &plan->edits, out, err) != 0)
		return -1;
	const struct ar_text new_ = { .name = old->name, .data = ar_buf_text(out), .len = out->len };
	if (ar_tree_parse(&new_, 0, &tree, err) != 0 ||
	    ar_tree_compare(pod->tree, tree, &plan->edits, &changes, err) != 0 ||
	    check_changes(plan, &changes, err) != 0 || ar_pod_read(tree, pod->container_name, &again, err) != 0 ||
	    plan_again(again, wanted, remove, err) != 0)
		return ar_err_wrap(err, "the edited manifest would not hold what was planned");
	return 0;
}
