/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/status_servers.h"
#include "flow/cluster.h"

Suite *cluster_suite(void);

#define N      AR_MEMBER_NODE
#define L      AR_MEMBER_LEASE
#define E      AR_MEMBER_ENDPOINT
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct ar_cluster cluster;

/* --- who there is --- */

/* Members and etcd's members as "host@address", blank-separated; "" for none. */
static const struct {
	const char *members, *etcd, *host, *address, *wanted;
} clusters[] = {
	{ "cp1@10.0.0.1", "cp1@10.0.0.1", "cp1", "10.0.0.1", "*cp1@10.0.0.1:ETCD" },
	{ "cp1@10.0.0.1 cp2@10.0.0.2 cp3@10.0.0.3", "cp3@10.0.0.3 cp1@10.0.0.1 cp2@10.0.0.2", "cp2",
	  "10.0.0.2", "cp1@10.0.0.1:ETCD *cp2@10.0.0.2:ETCD cp3@10.0.0.3:ETCD" },
	/* Joining: etcd has it, and nobody else yet; and before its etcd has started. */
	{ "cp1@10.0.0.1", "cp1@10.0.0.1 cp2@10.0.0.2", "cp1", "10.0.0.1",
	  "*cp1@10.0.0.1:ETCD cp2@10.0.0.2:ETCD" },
	{ "cp1@10.0.0.1", "cp1@10.0.0.1 @", "cp1", "10.0.0.1",
	  "*cp1@10.0.0.1:ETCD etcd-member-2@:ETCD" },
	/* etcd calls it otherwise, or has another address of it. */
	{ "cp1@10.0.0.1", "infra0@10.0.0.1", "cp1", "10.0.0.1", "*cp1@10.0.0.1:ETCD" },
	{ "cp1@10.0.0.1", "cp1@192.168.0.1", "cp1", "10.0.0.1", "*cp1@10.0.0.1:ETCD" },
	{ "cp1@10.0.0.1 @10.0.0.2", "cp2@10.0.0.2", "cp1", "10.0.0.1",
	  "*cp1@10.0.0.1:etcd cp2@10.0.0.2:ETCD" },
	{ "cp1.example.com@10.0.0.1", "cp1@10.9.9.9", "cp1", "10.0.0.1",
	  "*cp1.example.com@10.0.0.1:ETCD" },
	/* Neither by name nor by address: one more, who has to be accepted away. */
	{ "cp1@10.0.0.1", "db@10.9.9.9", "cp1", "10.0.0.1", "*cp1@10.0.0.1:etcd db@10.9.9.9:ETCD" },
	/* Nobody knows of this node yet, but it has a manifest. */
	{ "cp1@10.0.0.1", "", "cp2", "10.0.0.2", "cp1@10.0.0.1:etcd *cp2@10.0.0.2:etcd" },
	{ "", "", "cp1", NULL, "*cp1@:etcd" },
	/* Where it listens tells more than its name. */
	{ "cp1@10.0.0.1 cp2@10.0.0.2", "", "cp1", "10.0.0.2",
	  "cp1@10.0.0.1:etcd *cp2@10.0.0.2:etcd" },
};

static void split(const char *text, size_t len, char host[256], char address[64])
{
	const char *at = memchr(text, '@', len);

	ck_assert_ptr_nonnull(at);
	snprintf(host, 256, "%.*s", (int)(at - text), text);
	snprintf(address, 64, "%.*s", (int)(len - (size_t)(at - text) - 1), at + 1);
}

static size_t fill_members(const char *text, struct ar_member *list)
{
	size_t count = 0;

	for (; *text; text += strcspn(text, " "), text += *text == ' ') {
		struct ar_member *one = &list[count++];
		*one = (struct ar_member){ .sources = N | L | E };
		split(text, strcspn(text, " "), one->host, one->address);
		snprintf(one->known_as, sizeof one->known_as, "%s%s%s", one->host,
			 one->host[0] ? " " : "", one->address);
	}
	return count;
}

static void fill_etcd(const char *text, struct ar_etcd_state *etcd)
{
	for (; *text; text += strcspn(text, " "), text += *text == ' ') {
		struct ar_etcd_member *one = &etcd->members[etcd->count++];
		char name[256];
		one->id = etcd->count;
		split(text, strcspn(text, " "), name, one->client.host);
		snprintf(one->name, sizeof one->name, "%.127s", name);
	}
}

