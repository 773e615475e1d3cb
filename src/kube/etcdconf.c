/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/etcdconf_impl.h"
#include "kube/govalues.h"

#define MANY       16 /* settings of one flag; nobody has so many */
#define PORT       2379u
#define INTERVAL_S 300u
#define SECOND_NS  INT64_C(1000000000)

void ar_etcdconf_done(struct ar_etcdconf *conf)
{
	free(conf->overrides);
	*conf = (struct ar_etcdconf)AR_ETCDCONF_INIT;
}

const struct ar_etcd_override *ar_etcdconf_override(const struct ar_etcdconf *conf,
						    const char *resource, const char *group)
{
	const struct ar_etcd_override *best = NULL;

	for (size_t i = 0; i < conf->override_count; i++) {
		const struct ar_etcd_override *one = &conf->overrides[i];
		bool exact = strcmp(one->resource, resource) == 0;
		bool any = strcmp(one->resource, "*") == 0 &&
			   !(best && strcmp(best->resource, resource) == 0);
		/* Of two for the same the later holds. */
		if (strcmp(one->group, group) == 0 && (exact || any))
			best = one;
	}
	return best;
}

/* --- flags ----------------------------------------------------------------------------------- */

struct flags { /* the settings of one flag that have a value, in order */
	const struct ar_pod *pod;
	const char *name;
	struct ar_flag list[MANY];
	size_t count;
};

static int find_flags(const struct ar_pod *pod, const char *name, struct flags *ret,
		      struct ar_err *err)
{
	size_t kept = 0;

	*ret = (struct flags){ .pod = pod, .name = name };
	ret->count = ar_pod_flags(pod, name, NULL, ret->list, MANY);
	if (ret->count > MANY)
		return ar_err_set(err, "--%s stands more than %d times", name, MANY);
	for (size_t i = 0; i < ret->count; i++)
		if (ret->list[i].value && *ret->list[i].value)
			ret->list[kept++] = ret->list[i];
	ret->count = kept;
	return 0;
}

static int flag_err(struct ar_err *err, const struct flags *flags, size_t index, const char *what)
{
	const struct ar_flag *flag = &flags->list[index];
	const struct ar_arg *arg = &flags->pod->args[flag->index + (flag->separate ? 1 : 0)];

	return ar_node_err(err, flags->pod->tree, arg->node, "--%s: %s", flags->name, what);
}

static int server_err(struct ar_err *err, const struct flags *flags, size_t index,
		      enum ar_etcd_fault fault, size_t which)
{
	char what[200];

	snprintf(what, sizeof what, "server %zu %s", which, ar__etcd_faults[fault].what);
	flag_err(err, flags, index, what);
	return ar_err_hint(err, "%s", ar__etcd_faults[fault].hint);
}

/* The value that holds: the last one. */
static int last_value(const struct ar_pod *pod, const char *name, const char **ret,
		      struct ar_err *err)
{
	struct flags flags;

	if (find_flags(pod, name, &flags, err) != 0)
		return -1;
	*ret = flags.count ? flags.list[flags.count - 1].value : NULL;
	return 0;
}

static struct ar_word word_of(const char *text)
{
	return (struct ar_word){ text, strlen(text) };
}

static int take_servers(const struct ar_pod *pod, struct ar_etcdconf *conf, struct ar_err *err)
{
	struct flags flags;
	size_t which;

	if (find_flags(pod, "etcd-servers", &flags, err) != 0)
		return -1;
	for (size_t i = 0; i < flags.count; i++) {
		enum ar_etcd_fault fault = ar__etcd_servers(word_of(flags.list[i].value), ',',
							    conf->servers, &conf->server_count,
							    &which);
		if (fault != AR_ETCD_FINE)
			return server_err(err, &flags, i, fault, which);
	}
	if (conf->server_count == 0)
		conf->servers[conf->server_count++] = (struct ar_etcd_server){ .host = "127.0.0.1",
									       .port = PORT };
	return 0;
}

/* --- overrides ------------------------------------------------------------------------------- */

static bool copy_word(struct ar_word word, char *buf, size_t size)
{
	if (word.len >= size)
		return false;
	memcpy(buf, word.at, word.len);
	buf[word.len] = '\0';
	return true;
}

/* GROUP/RESOURCE#URL;URL. Returns what is wrong with it, NULL: nothing. */
static const char *read_override(struct ar_word text, struct ar_etcd_override *ret)
{
	struct ar_word servers = text, resource = ar__cut(&servers, '#'),
		       group = ar__cut(&resource, '/');
	size_t which;

	*ret = (struct ar_etcd_override){ .server_count = 0 };
	if (servers.len == 0 || resource.len == 0 || memchr(servers.at, '#', servers.len) ||
	    memchr(resource.at, '/', resource.len) ||
	    !copy_word(group, ret->group, sizeof ret->group) ||
	    !copy_word(resource, ret->resource, sizeof ret->resource))
		return "is not of the form GROUP/RESOURCE#URL;URL";
	enum ar_etcd_fault fault = ar__etcd_servers(servers, ';', ret->servers, &ret->server_count,
						    &which);
	/* Events in an etcd of their own are no reason to leave the Secrets unseen. */
	if (fault == AR_ETCD_HTTP)
		ret->server_count = 0;
	return fault == AR_ETCD_FINE || fault == AR_ETCD_HTTP ? NULL : ar__etcd_faults[fault].what;
}

