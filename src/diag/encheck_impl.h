/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "diag/encheck.h"

/* Internal to src/diag/enc*.c: one run of the check. */

#define AR__PATH  200 /* of upstream's field paths */
#define AR__SHOWN 80  /* of a name in a message */

struct ar__check {
	const struct ar_text *text;
	const struct ar_tree *tree;
	const struct ar_encconf *conf;
	const struct ar_encconf_opts *opts;
	const struct ar_enc_problems *problems;
	struct ar_findings *findings;
	size_t before; /* findings that were there when the run began */
	size_t cut;    /* left out beyond the limit */
	bool oom;      /* sticky */
};

/* Notes a finding at a node (NULL: at no line) under a field path. Nothing is said of what the
 * decoder has complained about already: the value at `where`, or one that it lies in. */
void ar__check_add(struct ar__check *c, const char *id, const struct ar_node *node,
		   const char *where, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void ar__path(char ret[AR__PATH], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Did the decoder complain about something below this path? */
bool ar__check_is_torn(const struct ar__check *c, const char *where);

/* Will the server be 1.`minor` or later? Yes where its version is not known. */
bool ar__check_since(const struct ar__check *c, int minor);

/* A name as a message may show it: in quotes, or only its length where it could be a key that
 * slipped. */
const char *ar__shown(char ret[AR__SHOWN], const char *name);

/* The value of a field, or, where there is none, what it should stand in. */
const struct ar_node *ar__field_or(const struct ar__check *c, const struct ar_node *map,
				   const char *name);

/* The parts of the verdict. */
void ar__check_names(struct ar__check *c); /* resource names: overlap, rules, masking */
void ar__check_providers(struct ar__check *c);

/* The lints. */
void ar__lint_file(struct ar__check *c);
void ar__lint_resources(struct ar__check *c);
void ar__lint_providers(struct ar__check *c);
void ar__lint_keys(struct ar__check *c);
