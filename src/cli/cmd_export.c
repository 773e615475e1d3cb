/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/here.h"
#include "cli/sealed_show.h"
#include "diag/encheck.h"
#include "flow/look.h"

/* One export: what is sealed, for whom, and where it goes. */
struct export
{
	struct ar_run *run;
	struct ar_here here;
	struct ar_snapshot config, old; /* `old`: the file that is replaced */
	struct ar_parcel parcel;
	struct ar_sealer sealer;
	char path[1024]; /* "-": standard output */
	char lacks[320]; /* a key that was not exported yet; "" */
};

#define EXPORT_AUTO __attribute__((cleanup(export_done)))

static void export_done(struct export *export)
{
	ar_sealer_done(&export->sealer);
	ar_parcel_done(&export->parcel);
	ar_snapshot_done(&export->old);
	ar_snapshot_done(&export->config);
}

static bool to_stdout(const struct export *export)
{
	return strcmp(export->path, "-") == 0;
}

/* --- the config ------------------------------------------------------------------------------- */

static int read_config(struct export *export, struct ar_err *err)
{
	static const char *const usual[] = { AR_DEFAULT_CONFIG, AR_DEFAULT_CONFIG_HOT };
	const struct ar_host *host = &export->run->session.host;

	if (ar_here_look(export->run, &export->here, err) != 0)
		return -1;
	if (export->here.config[0])
		return ar_file_read(host, export->here.config, AR_READ_SECRET, &export->config,
				    err);
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
		ar_snapshot_done(&export->config);
		if (ar_file_read(host, usual[i], AR_READ_SECRET | AR_READ_MAY_LACK, &export->config,
				 err) != 0)
			return -1;
		if (export->config.exists)
			return 0;
	}
	ar_err_set(err, "there is no EncryptionConfiguration here: the manifest names none, and "
			"'" AR_DEFAULT_CONFIG "' is not there");
	return ar_err_hint(err, "say which file is meant: --config FILE");
}

/* What no API server takes is of no use elsewhere. Its keys, noted here or not, are looked up. */
static int judge_config(struct export *export, struct ar_err *err)
{
	const struct ar_encconf_opts opts = { .minor = export->here.minor };
	const struct ar_text text = ar_snapshot_text(&export->config);
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;

	if (ar_encconf_check(&text, &opts, &findings, &tree, &conf, err) != 0)
		return -1;
	if (!conf || ar_encconf_refused(&findings)) {
		ar_err_set(err, "no API server takes '%s': an export of it would be of no use",
			   export->config.path);
		return ar_err_hint(err, "see what is wrong with it: 'atrest config check %s'",
				   export->config.path);
	}
	return ar_escrow_lacks(&export->run->session, conf, export->lacks, sizeof export->lacks,
			       err);
}

/* --- where it goes ---------------------------------------------------------------------------- */

static int refuse_there(const struct export *export, const char *what, struct ar_err *err)
{
	ar_err_set(err, "'%s' is there already%s", export->path, what);
	return ar_err_hint(err, "give another name%s",
			   what[0] ? "" : ", or say --replace to put this export in its place");
}

/* Nothing but an older export is ever written over. */
static int judge_old(struct export *export, struct ar_err *err)
{
	AR_SEALED_AUTO struct ar_sealed sealed = AR_SEALED_INIT;
	const struct ar_text text = ar_snapshot_text(&export->old);
	struct ar_err other = AR_ERR_INIT;

	if (!export->old.exists)
		return 0;
	if (ar_sealed_peek(&text, &sealed, &other) != 0)
		return refuse_there(export, ", and is no export", err);
	if (sealed.kind != AR_SEALED_EXPORT)
		return refuse_there(export, ", and is an archive of keys", err);
	return export->run->opts->replace ? 0 : refuse_there(export, "", err);
}

static int choose_place(struct export *export, struct ar_err *err)
{
	const struct ar_options *opts = export->run->opts;
	const struct ar_session *session = &export->run->session;

	if (ar_run_absolute(export->run, opts->operand ? opts->operand : "-", export->path,
			    sizeof export->path, err) != 0)
		return -1;
	if (to_stdout(export) || opts->check)
		return 0;
	if (ar_look_is_live(session, export->path)) {
		ar_err_set(err, "'%s' lies where the kubelet takes every file for a manifest",
			   export->path);
		return ar_err_hint(err, "give a path elsewhere");
	}
	if (ar_file_read(&session->host, export->path, AR_READ_MAY_LACK, &export->old, err) != 0)
		return -1;
	return judge_old(export, err);
}

/* --- what is said ----------------------------------------------------------------------------- */

static int finish_json(const struct export *export, const char *state, int code)
{
	json_t *members = json_pack("{s:s, s:o, s:o, s:o, s:o}", "state", state, "file",
				    ar_json_text(to_stdout(export) ? NULL : export->path),
				    "not_exported",
				    ar_json_text(export->lacks[0] ? export->lacks : NULL),
				    "sealed_for",
				    export->run->opts->check ? json_null()
							     : ar_json_sealer(&export->sealer),
				    "sealed", ar_json_parcel(&export->parcel));

	ar_json_print(export->run->report,
		      ar_json_join(ar_json_head("atrest.export/v1", code, NULL, 0), members));
	return code;
}

