/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "api/migration.h"
#include "api/names.h"
#include "api/rewrite.h"
#include "drive.h"

/* Commands of `drive-net api` about what a cluster stores. */

/* --- rewrite -----------------------------------------------------------------------------------
 */

struct work {
	const char *prefix; /* of the paths; NULL: they come from stdin */
	uintptr_t given, count;
	int64_t told, stop_after, hold_at; /* -1: never */
	long hold_ms;
	struct timespec held;
	bool quiet;
};

static long ms_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)(now.tv_sec - then->tv_sec) * 1000 + (now.tv_nsec - then->tv_nsec) / 1000000;
}

static bool next_object(void *user, struct ar_rewrite_object *ret)
{
	struct work *work = user;

	if (work->prefix) {
		if (work->given == work->count)
			return false;
		snprintf(ret->path, sizeof ret->path, "%s%zu", work->prefix, work->given);
	} else if (!fgets(ret->path, sizeof ret->path, stdin)) {
		return false;
	}
	ret->path[strcspn(ret->path, "\n")] = '\0';
	ret->tag = work->given++;
	return true;
}

static void show_result(void *user, const struct ar_rewrite_result *result)
{
	static const char *const ends[] = { "ok", "gone", "refused", "failed" };
	struct work *work = user;

	work->told++;
	if (work->quiet && result->end == AR_REWRITTEN_OK)
		return;
	printf("%zu %s status: %d tries: %u version: %s reason: %s message: %s\n", result->tag,
	       ends[result->end], result->status, result->tries, result->resource_version,
	       result->reason, result->message);
}

static enum ar_rewrite_go may_go(void *user)
{
	struct work *work = user;

	if (work->stop_after >= 0 && work->told >= work->stop_after)
		return AR_REWRITE_STOP;
	if (work->hold_at < 0 || work->told < work->hold_at)
		return AR_REWRITE_GO;
	if (work->held.tv_sec == 0)
		clock_gettime(CLOCK_MONOTONIC, &work->held);
	return ms_since(&work->held) < work->hold_ms ? AR_REWRITE_HOLD : AR_REWRITE_GO;
}

/* Of this program alone: what getrusage tells begins with that of whoever started it. */
static long peak_kib(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[200];
	long peak = 0;

	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, "VmHWM:", 6) == 0)
			peak = strtol(line + 6, NULL, 10);
	if (file)
		fclose(file);
	return peak;
}

static void show_sum(const struct ar_rewrite_sum *sum, const struct timespec *start)
{
	struct rusage used;
	const int64_t all = sum->ok + sum->gone + sum->refused + sum->failed;
	const double seconds = (double)ms_since(start) / 1000;

	getrusage(RUSAGE_SELF, &used);
	const double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
			   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
	printf("ok: %lld gone: %lld refused: %lld failed: %lld retries: %lld stopped: %d "
	       "away: %d\n",
	       (long long)sum->ok, (long long)sum->gone, (long long)sum->refused,
	       (long long)sum->failed, (long long)sum->retries, sum->stopped, sum->away);
	printf("seconds: %.2f per second: %.0f cpu ms each: %.3f peak KiB: %ld\n", seconds,
	       (double)all / seconds, cpu * 1000 / (double)(all ? all : 1), peak_kib());
}

/* IN_FLIGHT RATE COUNT|- PREFIX [quiet] [stop=N] [hold=N:MS]; COUNT -: paths from stdin. N: results
 * that were told before. */
