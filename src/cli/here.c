/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/here.h"

#include <stdio.h>

static int read_manifest(const struct ar_run *run, struct ar_snapshot *ret, struct ar_err *err)
{
	return ar_file_read(&run->session.host, AR_DEFAULT_MANIFEST, AR_READ_MAY_LACK, ret, err);
}

int ar_here_minor(const struct ar_run *run)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_POD_AUTO struct ar_pod *pod = NULL;
	struct ar_err ignored = AR_ERR_INIT;

	if (read_manifest(run, &file, &ignored) != 0 || !file.exists)
		return -1;
	struct ar_text text = ar_snapshot_text(&file);
	if (ar_tree_parse(&text, 0, &tree, &ignored) != 0 ||
	    ar_pod_read(tree, NULL, &pod, &ignored) != 0)
		return -1;
	return pod->minor;
}

static int look_manifest(const struct ar_run *run, struct ar_here *here, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };

	if (read_manifest(run, &file, err) != 0)
		return -1;
	here->manifest = file.exists;
	return file.exists
		       ? ar_local_find(&run->session, AR_DEFAULT_MANIFEST, NULL, &here->found, err)
		       : 0;
}

int ar_here_look(const struct ar_run *run, struct ar_here *ret, struct ar_err *err)
{
	const char *given = run->opts->config;
	struct ar_err unread = AR_ERR_INIT;

	*ret = (struct ar_here){ .minor = ar_here_minor(run) };
	if (look_manifest(run, ret, given ? &unread : err) != 0 && !given)
		return ar_err_hint(err, "say which file is meant: --config FILE");
	if (given)
		return ar_run_absolute(run, given, ret->config, sizeof ret->config, err);
	snprintf(ret->config, sizeof ret->config, "%s", ret->found.config);
	return 0;
}
