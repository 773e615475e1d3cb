/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/look.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/preflight.h"
#include "kube/kubeadmconf.h"
#include "plan/hide.h"

void ar_look_done(struct ar_look *look)
{
	ar_findings_done(&look->seen.findings);
	ar_pod_free(look->pod);
	ar_tree_free(look->tree);
	ar_snapshot_done(&look->file);
}

static int read_any(const struct ar_session *session, const char *path, unsigned flags,
		    struct ar_snapshot *ret, struct ar_err *err)
{
	int got = strcmp(path, "-") == 0 ? ar_file_read_stdin(flags, ret, err)
					 : ar_file_read(&session->host, path, flags, ret, err);

	if (got == 0)
		ar_trace(session, "read %s: %s, %zu bytes, sha256 %s", path,
			 ret->exists ? "there" : "absent", ret->len,
			 ret->exists ? ret->sha256 : "-");
	return got;
}

/* Cheap before exact: a manifest of megabytes is not parsed twice to learn that it is no kubeadm
 * config. */
static bool is_kubeadm(const struct ar_text *text)
{
	static const char group[] = "kubeadm.k8s.io/";
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	struct ar_err unread = AR_ERR_INIT; /* read as a manifest, it says what is wrong */

	return text->len > 0 && memmem(text->data, text->len, group, sizeof group - 1) &&
	       ar_tree_parse(text, AR_TREE_MANY, &tree, &unread) == 0 && ar_kubeadmconf_is(tree);
}

static void look_server(struct ar_look *look, const struct ar_pod *pod)
{
	snprintf(look->server_name, sizeof look->server_name, "%s", pod->name ? pod->name : "");
	look->server = (struct ar_server){ .name = look->server_name,
					   .minor = pod->minor,
					   .patch = pod->patch };
	look->seen.servers = &look->server;
	look->seen.server_count = 1;
}

bool ar_look_is_live(const struct ar_session *session, const char *path)
{
	char folder[512], kubelet[512];

	if (strcmp(path, "-") == 0)
		return false;
	ar_folder_of(path, folder, sizeof folder);
	if (ar_folder_same(&session->host, folder, AR_MANIFESTS))
		return true;
	return ar_static_pod_path(session, kubelet, sizeof kubelet) &&
	       ar_folder_same(&session->host, folder, kubelet);
}

static int look_manifest(const struct ar_session *session, const char *path,
			 const struct ar_goal *goal, struct ar_look *look, struct ar_err *err)
{
	look->seen.live = look->seen.guarded = ar_look_is_live(session, path);
	if (ar_tree_parse(&look->seen.file, 0, &look->tree, err) != 0 ||
	    ar_pod_read(look->tree, goal->container, &look->pod, err) != 0)
		return -1;
	look->seen.pod = look->pod;
	look_server(look, look->pod);
	return ar_preflight(session, path, goal, look, err);
}

int ar_look_patch(const struct ar_session *session, const char *path, struct ar_goal *goal,
		  struct ar_look *ret, struct ar_err *err)
{
	/* A second look is given the kind that the first one found. */
	bool remove = goal->kind == AR_GOAL_UNPATCH || goal->kind == AR_GOAL_UNPERSIST;

	if (read_any(session, path, 0, &ret->file, err) != 0)
		return -1;
	ret->seen.file = ar_snapshot_text(&ret->file);
	if (!is_kubeadm(&ret->seen.file)) {
		int looked = look_manifest(session, path, goal, ret, err);
		ar_hide_source(&ret->seen.file, err);
		return looked;
	}
	goal->kind = remove ? AR_GOAL_UNPERSIST : AR_GOAL_PERSIST;
	return 0;
}

int ar_look_file(const struct ar_session *session, const char *path, bool secret,
		 struct ar_look *ret, struct ar_err *err)
{
	unsigned flags = AR_READ_MAY_LACK | (secret ? AR_READ_SECRET : 0);

	if (read_any(session, path, flags, &ret->file, err) != 0)
		return -1;
	ret->seen.file = ar_snapshot_text(&ret->file);
	if (!ret->file.exists)
		ret->seen.file.data = NULL;
	ret->seen.live = ar_look_is_live(session, path);
	return 0;
}

/* Under --root a folder that belongs to whoever runs this is as good as root's: it becomes root's
 * in the image. */
static bool owner_is_fine(const struct ar_session *session, const struct ar_snapshot *file)
{
	return file->uid == 0 || (session->host.root && file->uid == geteuid());
}

int ar_look_config_file(const struct ar_session *session, const struct ar_snapshot *file,
			struct ar_findings *findings, struct ar_err *err)
{
	if (!owner_is_fine(session, file) &&
	    ar_findings_say(findings, "config-not-root", file->path, "owned by uid %u, not by root",
			    (unsigned)file->uid) != 0)
		return ar_err_oom(err);
	if ((file->mode & 077) && ar_findings_say(findings, "config-mode", file->path,
						  "mode %04o lets others than root at the keys",
						  (unsigned)file->mode & 07777) != 0)
		return ar_err_oom(err);
	return 0;
}

bool ar_look_has_flag(const struct ar_pod *pod)
{
	struct ar_flag flag;

	return ar_pod_flags(pod, AR_FLAG, AR_FLAG_OLD, &flag, 1) > 0;
}
