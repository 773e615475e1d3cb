/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "drive.h"
#include "etcd/census.h"

/*
 * src/etcd, driven from a shell (test/etcd/run.py says how). Commands follow one another, with "--"
 * between them, on one client:
 *
 *   drive-etcd -s HOST:PORT[,HOST:PORT…] -c CA -C CERT -K KEY COMMAND [argument…] [-- COMMAND…]
 *
 *   range PREFIX LIMIT REVISION [keys|count|secret]      census FOLDER WRITER
 * [wait|list|secret|few] prove WRITER FOLDER…     (few: a list, by the offenders alone where that
 * can be) compacted REVISION      compact REVISION      look    pause (until a line comes) fill
 * PREFIX FROM COUNT SIZE HEAD     (keys PREFIX%05d, values of SIZE bytes that begin with HEAD)
 *
 * WRITER: PROVIDER:NAME (aescbc, aesgcm, secretbox, kms1, kms2), with a '!' behind it where the
 * name is ambiguous; identity; none.
 */

static struct ar_bytes slurp(const char *path)
{
	static char files[3][64 << 10];
	static size_t used;
	FILE *file = used < 3 ? fopen(path, "rb") : NULL;

	if (!file) {
		perror(path);
		exit(2);
	}
	char *data = files[used++];
	const size_t len = fread(data, 1, sizeof files[0], file);
	if (fclose(file) != 0)
		exit(2);
	return (struct ar_bytes){ data, len };
}

static void await_line(const char *what)
{
	char line[64];

	printf("%s\n", what);
	fflush(stdout);
	if (!fgets(line, sizeof line, stdin))
		exit(2);
}

static void print_hex(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%02x", (unsigned)(unsigned char)data[i]);
}

static void print_kv(const struct ar_etcd_kv *kv)
{
	printf("kv: ");
	print_hex(kv->key, kv->key_len);
	printf(" %zu %lld %lld %lld %s\n", kv->value_len, (long long)kv->create_revision,
	       (long long)kv->mod_revision, (long long)kv->version, kv->value ? "value" : "none");
}

static int run_range(struct tool *tool, int argc, char **argv, struct ar_err *err)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	const size_t len = strlen(argv[0]);
	const char *mode = argc > 3 ? argv[3] : "";
	char end[256];

	ar_etcd_prefix_end(argv[0], len, end);
	const struct ar_etcd_range range = {
		.key = argv[0],
		.key_len = len,
		.end = end,
		.end_len = len,
		.limit = strtol(argv[1], NULL, 10),
		.revision = strtol(argv[2], NULL, 10),
		.keys_only = strcmp(mode, "keys") == 0,
		.count_only = strcmp(mode, "count") == 0,
		.secret = strcmp(mode, "secret") == 0,
	};
	if (ar_etcd_range(tool->etcd, &range, &page, err) != 0)
		return -1;
	printf("range: count %zu total %lld revision %lld more %d\n", page.count,
	       (long long)page.total, (long long)page.revision, page.more);
	for (size_t i = 0; i < page.count; i++)
		print_kv(&page.list[i]);
	return 0;
}

/* --- writers -----------------------------------------------------------------------------------
 */

static const struct {
	const char *word, *prefix;
	enum ar_provider_kind provider;
} providers[] = {
	{ "aescbc:", "k8s:enc:aescbc:v1:", AR_AESCBC },
	{ "aesgcm:", "k8s:enc:aesgcm:v1:", AR_AESGCM },
	{ "secretbox:", "k8s:enc:secretbox:v1:", AR_SECRETBOX },
	{ "kms1:", "k8s:enc:kms:v1:", AR_KMS },
	{ "kms2:", "k8s:enc:kms:v2:", AR_KMS },
};

static const struct ar_writer *writer_of(const char *word, struct ar_writer *writer)
{
	*writer = (struct ar_writer){ .provider = AR_IDENTITY };
	for (size_t i = 0; i < sizeof providers / sizeof *providers; i++) {
		const size_t len = strlen(providers[i].word);
		if (strncmp(word, providers[i].word, len) != 0)
			continue;
		writer->provider = providers[i].provider;
		writer->ambiguous = word[strlen(word) - 1] == '!';
		snprintf(writer->name, sizeof writer->name, "%.*s",
			 (int)(strlen(word + len) - writer->ambiguous), word + len);
		snprintf(writer->prefix, sizeof writer->prefix, "%s%s:", providers[i].prefix,
			 writer->name);
	}
	return strcmp(word, "none") == 0 ? NULL : writer;
}