static const char *shown(void)
{
	static char out[2048];

	out[0] = '\0';
	for (size_t i = 0; i < cluster.count; i++) {
		const struct ar_cluster_server *one = &cluster.list[i];
		ck_assert_int_eq(one->self, i == cluster.self);
		ck_assert_int_eq(one->version.minor, -1);
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s%s@%s:%s", i ? " " : "",
			 one->self ? "*" : "", one->host, one->address,
			 one->sources & AR_MEMBER_ETCD ? "ETCD" : "etcd");
	}
	return out;
}

START_TEST(sources_are_merged)
{
	struct ar_member list[8];
	struct ar_etcd_state etcd = { .count = 0 };
	struct ar_members members = { .list = list };
	struct ar_err err = AR_ERR_INIT;

	members.count = fill_members(clusters[_i].members, list);
	fill_etcd(clusters[_i].etcd, &etcd);
	const struct ar_cluster_facts facts = { .members = &members,
						.etcd = &etcd,
						.host = clusters[_i].host,
						.address = clusters[_i].address };
	for (int twice = 0; twice < 2; twice++) {
		ck_assert_int_eq(ar_cluster_merge(&facts, &cluster, &err), 0);
		ck_assert_str_eq(shown(), clusters[_i].wanted);
	}
}
END_TEST

START_TEST(more_than_sixteen_are_refused)
{
	struct ar_member list[17];
	struct ar_members members = { .list = list, .count = 17 };
	struct ar_err err = AR_ERR_INIT;
	const struct ar_cluster_facts facts = { .members = &members, .host = "cp0" };

	for (size_t i = 0; i < 17; i++) {
		list[i] = (struct ar_member){ .sources = N };
		snprintf(list[i].host, sizeof list[i].host, "cp%zu", i);
		memcpy(list[i].known_as, list[i].host, 16);
	}
	ck_assert_int_eq(ar_cluster_merge(&facts, &cluster, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "more than 16 API servers"));
	members.count = 16;
	err = (struct ar_err)AR_ERR_INIT;
	ck_assert_int_eq(ar_cluster_merge(&facts, &cluster, &err), 0);
}
END_TEST

/* --- what it has --- */

static const struct {
	const char *metric; /* hash; NULL: the series is not there */
	const char *told;   /* hash that its node told; NULL: nothing */
	const char *hash;
	int minor;
	bool answered, loaded;
	double start, reload; /* by its metrics; 0: not there */
	int64_t told_start, told_reload;
	enum ar_cluster_load wanted;
	bool by_node, disabled;
} loads[] = {
	{ HASH_A, NULL, HASH_A, 34, true, false, 9, 0, 0, 0, AR_CLUSTER_FILE, false, false },
	{ NULL, NULL, "", 34, true, false, 9, 0, 0, 0, AR_CLUSTER_PLAIN, false, false },
	{ NULL, NULL, "", 33, true, false, 9, 0, 0, 0, AR_CLUSTER_UNKNOWN, false, false },
	/* It says so itself: whatever was told. */
	{ HASH_A, HASH_B, HASH_A, 34, true, true, 9, 0, 9, 0, AR_CLUSTER_FILE, false, false },
	{ NULL, HASH_B, "", 34, true, true, 9, 0, 9, 0, AR_CLUSTER_PLAIN, false, false },
	{ HASH_A, NULL, HASH_A, 33, true, false, 9, 0, 0, 0, AR_CLUSTER_FILE, false, false },
	/* Its node said, of this process; or of another, or before a reload, or what it has not
	 * loaded. */
	{ NULL, HASH_B, HASH_B, 33, true, true, 9, 0, 9, 0, AR_CLUSTER_FILE, true, false },
	{ NULL, HASH_B, HASH_B, 33, true, true, 9.9, 0, 11, 0, AR_CLUSTER_FILE, true, false },
	{ NULL, "", "", 28, true, true, 9, 0, 9, 0, AR_CLUSTER_PLAIN, true, false },
	{ NULL, HASH_B, "", 33, true, true, 9, 0, 12, 0, AR_CLUSTER_UNKNOWN, false, false },
	{ NULL, HASH_B, "", 33, true, true, 0, 0, 0, 0, AR_CLUSTER_UNKNOWN, false, false },
	{ NULL, HASH_B, "", 33, true, false, 9, 0, 9, 0, AR_CLUSTER_UNKNOWN, false, false },
	{ NULL, HASH_B, "", 33, true, true, 9, 20.5, 9, 0, AR_CLUSTER_UNKNOWN, false, false },
	{ NULL, HASH_B, HASH_B, 33, true, true, 9, 20.5, 9, 20, AR_CLUSTER_FILE, true, false },
	/* A metric that is switched off says nothing by not being there. */
	{ NULL, NULL, "", 34, true, false, 9, 0, 0, 0, AR_CLUSTER_UNKNOWN, false, true },
	{ NULL, HASH_B, HASH_B, 34, true, true, 9, 0, 9, 0, AR_CLUSTER_FILE, true, true },
	{ HASH_A, NULL, HASH_A, 34, true, false, 9, 0, 0, 0, AR_CLUSTER_FILE, false, true },
	/* No answer is no knowledge. */
	{ NULL, HASH_B, "", 33, false, true, 9, 0, 9, 0, AR_CLUSTER_UNKNOWN, false, false },
	{ NULL, NULL, "", 34, false, false, 0, 0, 0, 0, AR_CLUSTER_UNKNOWN, false, false },
};

