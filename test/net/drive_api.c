/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/canary.h"
#include "api/configmap.h"
#include "api/members.h"
#include "drive.h"
#include "kube/kubeconfig.h"

/* Commands of `drive-net api`: each prints what came, or the error. */

static int show_ready(struct ar_api *api, char **argv)
{
	static const char *const states[] = { "away", "not", "yes" };
	struct ar_err err = AR_ERR_INIT;
	struct ar_ready ready;

	(void)argv;
	if (ar_api_ready(api, &ready, &err) != 0)
		return drive_fail(&err);
	printf("ready: %s status: %d why: %s\n", states[ready.state], ready.status, ready.why);
	return 0;
}

static int show_version(struct ar_api *api, char **argv)
{
	struct ar_err err = AR_ERR_INIT;
	struct ar_api_version version;

	(void)argv;
	if (ar_api_version(api, &version, &err) != 0)
		return drive_fail(&err);
	printf("version: %s minor: %d\n", version.git, version.minor);
	return 0;
}

static int show_metrics(struct ar_api *api, char **argv)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	(void)argv;
	if (ar_api_metrics(api, &out, &err) != 0)
		return drive_fail(&err);
	printf("length: %zu\n%s", out.len, ar_buf_text(&out));
	return 0;
}

/* NAMESPACE NAME KEY [secret] */
static struct ar_configmap_at at_of(char **argv)
{
	return (struct ar_configmap_at){ .namespace = argv[0],
					 .name = argv[1],
					 .key = argv[2],
					 .secret = argv[3] && strcmp(argv[3], "secret") == 0 };
}

static int show_configmap(struct ar_api *api, char **argv)
{
	const struct ar_configmap_at at = at_of(argv);
	AR_CONFIGMAP_AUTO struct ar_configmap found = AR_CONFIGMAP_INIT;
	struct ar_err err = AR_ERR_INIT;

	if (ar_configmap_read(api, &at, &found, &err) != 0)
		return drive_fail(&err);
	printf("exists: %d has key: %d version: %s guarded: %d\n", found.exists, found.has_key,
	       found.exists ? found.resource_version : "", found.text.secret);
	fwrite(ar_buf_text(&found.text), 1, found.text.len, stdout);
	return 0;
}

/* NAMESPACE NAME KEY secret|plain FILE [shell command to run between reading and writing] */
static int put_configmap(struct ar_api *api, char **argv)
{
	static const char *const results[] = { "done", "conflict", "gone" };
	const struct ar_configmap_at at = at_of(argv);
	const struct ar_bytes text = drive_slurp(argv[4]);
	AR_CONFIGMAP_AUTO struct ar_configmap old = AR_CONFIGMAP_INIT;
	struct ar_err err = AR_ERR_INIT;
	enum ar_put put;

	for (int i = 0; i < 2; i++) {
		if (i == 0 && ar_configmap_read(api, &at, &old, &err) != 0)
			return drive_fail(&err);
		/* Twice: the second goes by what the first one answered. */
		if (ar_configmap_write(api, &at, &old, text, &put, &err) != 0)
			return drive_fail(&err);
		printf("put: %s version: %s same: %d\n", results[put], old.resource_version,
		       old.text.len == text.len && memcmp(old.text.data, text.data, text.len) == 0);
		if (put != AR_PUT_DONE)
			break;
	}
	return 0;
}

/* HOST */
static int run_canary(struct ar_api *api, char **argv)
{
	static const char *const results[] = { "ok", "denied", "failed" };
	struct ar_err err = AR_ERR_INIT;
	struct ar_canary canary;

	if (ar_canary_run(api, argv[0], &canary, &err) != 0)
		return drive_fail(&err);
	printf("canary: %s name: %s leftovers: %u left behind: %d text: %s\n",
	       results[canary.result], canary.name, canary.leftovers, canary.left_behind,
	       canary.text);
	return 0;
}

static int show_members(struct ar_api *api, char **argv)
{
	AR_MEMBERS_AUTO struct ar_members members = AR_MEMBERS_INIT;
	struct ar_err err = AR_ERR_INIT;

	(void)argv;
	if (ar_members_read(api, &members, &err) != 0)
		return drive_fail(&err);
	printf("count: %zu asked: %u missing: %s\n", members.count, members.asked, members.missing);
	for (size_t i = 0; i < members.count; i++)
		printf("%s@%s sources: %u known as: %s\n", members.list[i].host,
		       members.list[i].address, members.list[i].sources, members.list[i].known_as);
	return 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(struct ar_api *api, char **argv);
} commands[] = {
	{ "ready", 0, show_ready },
	{ "version", 0, show_version },
	{ "metrics", 0, show_metrics },
	{ "configmap", 3, show_configmap },
	{ "put-configmap", 5, put_configmap },
	{ "canary", 1, run_canary },
	{ "members", 0, show_members },
	{ "lease", 1, drive_lease },
	{ "rewrite", 4, drive_rewrite },
	{ "discovery", 0, drive_discovery },
	{ "names", 4, drive_names },
	{ "migration", 3, drive_migration },
};

static int count(char **argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return n;
}

/* The kubeconfig, with the files that it names. */
static int read_kubeconfig(const char *path, struct ar_kubeconfig *conf, struct ar_err *err)
{
	const struct ar_bytes bytes = drive_slurp(path);
	const struct ar_text text = {
		.name = path, .data = bytes.data, .len = bytes.len, .secret = true
	};

	if (ar_kubeconfig_read(&text, conf, err) != 0)
		return -1;
	for (enum ar_kubeconfig_part i = 0; i < AR_KUBECONFIG_PARTS; i++) {
		if (conf->parts[i].data || !conf->parts[i].path[0])
			continue;
		const struct ar_bytes part = drive_slurp(conf->parts[i].path);
		if (ar_kubeconfig_fill(conf, i, part.data, part.len, err) != 0)
			return -1;
	}
	return 0;
}

static int open_api(char **argv, struct ar_api **ret, struct ar_err *err)
{
	AR_KUBECONFIG_AUTO struct ar_kubeconfig conf = AR_KUBECONFIG_INIT;
	const struct ar_api_where where = { .address = strcmp(argv[1], "-") == 0 ? NULL : argv[1],
					    .port = (unsigned)strtoul(argv[2], NULL, 10) };

	return read_kubeconfig(argv[0], &conf, err) == 0 ? ar_api_open(&conf, &where, ret, err)
							 : -1;
}

int drive_api(char **argv)
{
	AR_API_AUTO struct ar_api *api = NULL;
	struct ar_err err = AR_ERR_INIT;

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, argv[3]) != 0 ||
		    count(argv + 4) < commands[i].arguments)
			continue;
		if (open_api(argv, &api, &err) != 0)
			return drive_fail(&err);
		return commands[i].run(api, argv + 4);
	}
	return 2;
}