/* --- censuses ----------------------------------------------------------------------------------
 */

static int each(void *user, const struct ar_census_value *value, struct ar_err *err)
{
	const struct tool *tool = user;

	(void)err;
	if (!value->current && tool->list) {
		printf("stale: ");
		print_hex(value->kv->key, value->kv->key_len);
		printf(" %lld %zu\n", (long long)value->kv->mod_revision, value->kv->value_len);
	}
	return 0;
}

static void progress(void *user, int64_t seen, int64_t total)
{
	struct tool *tool = user;
	char text[80];

	snprintf(text, sizeof text, "page: %lld of %lld", (long long)seen, (long long)total);
	if (tool->wait)
		await_line(text);
}

static struct ar_census_ask ask_of(struct tool *tool, const char *folder,
				   const struct ar_writer *writer)
{
	return (struct ar_census_ask){
		.folder = folder, .writer = writer, .each = each, .progress = progress, .user = tool
	};
}

static void print_census(const char *folder, const struct ar_census *census)
{
	printf("census: %s total %lld current %lld stale %lld plain %lld encrypted %lld unknown "
	       "%lld revision %lld last %lld bytes %lld largest %lld proved %d\n",
	       folder, (long long)census->total, (long long)census->current,
	       (long long)census->stale, (long long)census->plain, (long long)census->encrypted,
	       (long long)census->unknown, (long long)census->revision,
	       (long long)census->last_stale, (long long)census->bytes, (long long)census->largest,
	       census->proved);
	for (size_t i = 0; i < census->group_count; i++)
		printf("group: %s '%s' '%s' current %d count %lld\n",
		       ar_stored_word(census->groups[i].kind), census->groups[i].name,
		       census->groups[i].key_id, census->groups[i].current,
		       (long long)census->groups[i].count);
}

static int run_census(struct tool *tool, int argc, char **argv, struct ar_err *err)
{
	static struct ar_census census;
	struct ar_writer writer;
	struct ar_census_ask ask = ask_of(tool, argv[0], writer_of(argv[1], &writer));
	const char *mode = argc > 2 ? argv[2] : "";

	tool->wait = strcmp(mode, "wait") == 0;
	ask.few = strcmp(mode, "few") == 0;
	tool->list = ask.few || strcmp(mode, "list") == 0;
	ask.secret = strcmp(mode, "secret") == 0;
	if (ar_census_take(tool->etcd, &ask, &census, err) != 0)
		return -1;
	print_census(argv[0], &census);
	return 0;
}

static int run_prove(struct tool *tool, int argc, char **argv, struct ar_err *err)
{
	static struct ar_census censuses[100];
	struct ar_census_ask asks[100];
	struct ar_writer writer;
	const struct ar_writer *whose = writer_of(argv[0], &writer);
	const size_t count = (size_t)argc - 1;
	bool holds;

	for (size_t i = 0; i < count && i < 100; i++)
		asks[i] = ask_of(tool, argv[i + 1], whose);
	if (ar_census_prove(tool->etcd, asks, count, censuses, &holds, err) != 0)
		return -1;
	printf("holds: %d\n", holds);
	for (size_t i = 0; holds && i < count; i++)
		print_census(argv[i + 1], &censuses[i]);
	return 0;
}

/* --- the cluster -------------------------------------------------------------------------------
 */

static int run_compacted(struct tool *tool, int argc, char **argv, struct ar_err *err)
{
	bool compacted;

	(void)argc;
	if (ar_etcd_is_compacted(tool->etcd, strtol(argv[0], NULL, 10), &compacted, err) != 0)
		return -1;
	printf("compacted: %d\n", compacted);
	return 0;
}

static int run_compact(struct tool *tool, int argc, char **argv, struct ar_err *err)
{
	(void)argc;
	if (ar_etcd_compact(tool->etcd, strtol(argv[0], NULL, 10), err) != 0)
		return -1;
	printf("done\n");
	return 0;
}

