/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/checklist.h"
#include "cli/node.h"
#include "cli/reencrypt_show.h"

/* What the run works with, for as long as it runs. */
struct work {
	struct ar_run *run;
	struct ar_checklist list;
	struct ar_node_view node;
	struct ar_scan scan;
	struct ar_reencrypt job;
	struct ar_reencrypt_forecast forecast;
	struct ar_reencrypt_result result;
};

#define WORK_AUTO __attribute__((cleanup(work_done)))

static void work_done(struct work *work)
{
	ar_watch_close(work->job.watch);
	ar_reencrypt_result_done(&work->result);
	ar_reencrypt_forecast_done(&work->forecast);
	ar_scan_done(&work->scan);
	ar_node_view_done(&work->node);
}

static bool speaks(const struct work *work)
{
	return !work->run->opts->json && !work->run->opts->quiet;
}

static int open_work(struct work *work, struct ar_err *err)
{
	struct ar_run *run = work->run;
	const struct ar_options *opts = run->opts;
	const struct ar_scan_ask ask = { .only = opts->resource,
					 .namespace = opts->namespace,
					 .served = true };

	ar_checklist_init(&work->list, run->report);
	if (ar_node_view_open(run, true, &work->node, err) != 0 ||
	    ar_scan_open(&run->session, &work->node.local, &work->node.creds, &ask, &work->scan,
			 err) != 0)
		return -1;
	const bool svm = opts->engine && strcmp(opts->engine, "svm") == 0;
	work->job = (struct ar_reencrypt){ .session = &run->session,
					   .events = &work->list.base,
					   .creds = &work->node.creds,
					   .local = &work->node.local,
					   .scan = &work->scan,
					   .engine = svm ? AR_ENGINE_SVM : AR_ENGINE_PATCH,
					   .in_flight = opts->in_flight,
					   .rate = (double)opts->rate };
	return 0;
}

/* --- the end --------------------------------------------------------------------------------- */

static struct ar_reencrypt_view view_of(const struct work *work, const char *state, int code)
{
	return (struct ar_reencrypt_view){ .run = &work->job,
					   .forecast = &work->forecast,
					   .list = work->run->opts->list,
					   .state = state,
					   .exit_code = code };
}

/* Nothing is, or is to be, done. */
static int finish(const struct work *work, const char *state, int code)
{
	const struct ar_reencrypt_view view = view_of(work, state, code);

	if (work->run->opts->json)
		ar_reencrypt_print(work->run->report, &view);
	else if (speaks(work))
		ar_reencrypt_show(work->run->report, &view);
	return code;
}

/* One document says the result and the error; people read the error on standard error, as ever. */
static int report_failed(const struct work *work, struct ar_reencrypt_view *view,
			 const struct ar_err *error)
{
	struct ar_report *report = work->run->report;
	const bool json = report->json;

	view->error = error;
	view->exit_code = (int)error->class;
	if (json)
		ar_reencrypt_print(report, view);
	else
		ar_reencrypt_show(report, view);
	report->json = false;
	ar_report_error(report, error);
	report->json = json;
	return view->exit_code;
}

static int do_it(struct work *work, struct ar_err *err)
{
	struct ar_err failed = AR_ERR_INIT;

	if (ar_run_confirm(work->run, "re-encrypt them? [y/N] ",
			   "do it without being asked, or --dry-run to look", err) != 0 ||
	    ar_watch_open(&work->job.watch, err) != 0)
		return -1;
	const int ran = ar_reencrypt_run(&work->job, &work->result, &failed);
	ar_checklist_end(&work->list);
	struct ar_reencrypt_view view = view_of(work, ran == 0 ? "done" : "stopped", AR_DONE);
	view.result = &work->result;
	if (ran != 0)
		return report_failed(work, &view, &failed);
	if (work->run->opts->json)
		ar_reencrypt_print(work->run->report, &view);
	else if (speaks(work))
		ar_reencrypt_show(work->run->report, &view);
	return AR_DONE;
}

/* --- the run --------------------------------------------------------------------------------- */

/* A dry run says why it would be refused, and that is all. */
static int only_look(struct work *work, bool may, const struct ar_err *why)
{
	const struct ar_options *opts = work->run->opts;
	const int64_t stale = work->forecast.stale;

	if (!may && speaks(work)) {
		ar_report_check(work->run->report, AR_MARK_CONFLICT, "it would be refused: %s",
				why->msg);
		if (why->hint[0])
			ar_report_say(work->run->report, "      %s", why->hint);
	}
	const int code = !opts->check ? AR_DONE : stale < 0 ? AR_LOOK : AR_NOT_AS_WANTED;
	return finish(work, may ? "planned" : "refused", code);
}

static int go(struct work *work, struct ar_err *err)
{
	const struct ar_options *opts = work->run->opts;
	struct ar_err why = AR_ERR_INIT;
	struct ar_reencrypt_view view = view_of(work, "planned", AR_DONE);

	if (ar_reencrypt_forecast(&work->job, &work->forecast, err) != 0)
		return -1;
	if (speaks(work))
		ar_reencrypt_show_forecast(work->run->report, &view);
	if (work->forecast.stale == 0)
		return finish(work, "done", AR_DONE);
	const bool may = ar_reencrypt_may(&work->job, &why) == 0;
	if (opts->dry_run || opts->check)
		return only_look(work, may, &why);
	if (may)
		return do_it(work, err);
	view.state = "refused";
	return report_failed(work, &view, &why);
}

static int run_reencrypt(struct ar_run *run, struct ar_err *err)
{
	WORK_AUTO struct work work = { .run = run,
				       .node = { .local = AR_LOCAL_INIT },
				       .scan = AR_SCAN_INIT };

	if (!run->opts->dry_run && !run->opts->check && ar_run_lock(run, err) != 0)
		return -1;
	return open_work(&work, err) != 0 ? -1 : go(&work, err);
}

int ar_cmd_reencrypt(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "reencrypt", run_reencrypt);
}
