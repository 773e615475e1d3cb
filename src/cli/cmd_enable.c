/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/checklist.h"
#include "cli/enable_several.h"
#include "cli/fresh.h"
#include "cli/json_live.h"
#include "cli/preview.h"
#include "flow/enable.h"
#include "flow/imported.h"

/* What the run works with, for as long as it runs. */
struct work {
	struct ar_run *run;
	struct ar_enable enable;
	struct ar_checklist list;
	struct ar_fresh fresh;
	struct ar_wanted_text text, old_text;
	struct ar_found found;       /* what the manifest says already */
	struct ar_wanted old_wanted; /* the same as a wish, where the config moves */
	struct ar_snapshot old;      /* the file that moves */
	char imported[512];          /* the config that 'import' put here; "" */
};

#define WORK_AUTO __attribute__((cleanup(work_done)))

static void work_done(struct work *work)
{
	ar_enable_done(&work->enable);
	ar_snapshot_done(&work->old);
	ar_fresh_done(&work->fresh);
}

/* --- the goal -------------------------------------------------------------------------------- */

/* Where the manifest names a config already, that one is meant, unless something else is said. */
static int choose_wanted(struct work *work, struct ar_wanted *ret, struct ar_err *err)
{
	const struct ar_options *opts = work->run->opts;
	const struct ar_found *found = &work->found;
	const bool imports = work->imported[0] && !opts->config && !found->config[0];
	const char *usual = imports            ? work->imported
			    : opts->hot_reload ? AR_DEFAULT_CONFIG_HOT
					       : AR_DEFAULT_CONFIG;
	bool kept = !opts->config && found->config[0] && (!opts->hot_reload || found->reloads);

	*ret = (struct ar_wanted){
		.config = opts->config ? opts->config
			  : kept       ? found->config
				       : usual,
		.name = opts->name ? opts->name : AR_DEFAULT_VOLUME,
		.hot_reload = opts->hot_reload || (kept && found->reloads),
		.replace = opts->replace,
	};
	if (ar_wanted_derive(ret, opts->mount_path, &work->text, err) != 0)
		return -1;
	ret->hot_reload |= imports && strcmp(ret->mount_type, "Directory") == 0;
	if (kept && snprintf(work->text.flag_path, sizeof work->text.flag_path, "%s", found->flag))
		ret->flag_path = work->text.flag_path;
	return 0;
}

static struct ar_goal goal_of(const struct work *work, enum ar_goal_kind kind,
			      const struct ar_wanted *wanted)
{
	return (struct ar_goal){ .kind = kind,
				 .wanted = *wanted,
				 .container = work->run->opts->container,
				 .accepted = work->run->opts->accepted,
				 .accepted_count = work->run->opts->accepted_count };
}

/* --hot-reload wants the config in a folder of its own: the one that is in use, or was made to be,
 * moves there by copy, and its old place is given up only when all is proved. */
static int compose_move(struct work *work, const struct ar_wanted *wanted, struct ar_err *err)
{
	struct ar_plane_goal *goal = &work->enable.goal;
	const struct ar_found *found = &work->found;
	const char *old = found->config[0] && !found->reloads ? found->config : AR_DEFAULT_CONFIG;

	if (!work->run->opts->hot_reload || strcmp(old, wanted->config) == 0)
		return 0;
	if (ar_file_read(&work->run->session.host, old, AR_READ_SECRET | AR_READ_MAY_LACK,
			 &work->old, err) != 0)
		return -1;
	if (!work->old.exists)
		return 0;
	work->enable.ask.old = work->old.path;
	goal->old = goal_of(work, AR_GOAL_RESTORE, wanted);
	goal->old.wanted_text = (struct ar_text){ .name = work->old.path, .secret = true };
	goal->config.wanted_text = ar_snapshot_text(&work->old);
	goal->config.wanted_text.name = wanted->config;
	if (old != found->config)
		return 0;
	work->old_wanted = (struct ar_wanted){ .config = found->config, .name = found->volume };
	if (ar_wanted_derive(&work->old_wanted, NULL, &work->old_text, err) != 0)
		return -1;
	work->old_wanted.flag_path = found->flag;
	goal->manifest.instead = goal->kubeadm.instead = &work->old_wanted;
	return 0;
}