static int run_look(struct tool *tool, int argc, char **argv, struct ar_err *err)
{
	static struct ar_etcd_state state;

	(void)argc, (void)argv;
	if (ar_etcd_look(tool->etcd, &state, err) != 0)
		return -1;
	printf("cluster: %llx count %zu members told %d alarms %u told %d why: %s\n",
	       (unsigned long long)state.cluster, state.count, state.members_told, state.alarms,
	       state.alarms_told, state.why);
	for (size_t i = 0; i < state.count; i++) {
		const struct ar_etcd_member *member = &state.members[i];
		printf("member: %llx %s %s:%u learner %d answered %d version %s size %lld in use "
		       "%lld quota %lld leader %llx revision %lld why: %s\n",
		       (unsigned long long)member->id, member->name, member->client.host,
		       member->client.port, member->learner, member->answered, member->version,
		       (long long)member->db_size, (long long)member->db_in_use,
		       (long long)member->db_quota, (unsigned long long)member->leader,
		       (long long)member->revision, member->why);
	}
	return 0;
}

static int run_pause(struct tool *tool, int argc, char **argv, struct ar_err *err)
{
	(void)tool, (void)argc, (void)argv, (void)err;
	await_line("paused");
	return 0;
}

/* --- one after the other -----------------------------------------------------------------------
 */

static const struct {
	const char *name;
	command_fn *run;
	int least;
} commands[] = {
	{ "range", run_range, 3 },         { "census", run_census, 2 },   { "prove", run_prove, 2 },
	{ "compacted", run_compacted, 1 }, { "compact", run_compact, 1 }, { "look", run_look, 0 },
	{ "pause", run_pause, 0 },         { "fill", drive_fill, 5 },
};

static int run_one(struct tool *tool, int argc, char **argv)
{
	struct ar_err err = AR_ERR_INIT;

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, argv[0]) != 0 || argc - 1 < commands[i].least)
			continue;
		if (commands[i].run(tool, argc - 1, argv + 1, &err) == 0)
			return 0;
		printf("error: %s\nhint: %s\nsys: %s\n", err.msg, err.hint,
		       err.sys ? strerrorname_np(err.sys) : "0");
		return 0;
	}
	return 2;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Not getrusage's: that remembers what the process was before it became this program. */
static void print_peak(void)
{
	char line[128];
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof line, status))
		if (strncmp(line, "VmHWM:", 6) == 0)
			printf("rss: %ld\n", strtol(line + 6, NULL, 10));
	if (status && fclose(status) != 0)
		exit(2);
}

static size_t parse_servers(char *text, struct ar_etcd_server *list)
{
	size_t count = 0;
	char *rest = text, *one;

	while ((one = strsep(&rest, ",")) && count < AR_ETCD_SERVERS) {
		char *colon = strrchr(one, ':');
		if (!colon)
			exit(2);
		*colon = '\0';
		snprintf(list[count].host, sizeof list->host, "%s", one);
		list[count++].port = (unsigned)strtoul(colon + 1, NULL, 10);
	}
	return count;
}

static int run_all(struct tool *tool, int argc, char **argv)
{
	int result = 0;

	for (int i = 0; i < argc && result == 0;) {
		int end = i;
		while (end < argc && strcmp(argv[end], "--") != 0)
			end++;
		const double start = now();
		result = run_one(tool, end - i, argv + i);
		printf("time: %.3f\n", now() - start);
		i = end + 1;
	}
	print_peak();
	return result;
}

int main(int argc, char **argv)
{
	static struct ar_etcd_server servers[AR_ETCD_SERVERS];
	struct ar_etcd_base base = { .servers = servers,
				     .ca_from = "CA-FILE",
				     .cert_from = "CERT-FILE" };
	struct ar_err err = AR_ERR_INIT;
	AR_ETCD_AUTO struct ar_etcd *etcd = NULL;
	int option;

	if (ar_secret_setup(&err) != 0)
		return 2;
	while ((option = getopt(argc, argv, "+s:c:C:K:")) != -1) {
		switch (option) {
		case 's': base.server_count = parse_servers(optarg, servers); break;
		case 'c': base.ca = slurp(optarg); break;
		case 'C': base.cert = slurp(optarg); break;
		case 'K': base.key = slurp(optarg); break;
		default: return 2;
		}
	}
	if (ar_etcd_open(&base, &etcd, &err) != 0) {
		printf("error: %s\n", err.msg);
		return 1;
	}
	struct tool tool = { .etcd = etcd, .base = &base };
	return run_all(&tool, argc - optind, argv + optind);
}
