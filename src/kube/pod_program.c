/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kube/pod_site.h"
#include "kube/typed.h"

#define WORD "kube-apiserver"

static const char *scalar_text(const struct ar_tree *tree, const struct ar_node *item,
			       size_t *ret_len)
{
	const struct ar_node *real = ar_node_resolve(tree, item);

	*ret_len = 0;
	return real->kind == AR_SCALAR ? ar_node_text(tree, real, ret_len) : "";
}

/* Is the last component of a path this word? */
static bool base_is(const char *text, size_t len, const char *word)
{
	for (size_t i = len; i > 0; i--)
		if (text[i - 1] == '/')
			return ar_text_is(text + i, len - i, word);
	return ar_text_is(text, len, word);
}

static bool is_shell(const char *text, size_t len)
{
	static const char *const shells[] = {
		"sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"
	};

	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (base_is(text, len, shells[i]))
			return true;
	return false;
}

static bool mentions(const char *text, size_t len)
{
	return len && memmem(text, len, WORD, sizeof WORD - 1) != NULL;
}

struct scan {
	struct ar_program program;
	size_t count;   /* items seen */
	bool hyperkube; /* the item before was hyperkube: the next names the server */
};

static void scan_item(struct scan *scan, const char *text, size_t len, bool in_args)
{
	bool flag = len > 0 &&
		    text[0] == '-'; /* --log-file=/var/log/kube-apiserver is no program */
	bool word = (base_is(text, len, WORD) && !flag) ||
		    (scan->hyperkube && ar_text_is(text, len, "apiserver"));

	scan->count++;
	scan->hyperkube = base_is(text, len, "hyperkube");
	if (!word || scan->program.found)
		return;
	scan->program.found = true;
	scan->program.in_args = in_args;
	scan->program.behind = scan->count;
}

static void scan_list(struct scan *scan, const struct ar_tree *tree, const struct ar_node *list,
		      bool in_args)
{
	if (!list || list->kind != AR_SEQUENCE)
		return;
	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item)) {
		size_t len;
		const char *text = scalar_text(tree, item, &len);

		if (scan->count == 0 && is_shell(text, len))
			scan->program.shell = item;
		if (!scan->program.mention && mentions(text, len))
			scan->program.mention = item;
		scan_item(scan, text, len, in_args);
	}
}

/* Without a command the image's own entry point runs, which is the container's name for
 * kube-apiserver's images: then the arguments are flags from the first on. */
static bool flags_only(const struct ar_tree *tree, const struct ar_node *container)
{
	const struct ar_node *args = ar_map_get(tree, container, "args");
	const struct ar_node *name = ar_map_get(tree, container, "name");
	size_t len;

	if (!args || args->kind != AR_SEQUENCE || !ar_node_first(tree, args) || !name ||
	    !ar_node_is(tree, name, WORD))
		return false;
	const char *text = scalar_text(tree, ar_node_first(tree, args), &len);
	return len > 2 && memcmp(text, "--", 2) == 0;
}

struct ar_program ar__program_find(const struct ar_tree *tree, const struct ar_node *container)
{
	const struct ar_node *command = ar_map_get(tree, container, "command");
	struct scan scan = { .count = 0 };

	scan_list(&scan, tree, command, false);
	scan_list(&scan, tree, ar_map_get(tree, container, "args"), true);
	if (!scan.program.found && (!command || ar_node_is_null(tree, command)) &&
	    flags_only(tree, container)) {
		scan.program.found = true;
		scan.program.in_args = true;
	}
	return scan.program;
}
