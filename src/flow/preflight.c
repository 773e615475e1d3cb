/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/preflight.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "diag/encheck.h"
#include "flow/guard.h"
#include "kube/kubeletconf.h"

/* What every check here works with. */
struct check {
	const struct ar_session *session;
	const char *path; /* the manifest */
	char folder[512];
	const struct ar_goal *goal;
	const struct ar_pod *pod;
	struct ar_findings *findings;
};

void ar_folder_of(const char *path, char *buf, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		snprintf(buf, size, ".");
	else
		snprintf(buf, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

const char *ar_static_pod_path(const struct ar_session *session, char *buf, size_t size)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	struct ar_err err = AR_ERR_INIT;

	if (ar_file_read(&session->host, AR_KUBELET_CONFIG, AR_READ_MAY_LACK, &file, &err) != 0 ||
	    !file.exists)
		return NULL;
	struct ar_text text = ar_snapshot_text(&file);
	if (ar_tree_parse(&text, AR_TREE_FIRST, &tree, &err) != 0)
		return NULL;
	return ar_kubeletconf_static_pod_path(tree, buf, size);
}

static int add(struct check *c, const char *id, const char *subject, const char *what,
	       struct ar_err *err)
{
	return ar_findings_say(c->findings, id, subject, "%s", what) != 0 ? ar_err_oom(err) : 0;
}

static int check_static_pod_path(struct check *c, struct ar_err *err)
{
	char path[512], what[700];

	if (!ar_static_pod_path(c->session, path, sizeof path) ||
	    ar_folder_same(&c->session->host, c->folder, path))
		return 0;
	snprintf(what, sizeof what, "the kubelet reads its static pods from '%s', not from '%s'",
		 path, c->folder);
	return add(c, "static-pod-path", AR_KUBELET_CONFIG, what, err);
}

static int check_rival(struct check *c, const struct ar_entry *entry, struct ar_err *err)
{
	struct ar_host host = c->session->host;
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	struct ar_err unread = AR_ERR_INIT;
	char path[1024], why[300];

	host.follow = true; /* the kubelet follows links, too */
	snprintf(path, sizeof path, "%s/%s", c->folder, entry->name);
	if (ar_file_read(&host, path, AR_READ_MAY_LACK, &file, &unread) != 0)
		return S_ISDIR(entry->mode) ? 0 : add(c, "rival-manifest", path, unread.msg, err);
	struct ar_text text = ar_snapshot_text(&file);
	if (!file.exists || !ar_pod_rivals(&text, c->pod->namespace, c->pod->name, why, sizeof why))
		return 0;
	return add(c, "rival-manifest", path, why, err);
}

static int check_rivals(struct check *c, struct ar_err *err)
{
	const char *own = strrchr(c->path, '/');
	struct ar_entry *entries = NULL;
	size_t count = 0;
	int result = 0;

	if (ar_folder_list(&c->session->host, c->folder, &entries, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++)
		if (strcmp(entries[i].name, own ? own + 1 : c->path) != 0)
			result = check_rival(c, &entries[i], err);
	free(entries);
	return result;
}

/* A joined control-plane node keeps no list of its peers on disk; what shows them are the members
 * that the local etcd was started with, and a kubeadm file that was used to join as a control
 * plane. */
static int check_servers(struct check *c, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot etcd = { .path = NULL };
	struct ar_err unread = AR_ERR_INIT;
	char path[600], what[200];

	snprintf(path, sizeof path, "%s/etcd.yaml", c->folder);
	if (ar_file_read(&c->session->host, path, AR_READ_MAY_LACK, &etcd, &unread) != 0 ||
	    !etcd.exists)
		return 0;
	struct ar_text text = ar_snapshot_text(&etcd);
	size_t members = ar_etcd_members(&text);
	if (members < 2)
		return 0;
	snprintf(what, sizeof what,
		 "etcd here has %zu members, so there are other API servers that do not have the "
		 "key yet",
		 members);
	return add(c, "several-servers", path, what, err);
}

static int check_kubeadm_file(struct check *c, const char *path, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	struct ar_err unread = AR_ERR_INIT;

	if (ar_file_read(&c->session->host, path, AR_READ_MAY_LACK, &file, &unread) != 0 ||
	    !file.exists)
		return 0;
	struct ar_text text = ar_snapshot_text(&file);
	if (ar_tree_parse(&text, AR_TREE_MANY, &tree, &unread) != 0)
		return 0;
	for (size_t i = 0; i < ar_tree_documents(tree); i++) {
		const struct ar_node *root = ar_tree_root(tree, i);
		const struct ar_node *kind = ar_map_get(tree, root, "kind");
		if (kind && ar_node_is(tree, kind, "JoinConfiguration") &&
		    ar_map_get(tree, root, "controlPlane"))
			return add(c, "several-servers", path,
				   "this node joined a control plane that was there before it",
				   err);
	}
	return 0;
}

static int check_kubeadm_files(struct check *c, struct ar_err *err)
{
	struct ar_entry *entries = NULL;
	size_t count = 0;
	int result = 0;

	if (ar_folder_list(&c->session->host, "/etc/kubernetes", &entries, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++) {
		char path[600];
		if (!S_ISREG(entries[i].mode) || fnmatch("kubeadm*", entries[i].name, 0) != 0)
			continue;
		snprintf(path, sizeof path, "/etc/kubernetes/%s", entries[i].name);
		result = check_kubeadm_file(c, path, err);
	}
	free(entries);
	return result;
}

/* The file's own findings, and one that sums them up where the API server would refuse it. */
static int check_config_content(struct check *c, const struct ar_snapshot *file, struct ar_err *err)
{
	const struct ar_encconf_opts opts = { .minor = c->pod->minor,
					      .hot_reload = c->goal->wanted.hot_reload };
	AR_FINDINGS_AUTO struct ar_findings own = AR_FINDINGS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_text text = ar_snapshot_text(file);
	char what[200];

	if (ar_encconf_check(&text, &opts, &own, &tree, &conf, err) != 0)
		return -1;
	size_t errors = ar_findings_count(&own, AR_ERROR);
	if (errors == 0)
		return 0;
	snprintf(what, sizeof what,
		 "the API server would refuse this file (%zu error%s) and not start", errors,
		 errors == 1 ? "" : "s");
	return add(c, "config-invalid", c->goal->wanted.config, what, err);
}

static int check_config(struct check *c, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	const char *path = c->goal->wanted.config;
	struct ar_err unread = AR_ERR_INIT;

	if (c->goal->config_judged)
		return 0;
	if (ar_file_read(&c->session->host, path, AR_READ_SECRET | AR_READ_MAY_LACK, &file,
			 &unread) != 0)
		return add(c, "config-unreadable", path, unread.msg, err);
	if (!file.exists && c->goal->config_coming)
		return 0;
	if (!file.exists)
		return add(c, "config-missing", path, "there is no such file on this host", err);
	if (ar_look_config_file(c->session, &file, c->findings, err) != 0)
		return -1;
	return check_config_content(c, &file, err);
}

static int check_version(struct check *c, struct ar_err *err)
{
	char what[200];
	int minor = c->pod->minor;

	if (minor < 0)
		return 0;
	if (minor < 13) {
		snprintf(what, sizeof what, "kube-apiserver 1.%d does not know --" AR_FLAG, minor);
		return add(c, "flag-unsupported", c->path, what, err);
	}
	if (c->goal->wanted.hot_reload && minor < 29) {
		snprintf(what, sizeof what, "kube-apiserver 1.%d does not reload the file reliably",
			 minor);
		return add(c, "hot-reload-version", c->path, what, err);
	}
	return 0;
}

static int check_still_encrypted(struct check *c, struct ar_err *err)
{
	return ar_look_has_flag(c->pod)
		       ? ar_guard_flag(c->session, c->pod, c->path, c->findings, err)
		       : 0;
}

/* 0: it is a manifest that can be understood; the pod borrows from the tree. */
static int read_pod(const struct ar_text *text, struct ar_tree **ret_tree, struct ar_pod **ret_pod)
{
	struct ar_err broken = AR_ERR_INIT;

	return ar_tree_parse(text, 0, ret_tree, &broken) != 0
		       ? -1
		       : ar_pod_read(*ret_tree, NULL, ret_pod, &broken);
}

static bool has_flag(const struct ar_text *text)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_POD_AUTO struct ar_pod *pod = NULL;

	return read_pod(text, &tree, &pod) == 0 && ar_look_has_flag(pod);
}

int ar_preflight_restore(const struct ar_session *session, const struct ar_look *look,
			 const struct ar_text *then, struct ar_findings *findings,
			 struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_POD_AUTO struct ar_pod *pod = NULL;
	const struct ar_text *now = &look->seen.file;

	if (!look->seen.live || !now->data ||
	    !memmem(now->data, now->len, "--" AR_FLAG, strlen("--" AR_FLAG)) ||
	    (then->data && has_flag(then)))
		return 0;
	if (read_pod(now, &tree, &pod) == 0)
		return ar_look_has_flag(pod)
			       ? ar_guard_flag(session, pod, look->file.path, findings, err)
			       : 0;
	/* A broken one mentions it, and does not say where its etcd is. */
	int said = ar_findings_say(findings, "still-encrypted", look->file.path,
				   "the manifest cannot be understood, so whether values are "
				   "encrypted could not be counted");
	return said != 0 ? ar_err_oom(err) : 0;
}

static int run(struct check *c, int (*const checks[])(struct check *, struct ar_err *),
	       struct ar_err *err)
{
	for (size_t i = 0; checks[i]; i++)
		if (checks[i](c, err) != 0)
			return -1;
	return 0;
}

/* A file elsewhere may be meant for another machine: what is missing on this one is worth a note,
 * no more. */
static void inform_only(struct ar_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		findings->list[i].severity = AR_NOTE;
}

int ar_preflight(const struct ar_session *session, const char *path, const struct ar_goal *goal,
		 struct ar_look *look, struct ar_err *err)
{
	static int (*const patching[])(struct check *, struct ar_err *) = {
		check_static_pod_path, check_rivals,  check_servers, check_kubeadm_files,
		check_config,          check_version, NULL,
	};
	static int (*const removing[])(struct check *, struct ar_err *) = {
		check_static_pod_path,
		check_rivals,
		check_still_encrypted,
		NULL,
	};
	static int (*const elsewhere[])(struct check *, struct ar_err *) = { check_config,
									     check_version, NULL };
	struct check c = { .session = session,
			   .path = path,
			   .goal = goal,
			   .pod = look->pod,
			   .findings = &look->seen.findings };

	ar_folder_of(path, c.folder, sizeof c.folder);
	if (look->seen.live)
		return run(&c, goal->kind == AR_GOAL_UNPATCH ? removing : patching, err);
	if (goal->kind == AR_GOAL_UNPATCH)
		return 0;
	if (run(&c, elsewhere, err) != 0)
		return -1;
	inform_only(&look->seen.findings);
	return 0;
}
