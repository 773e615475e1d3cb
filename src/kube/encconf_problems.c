/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "kube/encconf_impl.h"

void ar_enc_problems_done(struct ar_enc_problems *problems)
{
	free(problems->list);
	*problems = (struct ar_enc_problems)AR_ENC_PROBLEMS_INIT;
}

/* NULL where the limit is reached (counted) or memory is out (*ret_oom). */
static struct ar_enc_problem *room(struct ar_enc_problems *problems, bool *ret_oom)
{
	*ret_oom = false;
	if (problems->count == AR_ENC_PROBLEMS_MAX) {
		problems->more++;
		return NULL;
	}
	if (problems->count == problems->cap) {
		size_t cap = problems->cap ? problems->cap * 2 : 8;
		struct ar_enc_problem *list = realloc(problems->list, cap * sizeof *list);
		if (!list) {
			*ret_oom = true;
			return NULL;
		}
		problems->list = list;
		problems->cap = cap;
	}
	return &problems->list[problems->count++];
}

int ar__problem_add(struct ar_enc_problems *problems, enum ar_enc_problem_kind kind,
		    const struct ar_tree *tree, const struct ar_node *node, const char *where,
		    const char *fmt, ...)
{
	bool oom;
	struct ar_enc_problem *problem = room(problems, &oom);
	va_list args;

	if (!problem)
		return oom ? -1 : 0;
	*problem = (struct ar_enc_problem){ .kind = kind };
	if (node) {
		struct ar_place place = ar_text_place(ar_tree_text(tree), node->start);
		problem->line = place.line;
		problem->column = place.column;
	}
	snprintf(problem->where, sizeof problem->where, "%s", where);
	va_start(args, fmt);
	vsnprintf(problem->what, sizeof problem->what, fmt, args);
	va_end(args);
	return 0;
}

int ar__problem_from(struct ar_enc_problems *problems, enum ar_enc_problem_kind kind,
		     const struct ar_err *what, struct ar_err *err)
{
	bool oom;
	struct ar_enc_problem *problem = room(problems, &oom);

	if (!problem)
		return oom ? ar_err_oom(err) : 0;
	*problem = (struct ar_enc_problem){ .kind = kind,
					    .line = what->line,
					    .column = what->column };
	snprintf(problem->what, sizeof problem->what, "%.*s", (int)sizeof problem->what - 1,
		 what->msg);
	return 0;
}
