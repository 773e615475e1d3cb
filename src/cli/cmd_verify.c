/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/checklist.h"
#include "cli/node.h"
#include "cli/verify_show.h"

#define SHOWN 20 /* offenders of a resource that are named without --list */

static int read_decrypt(const char *given, int64_t *ret, struct ar_err *err)
{
	char *end = NULL;

	*ret = AR_DECRYPT_NONE;
	if (!given)
		return 0;
	if (strcmp(given, "all") == 0) {
		*ret = AR_DECRYPT_ALL;
		return 0;
	}
	errno = 0;
	*ret = strtoll(given, &end, 10);
	if (errno == 0 && *end == '\0' && *ret > 0)
		return 0;
	ar_err_set(err, "'%s' is no number of values to decrypt", given);
	ar_err_hint(err, "--decrypt all, or how many of each resource: --decrypt 100");
	return ar_err_class(err, AR_USAGE);
}

/* How far the census is, on a terminal. */
static void on_progress(void *user, int64_t seen, int64_t total)
{
	struct ar_checklist *list = user;
	const struct ar_headway headway = {
		.id = "census", .what = "values looked at", .done = seen, .total = total
	};

	if (seen > 0 && list->base.progress)
		list->base.progress(&list->base, &headway);
}

static int verify_all(struct ar_run *run, struct ar_scan *scan, struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	AR_VERIFY_AUTO struct ar_verify verify = AR_VERIFY_INIT;
	struct ar_checklist list;
	struct ar_verify_ask ask = { .full = opts->full,
				     .offenders_max = opts->list ? SIZE_MAX : SHOWN,
				     .user = &list };
	static const int codes[] = {
		[AR_VERDICT_ALL] = AR_DONE,
		[AR_VERDICT_NOT_ALL] = AR_NOT_AS_WANTED,
		[AR_VERDICT_UNSEEN] = AR_LOOK,
	};

	ar_checklist_init(&list, run->report);
	if (!opts->json)
		ask.progress = on_progress;
	if (read_decrypt(opts->decrypt, &ask.decrypt, err) != 0)
		return -1;
	int ran = ar_verify_run(scan, &ask, &verify, err);
	ar_checklist_end(&list);
	if (ran != 0)
		return -1;
	if (opts->json)
		ar_verify_print(run->report, &verify, codes[verify.verdict]);
	else
		ar_verify_show(run->report, &verify);
	return codes[verify.verdict];
}

static int verify_one(struct ar_run *run, struct ar_scan *scan, struct ar_err *err)
{
	const char *object = run->opts->operand;
	struct ar_verify_one one;
	char name[400];

	if (ar_verify_object(scan, object, &one, err) != 0)
		return -1;
	if (!one.exists) {
		ar_resource_name(&one.scope->resource, name, sizeof name);
		ar_err_set(err, "etcd has no object '%s' of %s", object, name);
		return ar_err_hint(err, "write it as NAMESPACE/NAME; --resource names another "
					"resource than secrets");
	}
	const int code = one.current ? AR_DONE : AR_NOT_AS_WANTED;
	if (run->opts->json)
		ar_verify_print_one(run->report, object, &one, code);
	else if (!run->opts->quiet || !one.current)
		ar_verify_show_one(run->report, object, &one);
	return code;
}

static int run_verify(struct ar_run *run, struct ar_err *err)
{
	AR_NODE_VIEW_AUTO struct ar_node_view view = { .local = AR_LOCAL_INIT };
	AR_SCAN_AUTO struct ar_scan scan = AR_SCAN_INIT;
	const struct ar_options *opts = run->opts;
	const char *one = opts->operand && !opts->resource ? "secrets" : opts->resource;
	const struct ar_scan_ask ask = { .only = one, .namespace = opts->namespace };

	if (opts->operand && opts->decrypt) {
		ar_err_set(err, "one object's state is told without decrypting it");
		ar_err_hint(err, "leave the name away: --decrypt all --namespace NAME");
		return ar_err_class(err, AR_USAGE);
	}
	if (ar_node_view_open(run, false, &view, err) != 0)
		return -1;
	if (ar_creds_open(&run->session, opts->kubeconfig, &view.found.address, &view.creds, err) !=
		    0 ||
	    ar_scan_open(&run->session, &view.local, &view.creds, &ask, &scan, err) != 0)
		return -1;
	return opts->operand ? verify_one(run, &scan, err) : verify_all(run, &scan, err);
}

int ar_cmd_verify(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "verify", run_verify);
}