static int compose_goal(struct work *work, struct ar_err *err)
{
	struct ar_plane_goal *goal = &work->enable.goal;
	struct ar_wanted wanted;

	if (ar_imported_path(&work->run->session, work->imported, sizeof work->imported, err) !=
		    0 ||
	    choose_wanted(work, &wanted, err) != 0 ||
	    ar_fresh_make(work->run, &work->fresh, err) != 0)
		return -1;
	goal->config = goal_of(work, AR_GOAL_CONFIG, &wanted);
	goal->manifest = goal_of(work, AR_GOAL_PATCH, &wanted);
	goal->kubeadm = goal_of(work, AR_GOAL_PERSIST, &wanted);
	goal->manifest.config_coming = true;
	goal->config.wanted_text = (struct ar_text){ .name = wanted.config,
						     .data = work->fresh.text.data,
						     .len = work->fresh.text.len,
						     .secret = true };
	work->enable.ask.config = wanted.config;
	work->enable.ask.patch = &goal->manifest;
	work->enable.ask.hot_reload = wanted.hot_reload;
	return compose_move(work, &wanted, err);
}

static int open_node(struct work *work, const char *manifest, struct ar_err *err)
{
	struct ar_enable *enable = &work->enable;
	const struct ar_options *opts = work->run->opts;

	enable->session = &work->run->session;
	enable->events = &work->list.base;
	enable->ask = (struct ar_local_ask){ .manifest = manifest, .kubeadm = !opts->no_persist };
	enable->fast = opts->fast;
	enable->no_return = opts->no_return;
	enable->persist = !opts->no_persist;
	enable->reencrypt = !opts->no_reencrypt;
	enable->in_flight = opts->in_flight;
	enable->rate = (double)opts->rate;
	if (ar_local_find(enable->session, manifest, opts->container, &work->found, err) != 0 ||
	    compose_goal(work, err) != 0)
		return -1;
	return ar_creds_open(enable->session, opts->kubeconfig, &work->found.address,
			     &enable->creds, err);
}

/* --- showing --------------------------------------------------------------------------------- */

/* Stored values were counted, and none is to be re-encrypted. */
static bool is_proved(const struct ar_enable *enable)
{
	const struct ar_stored_seen *stored = &enable->node.seen.stored;

	return !enable->uncounted[0] && stored->known && stored->stale == 0;
}

/* What is known where no step is left: never more than was seen. */
static const char *verdict_of(const struct work *work)
{
	const struct ar_enable *enable = &work->enable;

	if (is_proved(enable))
		return "encryption is on here, and proved";
	if (work->run->session.host.root)
		return "the files are as they should be; what runs, and what is stored, is not "
		       "proved here: 'atrest enable' on the node itself does that";
	if (enable->uncounted[0])
		return "the API server encrypts what is written from now on; that nothing older is "
		       "stored in another way is not proved. See that etcd can be asked, then "
		       "'atrest verify'; where it cannot be, 'atrest reencrypt' goes by the API "
		       "server's lists";
	if (!enable->reencrypt)
		return "the API server encrypts what is written from now on; what was stored "
		       "before was not looked at ('atrest verify' does)";
	return "identity is first: new values are stored in plain text, and what is stored was "
	       "left as it is";
}

static void say_verified(const struct work *work)
{
	const struct ar_local *node = &work->enable.node;
	struct ar_report *report = work->run->report;

	ar_report_check(report, AR_MARK_DONE, "%s has the flag, its mount and its volume",
			work->enable.ask.manifest);
	if (node->running.seen)
		ar_report_check(report, AR_MARK_DONE, "the API server (pid %ld) runs with it",
				(long)node->running.process.pid);
	else
		ar_report_check(report, AR_MARK_WARN,
				"whether an API server runs with it is only seen on the node "
				"itself: under --root nothing runs");
	if (node->measured && node->loaded.has_hash)
		ar_report_check(report, AR_MARK_DONE,
				"the file it has loaded is %s as it lies there (sha256 %.12s…)",
				work->enable.ask.config, node->config.file.sha256);
	if (node->kubeadm_seen == AR_KUBEADM_THERE)
		ar_report_check(report, AR_MARK_DONE,
				"ConfigMap kube-system/kubeadm-config has it too");
	if (work->enable.uncounted[0])
		ar_report_check(report, AR_MARK_WARN, "what is stored could not be counted: %s",
				work->enable.uncounted);
	else if (node->seen.stored.known)
		ar_report_check(report, AR_MARK_DONE,
				"etcd: all %" PRId64
				" stored values are under the key that writes (revision %" PRId64
				")",
				node->seen.stored.total, node->seen.stored.revision);
	ar_report_say(report, "nothing to do: %s", verdict_of(work));
}