static int add_override(struct ar_word text, struct ar_etcdconf *conf, const char **ret_wrong,
			struct ar_err *err)
{
	struct ar_etcd_override *list = realloc(conf->overrides,
						(conf->override_count + 1) * sizeof *list);

	if (!list)
		return ar_err_oom(err);
	conf->overrides = list;
	*ret_wrong = read_override(text, &list[conf->override_count]);
	conf->override_count += *ret_wrong ? 0 : 1;
	return 0;
}

static int take_override_flag(const struct flags *flags, size_t index, struct ar_etcdconf *conf,
			      struct ar_err *err)
{
	struct ar_word list = word_of(flags->list[index].value);

	for (size_t which = 1; list.len > 0; which++) {
		const char *wrong = NULL;
		char what[200];

		if (add_override(ar__cut(&list, ','), conf, &wrong, err) != 0)
			return -1;
		if (!wrong)
			continue;
		snprintf(what, sizeof what, "item %zu %s", which, wrong);
		flag_err(err, flags, index, what);
		return ar_err_hint(err, "write GROUP/RESOURCE#https://HOST:PORT");
	}
	return 0;
}

static int take_overrides(const struct ar_pod *pod, struct ar_etcdconf *conf, struct ar_err *err)
{
	struct flags flags;

	if (find_flags(pod, "etcd-servers-overrides", &flags, err) != 0)
		return -1;
	for (size_t i = 0; i < flags.count; i++)
		if (take_override_flag(&flags, i, conf, err) != 0)
			return -1;
	return 0;
}

/* --- the rest -------------------------------------------------------------------------------- */

struct file_flag {
	const char *flag, *usual;
};

/* The host's path of a file. A file that the flag names and nothing mounts is said as it stands:
 * whoever opens it says that it is not there. */
static int take_file(const struct ar_pod *pod, const struct file_flag *file, char ret[512],
		     struct ar_err *err)
{
	const char *value;
	const struct ar_env_mount *mount;

	if (last_value(pod, file->flag, &value, err) != 0)
		return -1;
	const char *path = value ? value : file->usual;
	char host[512];
	if (!ar_pod_host_path(pod, path, host, sizeof host, &mount)) {
		if (!mount && strlen(path) >= sizeof host)
			return ar_err_set(err, "the path of --%s is too long", file->flag);
		snprintf(host, sizeof host, "%s", mount ? "" : path);
	}
	snprintf(ret, sizeof host, "%s", host);
	return 0;
}

static int take_files(const struct ar_pod *pod, struct ar_etcdconf *conf, struct ar_err *err)
{
	static const struct file_flag ca = { "etcd-cafile", "/etc/kubernetes/pki/etcd/ca.crt" };
	static const struct file_flag cert = { "etcd-certfile",
					       "/etc/kubernetes/pki/apiserver-etcd-client.crt" };
	static const struct file_flag key = { "etcd-keyfile",
					      "/etc/kubernetes/pki/apiserver-etcd-client.key" };

	return take_file(pod, &ca, conf->ca, err) != 0 ||
			       take_file(pod, &cert, conf->cert, err) != 0 ||
			       take_file(pod, &key, conf->key, err) != 0
		       ? -1
		       : 0;
}

static int take_prefix(const struct ar_pod *pod, struct ar_etcdconf *conf, struct ar_err *err)
{
	const char *value;
	char slashed[sizeof conf->prefix];

	if (last_value(pod, "etcd-prefix", &value, err) != 0)
		return -1;
	int len = snprintf(slashed, sizeof slashed, "/%s", value ? value : "registry");
	if (len < 0 || (size_t)len >= sizeof slashed ||
	    !ar_path_clean(slashed, conf->prefix, sizeof conf->prefix))
		return ar_err_set(err, "the path of --etcd-prefix is too long");
	return 0;
}

static int take_interval(const struct ar_pod *pod, struct ar_etcdconf *conf, struct ar_err *err)
{
	const char *value;
	int64_t ns;

	if (last_value(pod, "etcd-compaction-interval", &value, err) != 0)
		return -1;
	conf->compaction_s = INTERVAL_S;
	if (!value || !ar_go_duration(value, strlen(value), &ns))
		return 0; /* with one that is no duration the API server does not run at all */
	int64_t seconds = ns <= 0 ? 0 : ns / SECOND_NS + (ns % SECOND_NS ? 1 : 0);
	conf->compaction_s = (unsigned)(seconds < INT32_MAX ? seconds : INT32_MAX);
	return 0;
}

static int take_media_type(const struct ar_pod *pod, struct ar_etcdconf *conf, struct ar_err *err)
{
	const char *value;

	if (last_value(pod, "storage-media-type", &value, err) != 0)
		return -1;
	conf->storage_json = value && strcmp(value, "application/json") == 0;
	return 0;
}

int ar_etcdconf_read(const struct ar_pod *pod, struct ar_etcdconf *ret, struct ar_err *err)
{
	AR_ETCDCONF_AUTO struct ar_etcdconf conf = AR_ETCDCONF_INIT;

	if (take_servers(pod, &conf, err) != 0 || take_files(pod, &conf, err) != 0 ||
	    take_prefix(pod, &conf, err) != 0 || take_overrides(pod, &conf, err) != 0 ||
	    take_interval(pod, &conf, err) != 0 || take_media_type(pod, &conf, err) != 0)
		return -1;
	*ret = conf;
	conf = (struct ar_etcdconf)AR_ETCDCONF_INIT;
	return 0;
}
