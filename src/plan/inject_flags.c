/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "plan/inject_impl.h"

/* Since when kube-apiserver knows a flag, and since when no longer (0: still). */
static const struct flag_age {
	const char *name;
	int since, until;
} ages[] = {
	{ AR_FLAG_OLD, 7, 24 },
	{ AR_FLAG, 13, 0 },
	{ AR_FLAG_RELOAD, 26, 0 },
};

static const struct flag_age *age_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
		if (strlen(ages[i].name) == len && memcmp(ages[i].name, name, len) == 0)
			return &ages[i];
	return NULL;
}

/* Refuses a flag with which this version would not start. `node`: where it stands, or would. */
static int check_age(const struct ar_pod *pod, const char *name, size_t len,
		     const struct ar_node *node, struct ar_err *err)
{
	const struct flag_age *age = age_of(name, len);

	if (!age || pod->minor < 0 ||
	    (pod->minor >= age->since && (!age->until || pod->minor < age->until)))
		return 0;
	ar_node_err(err, pod->tree, node,
		    "kube-apiserver 1.%d (by its image) does not know '--%s' and would not start; "
		    "1.%d %s",
		    pod->minor, age->name, pod->minor < age->since ? age->since : age->until,
		    pod->minor < age->since ? "and later do" : "dropped it");
	if (pod->minor >= age->since)
		return ar_err_hint(err, "rename it to --" AR_FLAG ", then run again");
	return ar_err_hint(
		err, age->since == 26
			     ? "leave out --hot-reload"
			     : "upgrade the control plane first; this old "
			       "one has an experimental flag, and another kind of config file");
}

/* A spelling that the server's flag parser refuses is no setting; adding another would not help. */
static int check_spelling(const struct ar_pod *pod, const struct ar_flag *flag, struct ar_err *err)
{
	const struct ar_node *node = pod->args[flag->index].node;
	int len = (int)flag->spelled_len;

	if (flag->dashes == 1) {
		ar_node_err(err, pod->tree, node,
			    "'-%.*s' has one dash; kube-apiserver does not start with that", len,
			    flag->spelled);
		return ar_err_hint(err, "write it with two dashes, then run again");
	}
	if (flag->glued) {
		ar_node_err(
			err, pod->tree, node,
			"'--%.*s' and its value are one item with a blank between; kube-apiserver "
			"does not start with that",
			len, flag->spelled);
		return ar_err_hint(err, "write --%.*s=VALUE, then run again", len, flag->spelled);
	}
	return 0;
}

static int check_values(const struct ar_pod *pod, const struct ar_flag *flags, size_t count,
			struct ar_err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct ar_node *node = pod->args[flags[i].index].node;
		const struct ar_node *first = pod->args[flags[0].index].node;

		if (check_spelling(pod, &flags[i], err) != 0 ||
		    check_age(pod, flags[i].spelled, flags[i].spelled_len, node, err) != 0)
			return -1;
		if (!flags[i].value || !*flags[i].value) {
			ar_node_err(err, pod->tree, node, "'%s' has no value",
				    pod->args[flags[i].index].text);
			return ar_err_hint(
				err,
				"give it the path of the config, or take it out, then run again");
		}
		if (strcmp(flags[i].value, flags[0].value) != 0) {
			ar_node_err(err, pod->tree, node,
				    "'--" AR_FLAG
				    "' stands twice, with different values: '%s' here, '%s' "
				    "in line %zu",
				    flags[i].value, flags[0].value, ar__line_of(pod->tree, first));
			return ar_err_hint(err, "kube-apiserver takes the last one; take out the "
						"other, then run again");
		}
	}
	return 0;
}

int ar__judge_flags(const struct ar_pod *pod, const struct ar_wanted *wanted,
		    struct ar__judgement *ret, struct ar_err *err)
{
	ret->flag_count = ar_pod_flags(pod, AR_FLAG, AR_FLAG_OLD, ret->flags, AR__MAX_FLAGS);
	ret->reload_count = ar_pod_flags(pod, AR_FLAG_RELOAD, NULL, ret->reloads, AR__MAX_FLAGS);
	if (ret->flag_count > AR__MAX_FLAGS || ret->reload_count > AR__MAX_FLAGS)
		return ar_node_err(err, pod->tree, pod->args_list,
				   "the same flag stands more than %d times", AR__MAX_FLAGS);
	if (check_values(pod, ret->flags, ret->flag_count, err) != 0)
		return -1;
	if (ret->flag_count == 0 &&
	    check_age(pod, AR_FLAG, sizeof AR_FLAG - 1, pod->args_list, err) != 0)
		return -1;
	if (wanted->hot_reload &&
	    check_age(pod, AR_FLAG_RELOAD, sizeof AR_FLAG_RELOAD - 1, pod->args_list, err) != 0)
		return -1;
	return 0;
}

static bool is_bool_word(const char *value, bool wanted)
{
	static const char *const words[2][6] = {
		{ "0", "f", "F", "false", "FALSE", "False" },
		{ "1", "t", "T", "true", "TRUE", "True" },
	};

	for (size_t i = 0; i < 6; i++)
		if (strcmp(words[wanted][i], value) == 0)
			return true;
	return false;
}

bool ar__flag_is_true(const struct ar_flag *flag)
{
	return !flag->value || is_bool_word(flag->value, true);
}

int ar__judge_reload(const struct ar_pod *pod, const struct ar_wanted *wanted,
		     struct ar__judgement *ret, struct ar_err *err)
{
	ret->states[AR_PART_RELOAD] = ret->reload_count    ? AR_PRESENT
				      : wanted->hot_reload ? AR_ADD
							   : AR_ABSENT;
	for (size_t i = 0; wanted->hot_reload && i < ret->reload_count; i++) {
		const struct ar_flag *flag = &ret->reloads[i];
		const struct ar_node *node = pod->args[flag->index].node;

		if (check_spelling(pod, flag, err) != 0)
			return -1;
		if (flag->separate) {
			ar_node_err(err, pod->tree, node,
				    "'--" AR_FLAG_RELOAD
				    "' takes its value behind '=' only; '%s' is an "
				    "argument of its own here, with which kube-apiserver does not "
				    "start",
				    flag->value);
			return ar_err_hint(err, "write --" AR_FLAG_RELOAD
						"=true as one item, then run again");
		}
		if (ar__flag_is_true(flag))
			continue;
		if (!wanted->replace) {
			ar_node_err(err, pod->tree, node,
				    "'--" AR_FLAG_RELOAD "' is set to '%s'; wanted true",
				    flag->value);
			return ar_err_hint(err, "to change it, run again with --replace; to keep "
						"it, leave out --hot-reload");
		}
		ret->states[AR_PART_RELOAD] = AR_CHANGE;
	}
	return 0;
}