/* What was stored before. */
static void say_stored(const struct work *work)
{
	const struct ar_enable *enable = &work->enable;
	const struct ar_stored_seen *stored = &enable->node.seen.stored;
	struct ar_report *report = work->run->report;

	if (!enable->reencrypt)
		ar_report_check(report, AR_MARK_WARN,
				"Secrets written before this are still in plain text: 'atrest "
				"reencrypt' writes them again");
	else if (enable->uncounted[0])
		ar_report_check(report, AR_MARK_WARN,
				"what is stored could not be counted (%s): 'atrest reencrypt' goes "
				"by the API server's lists",
				enable->uncounted);
	else if (!stored->known)
		ar_report_check(report, AR_MARK_WARN,
				"identity is first: what is stored was left as it is ('atrest "
				"reencrypt' writes all of it in plain text)");
	else
		ar_report_say(report,
			      "proved: all %" PRId64
			      " stored values are under the key that writes (etcd revision "
			      "%" PRId64 ")",
			      stored->total, stored->revision);
}

static void say_remains(const struct work *work)
{
	struct ar_report *report = work->run->report;
	const char *config = work->enable.ask.config;

	say_stored(work);
	ar_report_say(report, "what remains:");
	ar_report_check(report, AR_MARK_WARN,
			"older revisions, etcd's free pages and backups still hold what was "
			"stored before: 'atrest verify' says which");
	ar_report_check(report, AR_MARK_WARN,
			"%s is the only copy of its key: keep another, apart from the etcd backups",
			config);
	ar_report_check(
		report, AR_MARK_WARN,
		"a control-plane node that joins later needs this file before 'kubeadm join'");
	if (work->enable.node.kubeadm_seen == AR_KUBEADM_ABSENT)
		ar_report_check(
			report, AR_MARK_WARN,
			"this cluster has no kubeadm-config: whatever writes its manifests needs "
			"the flag, too ('atrest patch --emit kubeadm-patch' has it as a patch)");
}

/* --- the run --------------------------------------------------------------------------------- */

static bool speaks(const struct work *work)
{
	return !work->run->opts->json && !work->run->opts->quiet;
}

static int finish(struct work *work, const char *state, int code)
{
	const struct ar_enable *enable = &work->enable;
	const struct ar_json_live live = { .schema = "atrest.enable/v1",
					   .state = state,
					   .exit_code = code,
					   .plane = &enable->node.seen,
					   .goal = &enable->goal,
					   .stored = &enable->node.seen.stored,
					   .uncounted = enable->uncounted };

	if (work->run->opts->json)
		ar_json_print_live(work->run->report, &live);
	return code;
}

static int do_it(struct work *work, struct ar_err *err)
{
	bool changed = false;

	if (work->run->session.host.root) {
		ar_err_set(err, "a live change cannot be proved under --root");
		return ar_err_hint(err, "use 'atrest config new' and 'atrest patch' for an image");
	}
	if (ar_run_confirm(work->run, "turn encryption on? [y/N] ",
			   "do it without being asked, or --dry-run to look", err) != 0)
		return -1;
	int ran = ar_enable_run(&work->enable, &changed, err);
	ar_checklist_end(&work->list);
	if (ran != 0)
		return -1;
	if (speaks(work))
		say_remains(work);
	return finish(work, "changed", AR_DONE);
}

static int go(struct work *work, struct ar_err *err)
{
	const struct ar_options *opts = work->run->opts;
	struct ar_preview preview = { .run = work->run, .enable = &work->enable };
	bool several;

	if (ar_enable_has_several(&work->enable, &several, err) != 0)
		return -1;
	if (several)
		return ar_enable_several(work->run, &work->enable, &work->found.address,
					 &work->list, err);

	if (ar_enable_look(&work->enable, err) != 0 || ar_preview_show(&preview, err) != 0)
		return -1;
	if (preview.steps == 0 && ar_enable_stops(&work->enable)) {
		if (opts->dry_run || opts->check)
			return finish(work, "refused", opts->check ? AR_NOT_AS_WANTED : AR_DONE);
		return ar_enable_refuse(&work->enable, err);
	}
	if (preview.steps == 0) {
		if (speaks(work))
			say_verified(work);
		return finish(work, "done", AR_DONE);
	}
	if (opts->dry_run || opts->check)
		return finish(work, preview.refused ? "refused" : "planned",
			      opts->check ? AR_NOT_AS_WANTED : AR_DONE);
	return preview.refused ? ar_enable_refuse(&work->enable, err) : do_it(work, err);
}

static int run_enable(struct ar_run *run, struct ar_err *err)
{
	WORK_AUTO struct work work = { .run = run, .enable = { .node = AR_LOCAL_INIT } };
	char manifest[1024];

	ar_checklist_init(&work.list, run->report);
	if (ar_run_absolute(run, AR_DEFAULT_MANIFEST, manifest, sizeof manifest, err) != 0)
		return -1;
	if (!run->opts->dry_run && !run->opts->check && ar_run_lock(run, err) != 0)
		return -1;
	return open_node(&work, manifest, err) != 0 ? -1 : go(&work, err);
}

int ar_cmd_enable(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "enable", run_enable);
}
