/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "kube/kubeadmconf.h"

/* Keys whose values are secrets in kubeadm's kinds, and in what people put beside them. */
static const char *const secret_keys[] = {
	"token", "tlsBootstrapToken", "certificateKey", "secret", "password", "client-key-data",
};

struct ranges {
	struct ar_range *list;
	size_t count, cap;
};

static int add(struct ranges *ranges, size_t start, size_t end, struct ar_err *err)
{
	if (start == end)
		return 0;
	if (ranges->count == ranges->cap) {
		size_t cap = ranges->cap ? ranges->cap * 2 : 16;
		struct ar_range *list = realloc(ranges->list, cap * sizeof *list);
		if (!list)
			return ar_err_oom(err);
		ranges->list = list;
		ranges->cap = cap;
	}
	ranges->list[ranges->count++] = (struct ar_range){ start, end };
	return 0;
}

static bool is_secret_key(const struct ar_tree *tree, const struct ar_node *key)
{
	for (size_t i = 0; i < sizeof secret_keys / sizeof *secret_keys; i++)
		if (ar_node_is(tree, ar_node_resolve(tree, key), secret_keys[i]))
			return true;
	return false;
}

/* The values of such keys, anywhere; where an alias stands for one, what it stands for. */
static int add_values(const struct ar_tree *tree, const struct ar_node *node, struct ranges *ranges,
		      struct ar_err *err)
{
	for (const struct ar_node *child = ar_node_first(tree, node); child;
	     child = ar_node_next(tree, child)) {
		const struct ar_node *value = child->is_key ? ar_node_next(tree, child) : NULL;

		if (value && is_secret_key(tree, child)) {
			const struct ar_node *real = ar_node_resolve(tree, value);
			if (add(ranges, value->value, value->end, err) != 0 ||
			    add(ranges, real->value, real->end, err) != 0)
				return -1;
		}
		if (!child->is_key && child->kind != AR_SCALAR && child->kind != AR_ALIAS &&
		    add_values(tree, child, ranges, err) != 0)
			return -1;
	}
	return 0;
}

static bool is_word(char c, bool hex)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= (hex ? 'f' : 'z'));
}

static bool is_letter_or_digit(char c)
{
	return is_word(c, false) || (c >= 'A' && c <= 'Z');
}

/* Length of the run of small letters (hex: a-f) and digits at `at`. */
static size_t run(const struct ar_text *text, size_t at, bool hex)
{
	size_t start = at;

	while (at < text->len && is_word(text->data[at], hex))
		at++;
	return at - start;
}

static bool is_ca_hash(const struct ar_text *text, size_t at)
{
	static const char prefix[] = "sha256:";

	return at >= sizeof prefix - 1 &&
	       memcmp(text->data + at - (sizeof prefix - 1), prefix, sizeof prefix - 1) == 0;
}

/* Length of what looks like a bootstrap token (six characters, a dot, sixteen) or a certificate key
 * (64 hex digits) at `at`, 0 when nothing does. A CA hash (sha256:…) is public. */
static size_t secret_like(const struct ar_text *text, size_t at)
{
	size_t first = run(text, at, false), len = 0;

	if (first == 6 && at + 7 < text->len && text->data[at + 6] == '.' &&
	    run(text, at + 7, false) == 16)
		len = 23;
	else if (first == 64 && run(text, at, true) == 64 && !is_ca_hash(text, at))
		len = 64;
	return len && (at + len == text->len || !is_letter_or_digit(text->data[at + len])) ? len
											   : 0;
}

/* What looks like one in comments, in commented-out lines, under any other key. */
static int add_lookalikes(const struct ar_text *text, struct ranges *ranges, struct ar_err *err)
{
	for (size_t at = 0; at < text->len; at++) {
		if (!is_word(text->data[at], false) ||
		    (at > 0 && is_letter_or_digit(text->data[at - 1])))
			continue;
		size_t len = secret_like(text, at);
		if (len && add(ranges, at, at + len, err) != 0)
			return -1;
		at += len;
	}
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct ar_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void merge(struct ranges *ranges)
{
	size_t kept = 0;

	if (ranges->count)
		qsort(ranges->list, ranges->count, sizeof *ranges->list, by_start);
	for (size_t i = 0; i < ranges->count; i++) {
		struct ar_range *last = kept ? &ranges->list[kept - 1] : NULL;

		if (!last || ranges->list[i].start > last->end)
			ranges->list[kept++] = ranges->list[i];
		else if (ranges->list[i].end > last->end)
			last->end = ranges->list[i].end;
	}
	ranges->count = kept;
}

int ar_kubeadmconf_secrets(const struct ar_tree *tree, struct ar_range **ret_list,
			   size_t *ret_count, struct ar_err *err)
{
	struct ranges ranges = { .list = NULL };
	int result = 0;

	for (size_t i = 0; result == 0 && i < ar_tree_documents(tree); i++)
		result = add_values(tree, ar_tree_root(tree, i), &ranges, err);
	if (result == 0)
		result = add_lookalikes(ar_tree_text(tree), &ranges, err);
	if (result != 0) {
		free(ranges.list);
		return -1;
	}
	merge(&ranges);
	*ret_list = ranges.list;
	*ret_count = ranges.count;
	return 0;
}
