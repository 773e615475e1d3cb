/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/here.h"
#include "cli/sealed_show.h"
#include "cli/task.h"
#include "diag/encheck.h"
#include "plan/keys.h"

struct import {
	struct ar_task task; /* first: look() is given it */
	struct ar_here here;
	struct ar_parcel parcel;
	char path[1024];
};

#define IMPORT_AUTO __attribute__((cleanup(import_done)))

static void import_done(struct import *import)
{
	ar_parcel_done(&import->parcel);
}

static bool previews(const struct ar_options *opts)
{
	return opts->dry_run || opts->check;
}

/* --- what speaks against it ------------------------------------------------------------------- */

static int look_lost(const struct ar_look *look, const struct ar_text *new_,
		     struct ar_findings *findings, struct ar_err *err)
{
	struct ar_lost_keys lost;

	if (ar_keys_lost(&look->seen.file, new_, &lost, err) != 0)
		return -1;
	if (lost.count == 0)
		return 0;
	int said = ar_findings_say(findings, "key-lost", look->file.path,
				   "the file here has %zu key%s that the sealed one lacks, '%s'%s",
				   lost.count, lost.count == 1 ? "" : "s", lost.names[0],
				   lost.count > 1 ? " and others" : "");
	return said != 0 ? ar_err_oom(err) : 0;
}

static bool has_key(const struct ar_encconf *conf, const struct ar_encconf *of,
		    const struct ar_enc_key *key)
{
	for (size_t e = 0; e < conf->entry_count; e++)
		for (size_t p = 0; p < conf->entries[e].provider_count; p++) {
			const struct ar_enc_provider *provider = &conf->entries[e].providers[p];
			for (size_t k = 0; k < provider->key_count; k++)
				if (ar_keys_same(conf, &provider->keys[k], of, key))
					return true;
		}
	return false;
}

/* A key that writes there and is not here at all: NULL where there is none. */
static const struct ar_enc_key *unread_writer(const struct ar_encconf *here,
					      const struct ar_encconf *there)
{
	for (size_t e = 0; e < there->entry_count; e++) {
		const struct ar_enc_entry *entry = &there->entries[e];
		const struct ar_enc_provider *first = entry->provider_count > 0
							      ? &entry->providers[0]
							      : NULL;
		if (first && first->key_count > 0 && !has_key(here, there, &first->keys[0]))
			return &first->keys[0];
	}
	return NULL;
}

static int look_writer(const struct ar_look *look, const struct ar_encconf *there,
		       struct ar_findings *findings, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *here = NULL;

	if (ar_encconf_read(&look->seen.file, -1, &problems, &tree, &here, err) != 0)
		return -1;
	const struct ar_enc_key *key = here && there ? unread_writer(here, there) : NULL;
	if (!key)
		return 0;
	int said = ar_findings_say(findings, "writer-unread", look->file.path,
				   "the sealed config writes with '%.100s', which is not here yet",
				   key->name);
	return said != 0 ? ar_err_oom(err) : 0;
}

static int look(struct ar_run *run, struct ar_task *task, struct ar_look *ret, struct ar_err *err)
{
	const struct import *import = (const struct import *)task;
	const struct ar_encconf_opts opts = { .minor = run->opts->kube_minor >= 0
							       ? run->opts->kube_minor
							       : import->here.minor,
					      .hot_reload = import->here.found.reloads,
					      .lints = true };
	const struct ar_text *text = &task->goal.wanted_text;
	struct ar_findings *findings = &ret->seen.findings;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;

	if (ar_look_file(&run->session, task->path, true, ret, err) != 0)
		return -1;
	ret->seen.guarded = true; /* what blocks a config blocks it wherever it is written */
	if (ar_encconf_check(text, &opts, findings, &tree, &conf, err) != 0)
		return -1;
	if (!ret->file.exists)
		return 0;
	if (ar_look_config_file(&run->session, &ret->file, findings, err) != 0 ||
	    look_lost(ret, text, findings, err) != 0)
		return -1;
	return look_writer(ret, conf, findings, err);
}

/* --- putting it in place ---------------------------------------------------------------------- */

static json_t *json_more(const struct ar_task *task)
{
	const struct import *import = (const struct import *)task;

	return json_pack("{s:s, s:o}", "kind", "encryption-configuration", "sealed",
			 ar_json_parcel(&import->parcel));
}

static void afterwards(struct ar_run *run, const struct ar_task *task)
{
	const struct import *import = (const struct import *)task;

	if (import->parcel.kind == AR_SEALED_ARCHIVE)
		return;
	if (!import->here.manifest)
		ar_report_say(run->report,
			      "there is no API server here yet: 'kubeadm join' finds the file");
	else
		ar_report_say(run->report, "next: atrest continue");
}

static void say_odd(struct ar_run *run, const struct ar_parcel *parcel)
{
	if ((parcel->mode & 077) == 0 && parcel->uid == 0)
		return;
	ar_report_warn(
		run->report,
		"where it was made the config had mode %04o and uid %u, so that others could "
		"read its keys; here it gets 0600",
		(unsigned)parcel->mode, (unsigned)parcel->uid);
}

/* --config; where this node's manifest says it is; else as it was on the other node. */
static int choose_path(struct ar_run *run, struct import *import, struct ar_err *err)
{
	if (ar_here_look(run, &import->here, err) != 0)
		return -1;
	snprintf(import->path, sizeof import->path, "%s",
		 import->here.config[0] ? import->here.config : import->parcel.path);
	if (!ar_look_is_live(&run->session, import->path))
		return 0;
	return ar_err_set(err, "'%s' lies where the kubelet takes every file for a manifest",
			  import->path);
}

