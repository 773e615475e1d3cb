/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "diag/encheck.h"
#include "flow/climb_impl.h"
#include "kube/resources.h"

/*
 * More resources than the config names. Each is a lane of its own from the start, whose entry does
 * not exist yet: plain text writes it and is all that is read. So the ladder answers with READER,
 * which gives it the entry; and a server without that entry is one that does not read the key yet.
 *
 * The list stands in the goal that the nodes tell each other, so that every one of them has these
 * lanes, and makes the same entries of them.
 */

/* --- one thing at a time --------------------------------------------------------------------- */

/* Nodes at different rungs would make different entries of what each of them has. */
static int check_goal(const struct ar_climb *climb, const struct ar_listed *asked,
		      struct ar_err *err)
{
	const struct ar_told_goal *told = &climb->cluster.told.goal;
	const char *of = told->resources[0] ? " for " : "";
	const bool same = strcmp(told->resources, asked->text) == 0 &&
			  strcmp(told->key, AR_TOLD_PLAIN) != 0;

	if (!told->key[0] || same)
		return 0;
	ar_err_set(err, "another change is under way: to %.100s%s%.200s, named on %.100s",
		   told->key, of, told->resources, told->by);
	return ar_err_hint(err, "'atrest continue' first, on every node, until it exits 0");
}

/* A name out of a config may be a key in the wrong place. */
static const char *shown(const char *name)
{
	return ar_resource_sort_of(name, NULL) == AR_RESOURCE_UNKNOWN
		       ? "a name that no resource has"
		       : name;
}

/* Taking one away is not done by leaving it out: whoever forgets one would decrypt it. */
static int check_spare(const struct ar_climb *climb, struct ar_err *err)
{
	const char *spare = climb->conf ? ar_listed_spare(&climb->listed, climb->conf) : NULL;

	if (!spare)
		return 0;
	ar_err_set(err, "'%s' encrypts %.100s, which is not in the list",
		   climb->enable.node.config.file.path, shown(spare));
	return ar_err_hint(
		err, "name it, too, and all else that 'atrest config show' lists; this version "
		     "takes none away but all: 'atrest disable', then 'atrest enable "
		     "--resources LIST'");
}

/* --- the entries ----------------------------------------------------------------------------- */

static void list_lacking(struct ar_climb *climb, const char *const *names, size_t count)
{
	size_t used = 0;

	for (size_t i = 0; i < count && used < sizeof climb->lacking; i++) {
		const int len = snprintf(climb->lacking + used, sizeof climb->lacking - used,
					 "%s%s", i ? ", " : "", names[i]);
		used += len > 0 ? (size_t)len : 0;
	}
}

/* Would this node's server take it? By its own version's rules. */
static int check_wider(struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_local *node = &climb->enable.node;
	const struct ar_encconf_opts opts = { .minor = node->server.minor,
					      .hot_reload = climb->enable.ask.hot_reload };
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;

	if (ar_encconf_check(&climb->wider_text, &opts, &findings, &tree, &conf, err) != 0)
		return -1;
	for (size_t i = 0; i < findings.count; i++)
		if (findings.list[i].severity == AR_ERROR)
			return ar_finding_refuse(&findings.list[i], err);
	return 0;
}

static int widen(struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_text *old = &climb->enable.node.config.seen.file;
	const struct ar_rung_names names = { climb->listed.list, climb->listed.count };
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	const char *lacking[AR_RUNG_NAMES];
	size_t count = 0;

	if (ar_rung_lacking(climb->conf, &names, lacking, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	if (ar_rung_resources(old, &names, &edits, &climb->wider, err) != 0)
		return -1;
	list_lacking(climb, lacking, count);
	climb->wider_text = (struct ar_text){ .name = old->name,
					      .data = climb->wider.data,
					      .len = climb->wider.len,
					      .secret = true };
	return check_wider(climb, err);
}

/* --- all of it ------------------------------------------------------------------------------- */

static int read_list(struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_told_goal *told = &climb->cluster.told.goal;
	const char *asked = climb->ask.resources;
	/* What goes to plain text is not taken over by who enables encryption anew. */
	const bool anew = climb->ask.aim == AR_CLIMB_ENABLE &&
			  strcmp(told->key, AR_TOLD_PLAIN) == 0;
	const char *list = asked ? asked : anew ? "" : told->resources;

	if (ar_listed_read(list, &climb->listed, err) != 0)
		return -1;
	if (!asked)
		return 0;
	return check_goal(climb, &climb->listed, err) != 0 ? -1 : check_spare(climb, err);
}

int ar__climb_resources(struct ar_climb *climb, struct ar_err *err)
{
	climb->wider.secret = true;
	ar_buf_reset(&climb->wider);
	climb->wider_text = (struct ar_text){ .data = NULL };
	climb->lacking[0] = '\0';
	if (read_list(climb, err) != 0)
		return -1;
	return climb->conf && climb->listed.count > 0 ? widen(climb, err) : 0;
}
