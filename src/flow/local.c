/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/local.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "diag/encheck.h"

void ar_local_done(struct ar_local *node)
{
	ar_look_done(&node->manifest);
	ar_look_done(&node->config);
	ar_look_done(&node->old);
	ar_running_done(&node->running);
	ar_configmap_done(&node->kubeadm);
	*node = (struct ar_local)AR_LOCAL_INIT;
}

/* The entry that Secrets are written by: the first that names them, or all there is. */
static const struct ar_enc_entry *entry_of_secrets(const struct ar_encconf *conf)
{
	static const char *const names[] = { "secrets", "secrets.", "*.", "*.*" };

	for (size_t e = 0; e < conf->entry_count; e++)
		for (size_t r = 0; r < conf->entries[e].resource_count; r++)
			for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
				if (strcmp(conf->entries[e].resources[r], names[n]) == 0)
					return &conf->entries[e];
	return NULL;
}

/* A good file that encrypts nothing is not what anybody turns on. */
static int judge_writer(const struct ar_local_ask *ask, const struct ar_encconf *conf,
			struct ar_findings *findings, struct ar_err *err)
{
	const struct ar_enc_entry *entry = entry_of_secrets(conf);
	int said = 0;

	if (!entry)
		said = ar_findings_say(
			findings, "identity-writes", ask->config,
			"no entry of it names secrets: they are stored in plain text");
	else if (entry->provider_count > 0 && entry->providers[0].kind == AR_IDENTITY)
		said = ar_findings_say(
			findings, "identity-writes", ask->config,
			"identity is the first provider of secrets: new ones are stored "
			"in plain text");
	return said != 0 ? ar_err_oom(err) : 0;
}

static int judge_config(const struct ar_session *session, const struct ar_local_ask *ask,
			struct ar_local *node, struct ar_err *err)
{
	const struct ar_encconf_opts opts = { .minor = node->manifest.server.minor,
					      .hot_reload = ask->hot_reload,
					      .lints = true };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_findings *findings = &node->config.seen.findings;

	node->config.seen.guarded = true;
	if (!node->config.file.exists) {
		int said = ask->patch->config_coming
				   ? 0
				   : ar_findings_say(findings, "config-missing", ask->config,
						     "there is no such file on this host");
		return said != 0 ? ar_err_oom(err) : 0;
	}
	if (ar_look_config_file(session, &node->config.file, findings, err) != 0)
		return -1;
	if (ar_encconf_check(&node->config.seen.file, &opts, findings, &tree, &conf, err) != 0)
		return -1;
	return conf && !ar_encconf_refused(findings) ? judge_writer(ask, conf, findings, err) : 0;
}

static int look_files(const struct ar_session *session, const struct ar_local_ask *ask,
		      struct ar_local *node, struct ar_err *err)
{
	ask->patch->config_judged = true;
	if (ar_look_patch(session, ask->manifest, ask->patch, &node->manifest, err) != 0)
		return -1;
	if (!node->manifest.pod) {
		ar_err_set(err, "'%s' is no manifest of a kube-apiserver", ask->manifest);
		return ar_err_hint(err, "for a kubeadm config use 'atrest patch'");
	}
	if (ar_look_file(session, ask->config, true, &node->config, err) != 0 ||
	    judge_config(session, ask, node, err) != 0)
		return -1;
	if (ask->old && ar_look_file(session, ask->old, true, &node->old, err) != 0)
		return -1;
	node->old.seen.guarded = true;
	return 0;
}

bool ar_local_started_later(const struct ar_local *local)
{
	int64_t read_ns = local->running.process.started_ns;

	if (local->measured && local->loaded.has_reload_success &&
	    (int64_t)(local->loaded.reload_success * 1e9) > read_ns)
		read_ns = (int64_t)(local->loaded.reload_success * 1e9);
	return read_ns >= local->config.file.mtime_ns;
}

/* By the hash where the server tells it; before 1.34 by time: it read the file when it started, or
 * when it reloaded it last. */
static enum ar_load load_of(const struct ar_local *node)
{
	const struct ar_snapshot *config = &node->config.file;

	if (!node->running.seen || !node->running.flag)
		return AR_LOAD_NOTHING;
	if (!config->exists)
		return AR_LOAD_OTHER;
	if (node->measured && node->loaded.has_hash)
		return strcmp(node->loaded.hash, config->sha256) == 0 ? AR_LOAD_CURRENT
								      : AR_LOAD_OTHER;
	return ar_local_started_later(node) ? AR_LOAD_CURRENT : AR_LOAD_OTHER;
}

static int measure(struct ar_creds *creds, struct ar_local *node, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = AR_BUF_INIT;
	struct ar_err unread = AR_ERR_INIT;

	if (ar_api_metrics(creds->api, &text, &unread) != 0) {
		snprintf(node->unseen, sizeof node->unseen, "%.380s", unread.msg);
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	}
	ar_loaded_read(ar_buf_text(&text), text.len, &node->loaded);
	node->measured = true;
	return 0;
}