START_TEST(what_a_server_has_loaded)
{
	struct ar_cluster_server server = { .answered = loads[_i].answered,
					    .version = { .minor = loads[_i].minor },
					    .metrics = { .says_all = !loads[_i].disabled,
							 .has_hash = loads[_i].metric,
							 .has_start = loads[_i].start > 0,
							 .start = loads[_i].start,
							 .has_reload_success = loads[_i].reload > 0,
							 .reload_success = loads[_i].reload } };
	struct ar_told_node told = { .loaded = loads[_i].loaded,
				     .start = loads[_i].told_start,
				     .reload = loads[_i].told_reload };

	snprintf(server.metrics.hash, AR_SHA256_HEX, "%s",
		 loads[_i].metric ? loads[_i].metric : "");
	snprintf(told.sha256, AR_SHA256_HEX, "%s", loads[_i].told ? loads[_i].told : "");
	ar_cluster_judge(&server, loads[_i].told ? &told : NULL);
	ck_assert_int_eq(server.load, loads[_i].wanted);
	ck_assert_str_eq(server.hash, loads[_i].hash);
	ck_assert_int_eq(server.by_node, loads[_i].by_node);
	if (server.load == AR_CLUSTER_UNKNOWN && server.answered)
		ck_assert_ptr_nonnull(strstr(server.why, "does not say what it has loaded"));
}
END_TEST

START_TEST(what_a_server_does_with_a_resource)
{
	const struct ar_resource secrets = { .resource = "secrets" };
	const char *names[] = { "secrets" }, *list[4];
	struct ar_enc_key key = { .name = "key1" };
	struct ar_enc_provider provider = { .kind = AR_AESCBC, .keys = &key, .key_count = 1 };
	struct ar_enc_entry entry = { names, 1, &provider, 1, NULL, NULL };
	const struct ar_encconf conf = { .entries = &entry, .entry_count = 1 };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_told_learn(&cluster.told, HASH_A, &conf, &err), 0);
	cluster.list[0].load = AR_CLUSTER_FILE;
	memcpy(cluster.list[0].hash, HASH_A, AR_SHA256_HEX);
	ck_assert_uint_eq(ar_cluster_reads(&cluster, 0, &secrets, list, 4), 1);
	ck_assert_str_eq(list[0], "aescbc/key1");
	memcpy(cluster.list[0].hash, HASH_B, AR_SHA256_HEX);
	ck_assert_uint_eq(ar_cluster_reads(&cluster, 0, &secrets, list, 4), 0);
	cluster.list[0].load = AR_CLUSTER_PLAIN;
	ck_assert_uint_eq(ar_cluster_reads(&cluster, 0, &secrets, list, 4), 1);
	ck_assert_str_eq(list[0], "plain");
	cluster.list[0].load = AR_CLUSTER_UNKNOWN;
	ck_assert_uint_eq(ar_cluster_reads(&cluster, 0, &secrets, list, 4), 0);
	ar_cluster_done(&cluster);
}
END_TEST

/* --- the Lease --- */

static const struct {
	const char *holder;
	int64_t renewed_s, since_ms, forward_ms, wall_s;
	enum ar_lease_whose wanted;
} leases[] = {
	{ "", 0, 0, 0, 0, AR_LEASE_FREE },
	{ "cp1", 1000, 0, 0, 1000, AR_LEASE_OURS },
	{ "cp1", 1000, 0, 999999, 90000, AR_LEASE_OURS },
	{ "cp2", 1000, 5000, 64999, 1000, AR_LEASE_THEIRS },
	{ "cp2", 1000, 5000, 65000, 1000, AR_LEASE_FREE },
	{ "cp2", 1000, 5000, 5000, 1900, AR_LEASE_THEIRS }, /* clocks may differ by so much */
	{ "cp2", 1000, 5000, 5000, 1901, AR_LEASE_FREE },
	{ "cp2", 9999, 5000, 5000, 1000, AR_LEASE_THEIRS },
	{ "cp2", 0, 5000, 5000, 99999, AR_LEASE_THEIRS }, /* no time: it is waited for */
};

