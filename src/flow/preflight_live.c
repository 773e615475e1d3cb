/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/preflight_live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/members.h"
#include "diag/owners.h"
#include "flow/preflight.h"
#include "host/lock.h"
#include "host/volume.h"

#define OWNER_PATHS 64
#define ROOM_BYTES  ((uint64_t)1 << 20) /* far more than all that is written */
#define ROOM_INODES 16

struct check {
	const struct ar_session *session;
	const struct ar_local_ask *ask;
	struct ar_creds *creds;
	struct ar_local *local;
	struct ar_findings *findings;
};

static int say(struct check *c, const char *id, const char *subject, const char *what,
	       struct ar_err *err)
{
	return ar_findings_say(c->findings, id, subject, "%s", what) != 0 ? ar_err_oom(err) : 0;
}

static bool exists(const struct check *c, const char *path)
{
	int fd = ar_host_openat(&c->session->host, path, O_PATH, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int check_owner(struct check *c, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot kubelet = { .path = NULL };
	struct ar_err unread = AR_ERR_INIT;
	struct ar_owner owner;
	bool there[OWNER_PATHS] = { false };
	char what[400];

	for (size_t i = 0; i < OWNER_PATHS && ar_owner_path(i); i++)
		there[i] = exists(c, ar_owner_path(i));
	struct ar_owner_facts facts = {
		.texts = { [AR_OWNER_MANIFEST] = &c->local->manifest.seen.file }, .exists = there
	};
	struct ar_text text;
	if (ar_file_read(&c->session->host, AR_KUBELET_CONFIG, AR_READ_MAY_LACK, &kubelet,
			 &unread) == 0 &&
	    kubelet.exists) {
		text = ar_snapshot_text(&kubelet);
		facts.texts[AR_OWNER_KUBELET] = &text;
	}
	if (!ar_owner_find(&facts, &owner))
		return 0;
	snprintf(what, sizeof what, "%s makes this control plane (mark: %s); there, %s", owner.name,
		 owner.mark, owner.instead);
	return say(c, "owned-elsewhere", c->ask->manifest, what, err);
}

static int check_kubelet(struct check *c, struct ar_err *err)
{
	struct ar_process *list = NULL;
	size_t count = 0;

	if (ar_process_list(&c->session->host, "kubelet", &list, &count, err) != 0)
		return -1;
	ar_process_list_free(list, count);
	return count ? 0
		     : say(c, "kubelet-stopped", "kubelet", "no kubelet runs on this machine", err);
}

static int check_health(struct check *c, struct ar_err *err)
{
	char what[500];

	if (!c->local->running.seen)
		return say(c, "pod-unhealthy", c->ask->manifest,
			   "no API server of this manifest runs", err);
	if (!c->creds->api || c->local->ready.state == AR_READY_YES)
		return 0;
	snprintf(what, sizeof what, "the API server is not ready: %s", c->local->ready.why);
	return say(c, "pod-unhealthy", c->ask->manifest, what, err);
}

static int check_drift(struct check *c, struct ar_err *err)
{
	if (!c->local->running.seen || !c->local->running.flag ||
	    ar_look_has_flag(c->local->manifest.pod))
		return 0;
	return say(c, "server-flag-drift", c->ask->manifest,
		   "the running API server has --" AR_FLAG ", this manifest has not", err);
}

static int check_members(struct check *c, struct ar_err *err)
{
	AR_MEMBERS_AUTO struct ar_members members = AR_MEMBERS_INIT;
	struct ar_err unread = AR_ERR_INIT;
	char what[600];

	if (!c->creds->api || c->local->ready.state == AR_READY_AWAY ||
	    ar_findings_has(c->findings, "several-servers"))
		return 0;
	if (ar_members_read(c->creds->api, &members, &unread) != 0)
		return unread.sys == ENOMEM ? ar_err_oom(err)
					    : say(c, "members-unseen", "cluster", unread.msg, err);
	if (members.count < 2)
		return 0;
	snprintf(what, sizeof what, "%zu API servers belong to this cluster: %s%s and %s%s",
		 members.count, members.list[0].host, members.list[0].address, members.list[1].host,
		 members.count > 2 ? ", …" : "");
	return say(c, "several-servers", "cluster", what, err);
}

/* The type of a label: "system_u:object_r:etc_t:s0" has etc_t. */
static size_t type_of(const char *label, const char **ret)
{
	const char *at = strchr(label, ':');

	at = at ? strchr(at + 1, ':') : NULL;
	*ret = at ? at + 1 : "";
	return strcspn(*ret, ":");
}

/* A file that was made elsewhere and moved here keeps the label of there. */
static bool other_label(const struct ar_volume_state *state)
{
	const char *file, *folder;
	size_t m = type_of(state->selinux, &file), n = type_of(state->folder_selinux, &folder);

	return m > 0 && n > 0 && (m != n || memcmp(file, folder, n) != 0);
}

/* Room and permission where something will be written. */
static int check_place(struct check *c, const char *path, struct ar_err *err)
{
	struct ar_volume_state state;
	struct ar_err unread = AR_ERR_INIT;
	char what[300];

	if (ar_volume_look(&c->session->host, path, &state, &unread) != 0)
		return 0; /* what cannot be looked at here says so when it is opened */
	if (state.read_only)
		return say(c, "read-only", path, "its file system is mounted read-only", err);
	if (state.immutable || state.append_only)
		return say(c, "immutable", path,
			   "it, or its folder, bears the immutable or append bit", err);
	if (other_label(&state) && say(c, "selinux-context", path, state.selinux, err) != 0)
		return -1;
	if (state.free_bytes >= ROOM_BYTES && state.free_inodes >= ROOM_INODES)
		return 0;
	snprintf(what, sizeof what, "%llu bytes and %llu inodes are free there",
		 (unsigned long long)state.free_bytes, (unsigned long long)state.free_inodes);
	return say(c, "no-space", path, what, err);
}

static int check_places(struct check *c, struct ar_err *err)
{
	const char *const places[] = { c->ask->manifest, c->ask->config,
				       AR_STATE_DIR "/records/x" };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (check_place(c, places[i], err) != 0)
			return -1;
	return 0;
}

int ar_preflight_live(const struct ar_session *session, const struct ar_local_ask *ask,
		      struct ar_creds *creds, struct ar_local *local, bool health,
		      struct ar_err *err)
{
	static int (*const checks[])(struct check *, struct ar_err *) = {
		check_owner, check_kubelet, check_drift, check_members, check_places,
	};
	struct check c = { .session = session,
			   .ask = ask,
			   .creds = creds,
			   .local = local,
			   .findings = &local->manifest.seen.findings };

	if (session->host.root) /* an image: nothing of it runs */
		return 0;
	if (health && check_health(&c, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if (checks[i](&c, err) != 0)
			return -1;
	return 0;
}
