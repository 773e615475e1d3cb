/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/scope.h"
#include "diag/encheck_impl.h"

#define FINDINGS_MAX 1000

bool ar_encconf_refused(const struct ar_findings *findings)
{
	return ar_findings_count(findings, AR_ERROR) > 0;
}

void ar__path(char ret[AR__PATH], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(ret, AR__PATH, fmt, args);
	va_end(args);
}

static bool lies_in(const char *where, const char *outer)
{
	size_t len = strlen(outer);

	return strncmp(where, outer, len) == 0 &&
	       (where[len] == '\0' || where[len] == '.' || where[len] == '[');
}

static bool was_complained_about(const struct ar__check *c, const char *where)
{
	for (size_t i = 0; i < c->problems->count; i++)
		if (c->problems->list[i].kind == AR_ENC_TYPE &&
		    lies_in(where, c->problems->list[i].where))
			return true;
	return false;
}

bool ar__check_is_torn(const struct ar__check *c, const char *where)
{
	for (size_t i = 0; i < c->problems->count; i++)
		if (c->problems->list[i].kind == AR_ENC_TYPE &&
		    lies_in(c->problems->list[i].where, where))
			return true;
	return false;
}

bool ar__check_since(const struct ar__check *c, int minor)
{
	return c->opts->minor < 0 || c->opts->minor >= minor;
}

const char *ar__shown(char ret[AR__SHOWN], const char *name)
{
	size_t len = strlen(name);
	long bytes = ar_base64_decode(name, len, NULL, NULL);

	if (bytes == 16 || bytes == 24 || bytes == 32 || len > AR__SHOWN - 3)
		snprintf(ret, AR__SHOWN, "of %zu characters", len);
	else
		snprintf(ret, AR__SHOWN, "'%.*s'", (int)len, name);
	return ret;
}

const struct ar_node *ar__field_or(const struct ar__check *c, const struct ar_node *map,
				   const char *name)
{
	const struct ar_node *value = ar_encconf_field(c->tree, map, name);

	return value ? value : map;
}

/* Room left for one more? Else it is counted. */
static bool fits(struct ar__check *c)
{
	if (c->oom)
		return false;
	if (c->findings->count - c->before < FINDINGS_MAX)
		return true;
	c->cut++;
	return false;
}

void ar__check_add(struct ar__check *c, const char *id, const struct ar_node *node,
		   const char *where, const char *fmt, ...)
{
	char what[400];
	va_list args;

	if (was_complained_about(c, where) || !fits(c))
		return;
	va_start(args, fmt);
	vsnprintf(what, sizeof what, fmt, args);
	va_end(args);
	struct ar_finding *finding = ar_findings_add(c->findings, id, "%s", what);
	int placed = finding && node ? ar_finding_at(finding, c->text, node->start, where)
				     : ar_finding_about(finding, c->text->name);
	if (placed != 0)
		c->oom = true;
}

/* What the decoder noted, by the table. Below 1.31 fields that are unknown or stand twice are
 * ignored there. */
static void add_problem(struct ar__check *c, const struct ar_enc_problem *problem)
{
	static const char *const ids[] = {
		[AR_ENC_EMPTY] = "config-empty",    [AR_ENC_SYNTAX] = "config-syntax",
		[AR_ENC_HEADER] = "config-kind",    [AR_ENC_TYPE] = "config-type",
		[AR_ENC_UNKNOWN] = "field-unknown", [AR_ENC_DUPLICATE] = "field-twice",
	};
	bool strictness = problem->kind == AR_ENC_UNKNOWN || problem->kind == AR_ENC_DUPLICATE;
	bool lint = strictness && !ar__check_since(c, 31);

	if ((lint && !c->opts->lints) || !fits(c))
		return;
	struct ar_finding *finding = ar_findings_add(c->findings,
						     lint ? "field-ignored" : ids[problem->kind],
						     "%s", problem->what);
	if (ar_finding_about(finding, c->text->name) != 0) {
		c->oom = true;
		return;
	}
	finding->line = problem->line;
	finding->column = problem->column;
	if (problem->where[0] && !(finding->where = strdup(problem->where)))
		c->oom = true;
}

static void add_problems(struct ar__check *c)
{
	for (size_t i = 0; i < c->problems->count; i++)
		add_problem(c, &c->problems->list[i]);
	c->cut += c->problems->more;
}

static bool has_problem(const struct ar_enc_problems *problems, enum ar_enc_problem_kind kind)
{
	for (size_t i = 0; i < problems->count; i++)
		if (problems->list[i].kind == kind)
			return true;
	return false;
}

static void judge(struct ar__check *c)
{
	if (c->conf->entry_count == 0) {
		ar__check_add(c, "resources-none", ar__field_or(c, c->conf->root, "resources"),
			      "resources", "no entry is given; expected at least one");
		return;
	}
	ar__check_names(c);
	ar__check_providers(c);
}

static void lint(struct ar__check *c)
{
	ar__lint_file(c);
	/* Names and keys that could not be read say nothing. */
	if (!c->conf || has_problem(c->problems, AR_ENC_TYPE))
		return;
	ar__lint_resources(c);
	ar__lint_providers(c);
	ar__lint_keys(c);
}

static int conclude(struct ar__check *c, struct ar_err *err)
{
	if (!c->oom && c->cut > 0) {
		struct ar_finding *finding = ar_findings_add(c->findings, "findings-cut",
							     "%zu more", c->cut);
		if (ar_finding_about(finding, c->text->name) != 0)
			c->oom = true;
	}
	return c->oom ? ar_err_oom(err) : 0;
}

int ar_encconf_check(const struct ar_text *text, const struct ar_encconf_opts *opts,
		     struct ar_findings *findings, struct ar_tree **ret_tree,
		     struct ar_encconf **ret_conf, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;

	*ret_tree = NULL;
	*ret_conf = NULL;
	if (ar_encconf_read(text, opts->minor, &problems, &tree, &conf, err) != 0)
		return -1;
	struct ar__check c = {
		.text = text,
		.tree = tree,
		.conf = conf,
		.opts = opts,
		.problems = &problems,
		.findings = findings,
		.before = findings->count,
	};
	add_problems(&c);
	if (conf)
		judge(&c);
	if (opts->lints && tree)
		lint(&c);
	if (conclude(&c, err) != 0)
		return -1;
	*ret_tree = AR_TAKE(tree);
	*ret_conf = AR_TAKE(conf);
	return 0;
}
