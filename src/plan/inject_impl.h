/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdio.h>

#include "plan/inject.h"
#include "yaml/edit.h"

/* Inside of plan/inject: what is there (the judgement), where new items go (the order), and how
 * edits are kept. */

#define AR__MAX_FLAGS 16

/* What the pod has of what is wanted, and what is to be done about it. */
struct ar__judgement {
	struct ar_flag flags[AR__MAX_FLAGS], reloads[AR__MAX_FLAGS];
	size_t flag_count, reload_count;
	char flag_path[4096];             /* the value that the flag shall have */
	const struct ar_env_mount *mount; /* that shows the file, or is ours; NULL: to be added */
	const struct ar_volume *volume;
	enum ar_state states[AR_PARTS];
};

/* Compares; refuses conflicts. */
int ar__judge(const struct ar_pod *pod, const struct ar_wanted *wanted, struct ar__judgement *ret,
	      struct ar_err *err);
/* Reads both flags' settings; refuses spellings that kube-apiserver does not start with. */
int ar__judge_flags(const struct ar_pod *pod, const struct ar_wanted *wanted,
		    struct ar__judgement *ret, struct ar_err *err);
/* Decides about the reload flag. */
int ar__judge_reload(const struct ar_pod *pod, const struct ar_wanted *wanted,
		     struct ar__judgement *ret, struct ar_err *err);
/* Is there a value at all, and is it true by Go's strconv.ParseBool (no value: true)? */
bool ar__flag_is_true(const struct ar_flag *flag);

/* Index in pod->args_list (whose items are args[list_start…]) at which a new flag `name` goes. */
size_t ar__flag_index(const struct ar_pod *pod, const char *name);
/* Index for a new mount or volume of this name. */
size_t ar__mount_index(const struct ar_pod *pod, const char *name);
size_t ar__volume_index(const struct ar_pod *pod, const char *name);

/* Are the names in order, and where does `name` go then? `at(context, i)` is the i-th name, NULL
 * where there is none. Returns `count` when they are not in order. */
typedef const char *ar__name_at(const void *context, size_t index);
size_t ar__sorted_index(const void *context, size_t count, ar__name_at *at, const char *name);

/* The edits of one part, planned apart so that the part can be told which edit does it. */
struct ar__work {
	const struct ar_tree *tree;
	struct ar_inject *inject;
	size_t start[AR_PARTS], len[AR_PARTS]; /* of its edit, to find it again */
};

/* Moves `edits` over as the edits of this part. */
int ar__work_take(struct ar__work *work, enum ar_part part, const struct ar_edits *edits,
		  struct ar_err *err);
int ar__work_add(struct ar__work *work, enum ar_part part, const struct ar_node *into, size_t index,
		 const struct ar_new *what, struct ar_err *err);
/* Adds the entry `what` to `map`; where its key stands already with null or an empty list, fills
 * that. `key`: that key, or NULL. */
int ar__work_add_key(struct ar__work *work, enum ar_part part, const struct ar_node *map,
		     const struct ar_node *key, const struct ar_new *what, struct ar_err *err);
/* Names the edit of each part that is added, and the one that covers `nodes[part]` for those
 * changed or removed. */
void ar__work_finish(struct ar__work *work, const struct ar_node *const nodes[AR_PARTS]);

/* Sets state, line and words of a part. */
void ar__part_set(struct ar_inject *inject, enum ar_part part, enum ar_state state, size_t line);
#define ar__part_what(inject, part, ...) \
	snprintf((inject)->parts[part].what, sizeof(inject)->parts[part].what, __VA_ARGS__)
size_t ar__line_of(const struct ar_tree *tree, const struct ar_node *node);
