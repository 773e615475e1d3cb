/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "cli/climb_show.h"
#include "flow/imported.h"

/* What the run works with, for as long as it runs. */
struct work {
	struct ar_climb climb;
	struct ar_checklist list;
	struct ar_wanted_text text;
	struct ar_found found; /* what the manifest says */
	char imported[512];
};

static void work_done(struct work **work)
{
	if (!*work)
		return;
	ar_climb_done(&(*work)->climb);
	free(*work);
}

#define WORK_AUTO __attribute__((cleanup(work_done)))

/* "90d", "12w" in days. */
static int read_age(const char *text, int64_t *ret, struct ar_err *err)
{
	char *end;
	const long number = strtol(text, &end, 10);
	const bool weeks = *end == 'w';

	*ret = weeks ? number * 7 : number;
	if (text[0] >= '0' && text[0] <= '9' && number > 0 && number < 100000 &&
	    (*end == 'd' || weeks) && !end[1])
		return 0;
	ar_err_set(err, "'%.40s' is no age", text);
	ar_err_hint(err, "days or weeks: 90d, 12w");
	return ar_err_class(err, AR_USAGE);
}

/* One change at a time: a new key for more resources is two. */
static int check_resources(const struct ar_options *opts, struct ar_err *err)
{
	const struct {
		bool said;
		const char *name;
	} others[] = {
		{ opts->to != NULL, "to" },
		{ opts->provider != NULL, "provider" },
		{ opts->abandon, "abandon" },
		{ opts->if_older != NULL, "if-older-than" },
	};
	AR_FREE_AUTO struct ar_listed *listed = calloc(1, sizeof *listed);

	if (!listed)
		return ar_err_oom(err);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (!others[i].said)
			continue;
		ar_err_set(err, "--resources and --%s are two changes", others[i].name);
		ar_err_hint(err, "do one, and the other when 'atrest continue' exits 0 on every "
				 "node");
		return ar_err_class(err, AR_USAGE);
	}
	if (ar_listed_read(opts->resources, listed, err) == 0 && listed->count > 0)
		return 0;
	if (!ar_err_is_set(err)) {
		ar_err_set(err, "--resources names nothing");
		ar_err_hint(err, "for example --resources secrets,configmaps; 'atrest disable' "
				 "stores everything in plain text");
	}
	return ar_err_class(err, AR_USAGE);
}

static int compose_ask(const struct ar_options *opts, enum ar_climb_aim aim,
		       struct ar_climb_ask *ret, struct ar_err *err)
{
	*ret = (struct ar_climb_ask){
		.aim = aim,
		.to = opts->to,
		.provider = opts->provider ? ar_provider_by_name(opts->provider) : -1,
		.abandon = opts->abandon,
		.resources = opts->resources,
		.wait_ms = (int64_t)opts->wait * 1000,
		.accepted = opts->accepted,
		.accepted_count = opts->accepted_count,
	};
	if (opts->resources && check_resources(opts, err) != 0)
		return -1;
	return opts->if_older ? read_age(opts->if_older, &ret->older_days, err) : 0;
}

/* The config that the manifest names; where it names none, the one that was imported, or the usual
 * one. In a folder of its own it is reloaded. */
static int choose_wanted(struct ar_run *run, struct work *work, struct ar_wanted *ret,
			 struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	const struct ar_found *found = &work->found;
	const bool kept = found->config[0] && !opts->config;

	if (ar_imported_path(&run->session, work->imported, sizeof work->imported, err) != 0)
		return -1;
	*ret = (struct ar_wanted){
		.config = opts->config        ? opts->config
			  : kept              ? found->config
			  : work->imported[0] ? work->imported
					      : AR_DEFAULT_CONFIG,
		.name = found->volume[0] ? found->volume : AR_DEFAULT_VOLUME,
	};
	if (ar_wanted_derive(ret, NULL, &work->text, err) != 0)
		return -1;
	ret->hot_reload = kept ? found->reloads : strcmp(ret->mount_type, "Directory") == 0;
	if (kept)
		ret->flag_path = found->flag;
	return 0;
}

static int compose_goal(struct ar_run *run, struct work *work, struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	struct ar_enable *enable = &work->climb.enable;
	struct ar_plane_goal *goal = &enable->goal;
	struct ar_wanted wanted;

	if (choose_wanted(run, work, &wanted, err) != 0)
		return -1;
	const struct ar_goal base = { .wanted = wanted, .container = opts->container };
	goal->config = goal->manifest = goal->kubeadm = base;
	goal->config.kind = AR_GOAL_CONFIG;
	goal->manifest.kind = AR_GOAL_PATCH;
	goal->kubeadm.kind = AR_GOAL_PERSIST;
	goal->manifest.config_coming = true;
	ar_climb_accept(&work->climb, opts->accepted, opts->accepted_count);
	enable->ask.config = wanted.config;
	enable->ask.patch = &goal->manifest;
	enable->ask.hot_reload = wanted.hot_reload;
	return 0;
}

static int open_node(struct ar_run *run, const char *manifest, struct work *work,
		     struct ar_err *err)
{
	struct ar_enable *enable = &work->climb.enable;
	const struct ar_options *opts = run->opts;

	enable->session = &run->session;
	enable->events = &work->list.base;
	enable->node = (struct ar_local)AR_LOCAL_INIT;
	enable->ask = (struct ar_local_ask){ .manifest = manifest, .kubeadm = true };
	enable->fast = opts->fast;
	enable->no_return = opts->no_return;
	enable->in_flight = opts->in_flight;
	enable->rate = (double)opts->rate;
	work->climb.persist = !opts->no_persist;
	work->climb.rewrite = true;
	work->climb.kubeconfig = opts->kubeconfig;
	work->climb.where = &work->found.address;
	if (ar_local_find(enable->session, manifest, opts->container, &work->found, err) != 0 ||
	    compose_goal(run, work, err) != 0)
		return -1;
	return ar_creds_open(enable->session, opts->kubeconfig, &work->found.address,
			     &enable->creds, err);
}

static int climb(struct ar_run *run, enum ar_climb_aim aim, const char *question,
		 struct ar_err *err)
{
	WORK_AUTO struct work *work = calloc(1, sizeof *work);
	char manifest[1024];

	if (!work)
		return ar_err_oom(err);
	work->climb.cluster = (struct ar_cluster)AR_CLUSTER_INIT;
	ar_checklist_init(&work->list, run->report);
	if (compose_ask(run->opts, aim, &work->climb.ask, err) != 0 ||
	    ar_run_absolute(run, AR_DEFAULT_MANIFEST, manifest, sizeof manifest, err) != 0)
		return -1;
	if (!run->opts->dry_run && !run->opts->check && ar_run_lock(run, err) != 0)
		return -1;
	if (open_node(run, manifest, work, err) != 0)
		return -1;
	return ar_climb_go(run, &work->climb, &work->list, question, err);
}

static int run_rotate(struct ar_run *run, struct ar_err *err)
{
	return climb(run, AR_CLIMB_ROTATE, "rotate the key? [y/N] ", err);
}

static int run_continue(struct ar_run *run, struct ar_err *err)
{
	return climb(run, AR_CLIMB_CONTINUE, "go on? [y/N] ", err);
}

static int run_disable(struct ar_run *run, struct ar_err *err)
{
	return climb(run, AR_CLIMB_DISABLE, "store everything in plain text again? [y/N] ", err);
}

int ar_cmd_rotate(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "rotate", run_rotate);
}

int ar_cmd_continue(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "continue", run_continue);
}

int ar_cmd_disable(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "disable", run_disable);
}
