/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/checklist.h"
#include "cli/node.h"
#include "cli/verify_show.h"

#define SHOWN 20 /* offenders of a resource that are named without --list */

static int read_count(const char *given, int64_t *ret, struct ar_err *err)
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
	ar_err_hint(err, "--decrypt all, how many of each resource (--decrypt 100), or one "
			 "object: --decrypt NAMESPACE/NAME");
	return ar_err_class(err, AR_USAGE);
}

/* What is asked for: one object, with or without a look into it, or all of them. */
struct wanted {
	const char *object; /* NULL: all */
	int64_t decrypt;    /* as in struct ar_verify_ask */
};

/* `--decrypt NAMESPACE/NAME` names the object; beside a name any --decrypt means that one. */
static int read_wanted(const struct ar_options *opts, struct wanted *ret, struct ar_err *err)
{
	const bool names = opts->decrypt && strchr(opts->decrypt, '/');

	*ret = (struct wanted){ .object = opts->operand };
	if (!names)
		return read_count(opts->decrypt, &ret->decrypt, err);
	ret->decrypt = AR_DECRYPT_ALL;
	ret->object = opts->decrypt;
	if (!opts->operand || strcmp(opts->operand, opts->decrypt) == 0)
		return 0;
	ar_err_set(err, "two objects are named: '%s' and '%s'", opts->operand, opts->decrypt);
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

static int verify_all(struct ar_run *run, struct ar_scan *scan, int64_t decrypt, struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	AR_VERIFY_AUTO struct ar_verify verify = AR_VERIFY_INIT;
	struct ar_checklist list;
	struct ar_verify_ask ask = { .full = opts->full,
				     .decrypt = decrypt,
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

static int verify_one(struct ar_run *run, struct ar_scan *scan, const struct wanted *wanted,
		      struct ar_err *err)
{
	const char *object = wanted->object;
	struct ar_verify_one one;
	char name[400];

	if (ar_verify_object(scan, object, wanted->decrypt != AR_DECRYPT_NONE, &one, err) != 0)
		return -1;
	if (!one.exists) {
		ar_resource_name(&one.scope->resource, name, sizeof name);
		ar_err_set(err, "etcd has no object '%s' of %s", object, name);
		return ar_err_hint(err, "write it as NAMESPACE/NAME; --resource names another "
					"resource than secrets");
	}
	const int code = ar_verify_one_is_good(&one) ? AR_DONE : AR_NOT_AS_WANTED;
	if (run->opts->json)
		ar_verify_print_one(run->report, object, &one, code);
	else if (!run->opts->quiet || code != AR_DONE)
		ar_verify_show_one(run->report, object, &one);
	return code;
}

static int run_verify(struct ar_run *run, struct ar_err *err)
{
	AR_NODE_VIEW_AUTO struct ar_node_view view = { .local = AR_LOCAL_INIT };
	AR_SCAN_AUTO struct ar_scan scan = AR_SCAN_INIT;
	const struct ar_options *opts = run->opts;
	struct ar_scan_ask ask = { .only = opts->resource, .namespace = opts->namespace };
	struct wanted wanted;

	if (read_wanted(opts, &wanted, err) != 0)
		return -1;
	if (wanted.object && !opts->resource)
		ask.only = "secrets";
	if (ar_node_view_open(run, false, &view, err) != 0)
		return -1;
	if (ar_creds_open(&run->session, opts->kubeconfig, &view.found.address, &view.creds, err) !=
		    0 ||
	    ar_scan_open(&run->session, &view.local, &view.creds, &ask, &scan, err) != 0)
		return -1;
	return wanted.object ? verify_one(run, &scan, &wanted, err)
			     : verify_all(run, &scan, wanted.decrypt, err);
}

int ar_cmd_verify(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "verify", run_verify);
}