/* That an export exists is known from now on, also where its config was here already. */
static int note(struct ar_run *run, const struct import *import, struct ar_err *err)
{
	if (ar_escrow_note(&run->session, &import->parcel, "import", err) == 0)
		return 0;
	ar_err_wrap(err, "the config is in place, but it could not be noted that it was exported");
	return ar_err_class(err, AR_RESUMABLE);
}

static int put(struct ar_run *run, struct import *import, struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	const struct ar_parcel *parcel = &import->parcel;
	struct ar_task *task = &import->task;

	if (choose_path(run, import, err) != 0)
		return -1;
	*task = (struct ar_task){
		.path = import->path,
		.look = look,
		.schema = "atrest.import/v1",
		.done = "nothing to do: this config lies here already",
		.afterwards = afterwards,
		.json_more = json_more,
		.goal = { .kind = AR_GOAL_RESTORE,
			  .accepted = opts->accepted,
			  .accepted_count = opts->accepted_count,
			  .wanted_text = { .name = import->path,
					   .data = ar_buf_text(&parcel->config),
					   .len = parcel->config.len,
					   .secret = true } },
	};
	snprintf(task->what, sizeof task->what, "the config of %.100s, %s of %s",
		 parcel->host[0] ? parcel->host : "another host", ar_sealed_kind_name(parcel->kind),
		 parcel->when);
	if (!opts->json && !opts->quiet)
		ar_show_parcel(run->report, parcel);
	say_odd(run, parcel);
	int code = ar_task_run(run, task);
	return code == AR_DONE && !previews(opts) && note(run, import, err) != 0 ? -1 : code;
}

/* --- the sealed file -------------------------------------------------------------------------- */

static int read_sealed(struct ar_run *run, struct ar_snapshot *file, struct ar_sealed *sealed,
		       struct ar_err *err)
{
	const char *operand = run->opts->operand;
	const char *from = run->opts->passphrase_from;
	bool piped = strcmp(operand, "-") == 0;

	if (piped && from && strcmp(from, "-") == 0) {
		ar_err_set(err, "the sealed file and the passphrase cannot both come from standard "
				"input");
		return ar_err_class(err, AR_USAGE);
	}
	int got = piped ? ar_file_read_stdin(0, file, err)
			: ar_file_read(&run->session.host, operand, 0, file, err);
	if (got != 0)
		return -1;
	const struct ar_text text = ar_snapshot_text(file);
	return ar_sealed_read(&text, sealed, err);
}

static int check_kind(const struct ar_options *opts, const struct ar_sealed *sealed,
		      struct ar_err *err)
{
	const bool archive = sealed->kind == AR_SEALED_ARCHIVE;

	if (archive == opts->archive)
		return 0;
	if (!archive)
		return ar_err_set(err, "'%s' is an export, not an archive", opts->operand);
	ar_err_set(err, "'%s' is an archive of keys that were retired", opts->operand);
	return ar_err_hint(err,
			   "'atrest import --archive %s' says which; with --config PATH it "
			   "writes the config that had them to PATH",
			   opts->operand);
}

static int open_sealed(struct ar_run *run, const struct ar_sealed *sealed, struct ar_parcel *ret,
		       struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	const struct ar_unsealer with = { .passphrase_from = opts->passphrase_from,
					  .identity = opts->identity_file };
	AR_BUF_AUTO struct ar_buf payload = { .secret = true };

	if (ar_sealer_unseal(&run->session, &with, sealed, opts->operand, &payload, err) != 0 ||
	    ar_parcel_read(&payload, ret, err) != 0)
		return -1;
	return ret->kind == sealed->kind
		       ? 0
		       : ar_err_set(err, "what is inside is not what the file says it is");
}

static int show_list(struct ar_run *run, const struct ar_archived *list, size_t count)
{
	if (run->opts->json)
		ar_json_print_archive(run->report, list, count);
	else
		ar_show_archive(run->report, list, count);
	return AR_DONE;
}

static int list_all(struct ar_run *run, struct ar_err *err)
{
	struct ar_archived *list = NULL;
	size_t count = 0;

	if (ar_archive_list(&run->session, &list, &count, err) != 0)
		return -1;
	int code = show_list(run, list, count);
	ar_archive_list_free(list, count);
	return code;
}

static int import_file(struct ar_run *run, struct ar_err *err)
{
	IMPORT_AUTO struct import import = { .parcel = AR_PARCEL_INIT };
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	AR_SEALED_AUTO struct ar_sealed sealed = AR_SEALED_INIT;

	if (read_sealed(run, &file, &sealed, err) != 0 || check_kind(run->opts, &sealed, err) != 0)
		return -1;
	if (run->opts->archive && !run->opts->config) {
		struct ar_archived one = { .head = sealed };
		snprintf(one.path, sizeof one.path, "%s", run->opts->operand);
		return show_list(run, &one, 1);
	}
	if (open_sealed(run, &sealed, &import.parcel, err) != 0)
		return -1;
	return put(run, &import, err);
}

static int run_import(struct ar_run *run, struct ar_err *err)
{
	if (run->opts->operand)
		return import_file(run, err);
	if (run->opts->archive && !run->opts->config)
		return list_all(run, err);
	ar_err_set(err, "which sealed file is not said");
	ar_err_hint(err, "atrest import %sFILE; '-' is standard input",
		    run->opts->archive ? "--archive " : "");
	return ar_err_class(err, AR_USAGE);
}

int ar_cmd_import(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "import", run_import);
}
