/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/creds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/file.h"
#include "kube/kubeconfig.h"

void ar_creds_done(struct ar_creds *creds)
{
	ar_api_close(creds->api);
	*creds = (struct ar_creds){ .api = NULL };
}

/* What the kubeconfig names by path. Relative paths are relative to its own folder. */
static int fill(const struct ar_session *session, struct ar_kubeconfig *conf,
		enum ar_kubeconfig_part part, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	const struct ar_kubeconfig_blob *blob = &conf->parts[part];
	const char *slash = strrchr(conf->from, '/');
	struct ar_host host = session->host;
	char path[600];

	if (blob->data || !blob->path[0])
		return 0;
	host.follow = true; /* kubelets' certificates are links */
	if (blob->path[0] == '/' || !slash)
		snprintf(path, sizeof path, "%s", blob->path);
	else
		snprintf(path, sizeof path, "%.*s/%s", (int)(slash - conf->from), conf->from,
			 blob->path);
	if (ar_file_read(&host, path, AR_READ_SECRET, &file, err) != 0)
		return -1;
	return ar_kubeconfig_fill(conf, part, file.data, file.len, err);
}

static int open_file(const struct ar_session *session, const char *path,
		     const struct ar_api_where *where, struct ar_creds *ret, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	AR_KUBECONFIG_AUTO struct ar_kubeconfig conf = AR_KUBECONFIG_INIT;

	if (ar_file_read(&session->host, path, AR_READ_SECRET, &file, err) != 0)
		return -1;
	struct ar_text text = ar_snapshot_text(&file);
	if (ar_kubeconfig_read(&text, &conf, err) != 0)
		return -1;
	for (size_t i = 0; i < AR_KUBECONFIG_PARTS; i++)
		if (fill(session, &conf, (enum ar_kubeconfig_part)i, err) != 0)
			return -1;
	if (ar_api_open(&conf, where, &ret->api, err) != 0)
		return -1;
	snprintf(ret->file, sizeof ret->file, "%s", path);
	ar_trace(session, "credentials from %s", path);
	return 0;
}

int ar_creds_open(const struct ar_session *session, const char *given,
		  const struct ar_api_where *where, struct ar_creds *ret, struct ar_err *err)
{
	static const char *const usual[] = { AR_ADMIN_CONF, AR_SUPER_ADMIN_CONF };
	struct ar_err first = AR_ERR_INIT;

	*ret = (struct ar_creds){ .api = NULL };
	if (session->host.root) { /* an image has no server */
		snprintf(ret->why, sizeof ret->why, "under --root no server is asked");
		return 0;
	}
	if (given)
		return open_file(session, given, where, ret, err);
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
		struct ar_err unread = AR_ERR_INIT;
		if (open_file(session, usual[i], where, ret, &unread) == 0)
			return 0;
		if (unread.sys == ENOMEM)
			return ar_err_oom(err);
		if (i == 0)
			first = unread;
	}
	snprintf(ret->why, sizeof ret->why, "no credentials: %.300s", first.msg);
	return 0;
}