int drive_rewrite(struct ar_api *api, char **argv)
{
	struct work work = { .prefix = strcmp(argv[2], "-") == 0 ? NULL : argv[3],
			     .count = strtoul(argv[2], NULL, 10),
			     .stop_after = -1,
			     .hold_at = -1 };
	const struct ar_rewrite_ask ask = { .in_flight = strtoul(argv[0], NULL, 10),
					    .rate = strtod(argv[1], NULL),
					    .next = next_object,
					    .done = show_result,
					    .go = may_go,
					    .user = &work };
	struct ar_rewrite_sum sum;
	struct ar_err err = AR_ERR_INIT;
	struct timespec start;
	char *end = NULL;

	for (char **option = argv + 4; *option; option++) {
		if (strcmp(*option, "quiet") == 0)
			work.quiet = true;
		if (strncmp(*option, "stop=", 5) == 0)
			work.stop_after = strtol(*option + 5, NULL, 10);
		if (strncmp(*option, "hold=", 5) != 0)
			continue;
		work.hold_at = strtol(*option + 5, &end, 10);
		work.hold_ms = strtol(end + 1, NULL, 10);
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (ar_rewrite_run(api, &ask, &sum, &err) != 0)
		return drive_fail(&err);
	show_sum(&sum, &start);
	return 0;
}

/* --- discovery, names --------------------------------------------------------------------------
 */

int drive_discovery(struct ar_api *api, char **argv)
{
	AR_DISCOVERY_AUTO struct ar_discovery found = AR_DISCOVERY_INIT;
	struct ar_err err = AR_ERR_INIT;
	char path[600], version[64] = "none";

	(void)argv;
	if (ar_discovery_read(api, &found, &err) != 0)
		return drive_fail(&err);
	for (size_t i = 0; i < found.count; i++) {
		const struct ar_served *one = &found.list[i];
		if (!ar_served_path(one, one->namespaced ? "a b" : NULL, "n/1", path, sizeof path))
			return 1;
		printf("%s.%s custom: %d version: %s kind: %s namespaced: %d patch: %d list: %d "
		       "%s\n",
		       one->resource.resource, one->resource.group, one->resource.custom,
		       one->version, one->kind, one->namespaced, one->patch, one->list, path);
	}
	ar_migration_served(&found, version);
	printf("count: %zu migration: %s missing: %s\n", found.count, version, found.missing);
	return 0;
}

struct paths {
	const struct ar_served *served;
	bool quiet;
};

static int show_path(void *user, const char *namespace, const char *name, struct ar_err *err)
{
	const struct paths *paths = user;
	char path[1200];

	if (!ar_served_path(paths->served, namespace, name, path, sizeof path))
		return ar_err_set(err, "too long");
	if (strcmp(name, "stop-here") == 0)
		return ar_err_set(err, "told to stop");
	if (!paths->quiet)
		printf("%s\n", path);
	return 0;
}

/* RESOURCE GROUP|- VERSION NAMESPACE|all|none [quiet] */
int drive_names(struct ar_api *api, char **argv)
{
	struct ar_served served = { .namespaced = strcmp(argv[3], "none") != 0 };
	struct paths paths = { .served = &served, .quiet = argv[4] };
	const struct ar_names_ask ask = { .served = &served,
					  .namespace = strcmp(argv[3], "all") ? argv[3] : NULL,
					  .each = show_path,
					  .user = &paths };
	struct ar_err err = AR_ERR_INIT;
	struct ar_names names;

	snprintf(served.resource.resource, sizeof served.resource.resource, "%s", argv[0]);
	snprintf(served.resource.group, sizeof served.resource.group, "%s",
		 strcmp(argv[1], "-") == 0 ? "" : argv[1]);
	snprintf(served.version, sizeof served.version, "%s", argv[2]);
	if (ar_names_read(api, &ask, &names, &err) != 0)
		return drive_fail(&err);
	/* To stderr where the paths are for somebody else to read. */
	fprintf(paths.quiet ? stdout : stderr, "count: %lld version: %s\n", (long long)names.count,
		names.resource_version);
	return 0;
}

/* --- migration ---------------------------------------------------------------------------------
 */

static void show_migration(const struct ar_migration *migration)
{
	static const char *const states[] = { "pending", "running", "succeeded", "failed" };

	printf("name: %s version: %s state: %s message: %s\n", migration->name, migration->version,
	       states[migration->state], migration->message);
	fflush(stdout);
}

/* Until it has ended. */
static int watch_migration(struct ar_api *api, struct ar_migration *migration, struct ar_err *err)
{
	const struct timespec second = { .tv_nsec = 200000000 };
	enum ar_migration_state last = migration->state;

	show_migration(migration);
	while (migration->state < AR_MIGRATION_SUCCEEDED) {
		nanosleep(&second, NULL);
		if (ar_migration_look(api, migration, err) != 0)
			return -1;
		if (migration->state != last)
			show_migration(migration);
		last = migration->state;
	}
	return 0;
}

/* VERSION RESOURCE GROUP|- : goes on with one of ours, or makes one; watches and removes it. */
int drive_migration(struct ar_api *api, char **argv)
{
	struct ar_resource resource = { .custom = false };
	struct ar_migration migration;
	struct ar_err err = AR_ERR_INIT;

	snprintf(resource.resource, sizeof resource.resource, "%s", argv[1]);
	snprintf(resource.group, sizeof resource.group, "%s",
		 strcmp(argv[2], "-") == 0 ? "" : argv[2]);
	if (ar_migration_find(api, argv[0], &resource, &migration, &err) != 0)
		return drive_fail(&err);
	printf("found: %s\n", migration.name);
	if (!migration.name[0] &&
	    ar_migration_create(api, argv[0], &resource, &migration, &err) != 0)
		return drive_fail(&err);
	if (watch_migration(api, &migration, &err) != 0 ||
	    ar_migration_remove(api, &migration, &err) != 0 ||
	    ar_migration_remove(api, &migration, &err) != 0)
		return drive_fail(&err);
	printf("removed\n");
	if (ar_migration_look(api, &migration, &err) != 0)
		return drive_fail(&err);
	return 0;
}