/* --check: is every key of the config in an export already? */
static int finish_check(const struct export *export)
{
	const bool lacks = export->lacks[0] != '\0';
	const int code = lacks ? AR_NOT_AS_WANTED : AR_DONE;
	struct ar_report *report = export->run->report;

	if (export->run->opts->json)
		return finish_json(export, lacks ? "planned" : "done", code);
	if (export->run->opts->quiet)
		return code;
	ar_show_parcel(report, &export->parcel);
	if (lacks)
		ar_report_say(report, "key %s was not exported since it was made", export->lacks);
	else
		ar_report_say(report, "nothing to do: every key was exported since it was made");
	return code;
}

static int finish_preview(struct export *export, struct ar_err *err)
{
	const struct ar_options *opts = export->run->opts;
	struct ar_report *report = export->run->report;
	char words[60];

	if (ar_sealer_can(&export->run->session, opts->passphrase_from, err) != 0)
		return -1;
	if (!opts->passphrase_from &&
	    ar_sealer_recipients(&export->run->session, &export->sealer, err) != 0)
		return -1;
	if (opts->json)
		return finish_json(export, "planned", AR_DONE);
	if (opts->quiet)
		return AR_DONE;
	ar_show_parcel(report, &export->parcel);
	ar_sealer_words(&export->sealer, words, sizeof words);
	ar_report_check(report, AR_MARK_ADD, "%s: it would be sealed %s",
			to_stdout(export) ? "standard output" : export->path, words);
	ar_report_say(report, "nothing was changed");
	return AR_DONE;
}

static int finish(const struct export *export)
{
	const struct ar_options *opts = export->run->opts;
	struct ar_report *report = export->run->report;
	char words[60];

	if (to_stdout(export))
		return AR_DONE;
	if (opts->json)
		return finish_json(export, "changed", AR_DONE);
	if (opts->quiet)
		return AR_DONE;
	ar_show_parcel(report, &export->parcel);
	ar_sealer_words(&export->sealer, words, sizeof words);
	ar_report_check(report, AR_MARK_DONE, "%s: sealed %s", export->path, words);
	ar_report_say(report, "on the other node: atrest import FILE; keep a copy apart from the "
			      "backups of etcd");
	return AR_DONE;
}

/* --- doing it --------------------------------------------------------------------------------- */

static int write_out(const struct export *export, const struct ar_buf *sealed, struct ar_err *err)
{
	const struct ar_host *host = &export->run->session.host;

	if (!to_stdout(export))
		return export->old.exists
			       ? ar_file_replace(host, &export->old, sealed->data, sealed->len, err)
			       : ar_file_create(host, export->path, 0600, sealed->data, sealed->len,
						err);
	if (fwrite(sealed->data, 1, sealed->len, stdout) != sealed->len || fflush(stdout) != 0)
		return ar_err_sys(err, "<stdout>", "cannot write the sealed file");
	return 0;
}

static int note(struct export *export, struct ar_err *err)
{
	if (ar_escrow_note(&export->run->session, &export->parcel, "export", err) == 0) {
		export->lacks[0] = '\0';
		return 0;
	}
	ar_err_wrap(err, "the export is made, but could not be noted");
	return ar_err_class(err, AR_RESUMABLE);
}

/* Only where something runs: an image has no cluster. */
static int ask_cluster(struct export *export, struct ar_err *err)
{
	struct ar_creds creds = { .api = NULL };
	const struct ar_run *run = export->run;

	if (run->opts->root || !export->here.manifest)
		return 0;
	if (ar_creds_open(&run->session, run->opts->kubeconfig, &export->here.found.address, &creds,
			  err) != 0)
		return -1;
	int asked = creds.api ? ar_parcel_ask(creds.api, &export->parcel, err) : 0;
	ar_creds_done(&creds);
	return asked;
}

static int run_export(struct ar_run *run, struct ar_err *err)
{
	EXPORT_AUTO struct export export = { .run = run, .parcel = AR_PARCEL_INIT };
	AR_BUF_AUTO struct ar_buf sealed = AR_BUF_INIT;

	if (read_config(&export, err) != 0 || judge_config(&export, err) != 0 ||
	    choose_place(&export, err) != 0 ||
	    ar_parcel_make(&run->session, &export.config, &export.parcel, err) != 0 ||
	    ask_cluster(&export, err) != 0)
		return -1;
	if (run->opts->check)
		return finish_check(&export);
	if (run->opts->dry_run)
		return finish_preview(&export, err);
	/* The lock comes behind the question: nobody waits for a passphrase. */
	if (ar_sealer_open(&run->session, run->opts->passphrase_from, &export.sealer, err) != 0 ||
	    ar_parcel_seal(&export.parcel, &export.sealer, &sealed, err) != 0 ||
	    ar_run_lock(run, err) != 0 || write_out(&export, &sealed, err) != 0 ||
	    note(&export, err) != 0)
		return -1;
	return finish(&export);
}

int ar_cmd_export(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "export", run_export);
}