static int ask_server(struct ar_creds *creds, struct ar_local *node, struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;

	node->measured = false;
	node->asks = creds->api != NULL;
	node->ready = (struct ar_ready){ .state = AR_READY_AWAY };
	if (!creds->api) {
		snprintf(node->unseen, sizeof node->unseen, "%s", creds->why);
		return 0;
	}
	node->unseen[0] = '\0';
	if (ar_api_ready(creds->api, &node->ready, &unread) != 0) {
		snprintf(node->unseen, sizeof node->unseen, "%.380s", unread.msg);
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	}
	if (node->ready.state == AR_READY_AWAY)
		snprintf(node->unseen, sizeof node->unseen, "%.380s", node->ready.why);
	return node->ready.state == AR_READY_AWAY ? 0 : measure(creds, node, err);
}

int ar_local_look_server(const struct ar_session *session, struct ar_creds *creds,
			 struct ar_local *node, struct ar_err *err)
{
	ar_running_done(&node->running);
	if (ar_server_look(session, node->manifest.pod, &node->running, err) != 0 ||
	    ask_server(creds, node, err) != 0)
		return -1;
	node->server = node->manifest.server;
	node->image = session->host.root != NULL;
	node->server.load = node->image ? AR_LOAD_UNKNOWN : load_of(node);
	node->server.reloads = node->running.reloads;
	return 0;
}

static int look_kubeadm(struct ar_creds *creds, struct ar_local *node, struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;

	if (!creds->api || node->ready.state == AR_READY_AWAY)
		return 0;
	if (ar_configmap_read(creds->api, &ar_kubeadm_configmap, &node->kubeadm, &unread) != 0) {
		snprintf(node->unseen, sizeof node->unseen, "%.380s", unread.msg);
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	}
	node->kubeadm_seen = node->kubeadm.exists && node->kubeadm.has_key ? AR_KUBEADM_THERE
									   : AR_KUBEADM_ABSENT;
	return 0;
}

static void compose(struct ar_local *node)
{
	node->seen = (struct ar_plane){ .config = node->config.seen,
					.manifest = node->manifest.seen,
					.old = node->old.seen };
	node->seen.manifest.servers = &node->server;
	node->seen.manifest.server_count = node->image ? 0 : 1; /* an image runs none */
	node->seen.kubeadm.file.name = "ConfigMap kube-system/kubeadm-config";
	if (node->kubeadm_seen != AR_KUBEADM_THERE)
		return;
	node->seen.kubeadm.file.data = ar_buf_text(&node->kubeadm.text);
	node->seen.kubeadm.file.len = node->kubeadm.text.len;
}

int ar_local_look(const struct ar_session *session, const struct ar_local_ask *ask,
		  struct ar_creds *creds, struct ar_local *ret, struct ar_err *err)
{
	if (look_files(session, ask, ret, err) != 0 ||
	    ar_local_look_server(session, creds, ret, err) != 0 ||
	    (ask->kubeadm && look_kubeadm(creds, ret, err) != 0))
		return -1;
	compose(ret);
	return 0;
}

/* --- what the manifest says already ---------------------------------------------------------- */

static const char *flag_value(const struct ar_pod *pod, const char *name, const char *old_name)
{
	struct ar_flag flags[8];
	size_t count = ar_pod_flags(pod, name, old_name, flags, 8);

	if (count == 0)
		return NULL;
	return flags[(count < 8 ? count : 8) - 1].value;
}

/* The advertise address; a server without one listens on every address, and is probed on one. */
static void find_address(const struct ar_pod *pod, struct ar_found *ret)
{
	const char *address = flag_value(pod, "advertise-address", NULL);

	snprintf(ret->host, sizeof ret->host, "%s", address ? address : "");
	ret->address = (struct ar_api_where){ .address = ret->host[0] ? ret->host : NULL,
					      .port = ar_server_port(pod) };
}

int ar_local_find(const struct ar_session *session, const char *manifest, const char *container,
		  struct ar_found *ret, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_POD_AUTO struct ar_pod *pod = NULL;

	*ret = (struct ar_found){ .flag = "" };
	if (ar_file_read(&session->host, manifest, 0, &file, err) != 0)
		return -1;
	struct ar_text text = ar_snapshot_text(&file);
	if (ar_tree_parse(&text, 0, &tree, err) != 0 ||
	    ar_pod_read(tree, container, &pod, err) != 0)
		return -1;
	const char *flag = flag_value(pod, AR_FLAG, AR_FLAG_OLD);
	const char *reload = flag_value(pod, AR_FLAG_RELOAD, NULL);
	const struct ar_env_mount *mount = NULL;
	ret->reloads = reload && strcmp(reload, "true") == 0;
	find_address(pod, ret);
	if (!flag)
		return 0;
	snprintf(ret->flag, sizeof ret->flag, "%s", flag);
	if (!ar_pod_host_path(pod, flag, ret->config, sizeof ret->config, &mount))
		ret->config[0] = '\0';
	if (mount)
		snprintf(ret->volume, sizeof ret->volume, "%s", mount->name);
	return 0;
}