START_TEST(whose_the_lease_is)
{
	struct ar_lease lease = { .exists = true,
				  .renewed_s = leases[_i].renewed_s,
				  .duration_s = 60,
				  .since_ms = leases[_i].since_ms };

	snprintf(lease.holder, sizeof lease.holder, "%s", leases[_i].holder);
	ck_assert_int_eq(ar_lease_whose(&lease, "cp1", leases[_i].forward_ms, leases[_i].wall_s),
			 leases[_i].wanted);
	lease.exists = false;
	ck_assert_int_eq(ar_lease_whose(&lease, "cp1", 0, 0), AR_LEASE_FREE);
}
END_TEST

/* --- ages --- */

static const struct {
	const char *from, *to;
	int days;
} spans[] = {
	{ "2026-11-24", "2026-11-24", 0 },
	{ "2026-11-24", "2026-12-06", 12 },
	{ "2024-02-28", "2024-03-01", 2 },
	{ "2025-12-31", "2026-12-31", 365 },
	{ "2026-11-24", "2026-11-23", -1 },
	{ "", "2026-11-24", -1 },
	{ "2026-11-24", "", -1 },
	{ "long ago", "2026-11-24", -1 },
	{ "2026-11-24x", "2026-11-24", -1 },
};

START_TEST(days_between_dates)
{
	ck_assert_int_eq(ar_status_days(spans[_i].from, spans[_i].to), spans[_i].days);
}
END_TEST

/* --- who is next --- */

static const struct {
	const char *at, *rung, *said; /* at NULL: the node told nothing */
} nexts[] = {
	{ NULL, "", "cp2 is next: there, 'atrest import FILE', then 'atrest continue'" },
	{ "2026-11-25T03:00:00Z", "done", "cp2 is next: there, 'atrest import FILE'" },
	{ "2026-11-25T03:24:13Z", "done", "cp2 is done (rung: done)" },
	{ "2026-11-25T03:24:13Z", "wait-readers", "cp2 waits for the others" },
	{ "2026-11-25T03:24:13Z", "load", "cp2 is next: there, 'atrest continue' (rung: load)" },
	{ "2026-11-25T03:24:13Z", "refuse", "cp2 was stopped" },
};

START_TEST(who_is_next)
{
	struct ar_status_servers servers = AR_STATUS_SERVERS_INIT;
	struct ar_told *told = &servers.cluster.told;
	struct ar_report report = { .unicode = true };
	char *text = NULL;
	size_t len = 0;

	servers.seen = true;
	servers.cluster.count = 2;
	snprintf(servers.cluster.list[0].host, sizeof servers.cluster.list[0].host, "cp1");
	snprintf(servers.cluster.list[1].host, sizeof servers.cluster.list[1].host, "cp2");
	told->goal = (struct ar_told_goal){ .key = "aescbc/key2", .at = "2026-11-25T03:24:12Z" };
	if (nexts[_i].at) {
		told->node_count = 1;
		snprintf(told->nodes[0].host, sizeof told->nodes[0].host, "cp2");
		snprintf(told->nodes[0].at, sizeof told->nodes[0].at, "%s", nexts[_i].at);
		snprintf(told->nodes[0].rung, sizeof told->nodes[0].rung, "%s", nexts[_i].rung);
	}
	report.out = report.err_out = open_memstream(&text, &len);
	ar_status_servers_say(&report, &servers);
	fclose(report.out);
	ck_assert_msg(strstr(text, nexts[_i].said), "%s", text);
	free(text);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(tcase, test, 0, sizeof(table) / sizeof((table)[0]))

Suite *cluster_suite(void)
{
	Suite *suite = suite_create("cluster");
	TCase *tcase = tcase_create("cluster");

	LOOP(sources_are_merged, clusters);
	tcase_add_test(tcase, more_than_sixteen_are_refused);
	LOOP(what_a_server_has_loaded, loads);
	tcase_add_test(tcase, what_a_server_does_with_a_resource);
	LOOP(whose_the_lease_is, leases);
	LOOP(days_between_dates, spans);
	LOOP(who_is_next, nexts);
	suite_add_tcase(suite, tcase);
	return suite;
}
