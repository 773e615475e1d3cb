/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/status_servers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/scope.h"
#include "host/machine.h"

void ar_status_servers_done(struct ar_status_servers *servers)
{
	ar_cluster_done(&servers->cluster);
}

/* --- looking --------------------------------------------------------------------------------- */

static int find_silent(const struct ar_cluster_server *server, struct ar_findings *findings)
{
	struct ar_finding *finding;

	finding = ar_findings_add(findings, "server-gone",
				  server->answered ? "what it has loaded is not known: %s"
						   : "it does not answer: %s",
				  server->why);
	if (!finding)
		return -1;
	finding->severity = AR_WARNING; /* nothing is changed here that it would stop */
	return ar_finding_about(finding, ar_cluster_name(server));
}

/* Two servers without the flag have the same, too. */
static bool has_the_same(const struct ar_cluster_server *a, const struct ar_cluster_server *b)
{
	return a->load == b->load && strcmp(a->hash, b->hash) == 0;
}

static int find_differences(const struct ar_cluster *cluster, struct ar_findings *findings,
			    struct ar_err *err)
{
	const struct ar_cluster_server *self = &cluster->list[cluster->self];
	int said = 0;

	if (!cluster->all_told)
		said |= ar_findings_say(findings, "members-unseen", "cluster", "%s",
					cluster->missing);
	for (size_t i = 0; i < cluster->count; i++) {
		const struct ar_cluster_server *server = &cluster->list[i];

		if (server->self)
			continue;
		if (server->load == AR_CLUSTER_UNKNOWN)
			said |= find_silent(server, findings);
		else if (self->load != AR_CLUSTER_UNKNOWN && !has_the_same(server, self))
			said |= ar_findings_say(findings, "server-behind", ar_cluster_name(server),
						"it has loaded another config than the API server "
						"of this node");
	}
	return said != 0 ? ar_err_oom(err) : 0;
}

int ar_status_servers_look(struct ar_run *run, struct ar_node_view *view,
			   const struct ar_encconf *conf, struct ar_status_servers *ret,
			   struct ar_err *err)
{
	AR_STORE_AUTO struct ar_store own = AR_STORE_INIT;
	struct ar_store *store = view->scan.store.etcd ? &view->scan.store : &own;
	const struct ar_cluster_ask ask = { .creds = &view->creds,
					    .where = &view->found.address,
					    .local = &view->local,
					    .store = store,
					    .conf = conf };
	struct ar_err unread = AR_ERR_INIT;
	char now[40];

	ar_machine_now(now, sizeof now);
	if (!run->session.host.root)
		snprintf(ret->today, sizeof ret->today, "%.10s", now);
	if (!view->creds.api)
		return 0;
	if (store == &own && ar_store_open(&run->session, view->local.manifest.pod, &own, err) != 0)
		return -1;
	ret->seen = ar_cluster_look(&run->session, &ask, &ret->cluster, &unread) == 0;
	if (ret->seen) {
		ar_findings_drop(&view->findings,
				 "several-servers"); /* suspected by this node's files */
		return find_differences(&ret->cluster, &view->findings, err);
	}
	snprintf(ret->why, sizeof ret->why, "%.390s", unread.msg);
	return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
}

/* --- the table ------------------------------------------------------------------------------- */

enum column { SERVER, ADDRESS, VERSION, STARTED, RELOADED, LOADED, COLUMNS };

struct row {
	char cells[COLUMNS][420];
};

static void time_text(int64_t seconds, char *buf, size_t size)
{
	const time_t time = (time_t)seconds;
	struct tm utc;

	if (seconds <= 0 || !gmtime_r(&time, &utc) ||
	    strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		snprintf(buf, size, "-");
}

static void span_text(int64_t seconds, char *buf, size_t size)
{
	if (seconds < 120)
		snprintf(buf, size, "%" PRId64 " s", seconds);
	else if (seconds < 7200)
		snprintf(buf, size, "%" PRId64 " min", seconds / 60);
	else if (seconds < INT64_C(2) * 86400)
		snprintf(buf, size, "%" PRId64 " h", seconds / 3600);
	else
		snprintf(buf, size, "%" PRId64 " days", seconds / 86400);
}

/* "aescbc/key2 writes; aescbc/key1, plain read", of its first entry. */
static void meaning_text(const struct ar_told_file *file, struct ar_buf *out)
{
	const struct ar_told_entry *entry;

	if (!file || file->entry_count == 0) {
		ar_buf_adds(out, ", nobody told what it means");
		return;
	}
	entry = &file->entries[0];
	ar_buf_addf(out, ": %s writes", entry->reads[0]);
	for (size_t i = 1; i < entry->read_count; i++)
		ar_buf_addf(out, "%s%s", i == 1 ? "; " : ", ", entry->reads[i]);
	if (entry->read_count > 1)
		ar_buf_adds(out, entry->read_count == 2 ? " reads" : " read");
	if (file->entry_count > 1)
		ar_buf_addf(out, " (%s%s; %zu more entries)", entry->resources[0],
			    entry->resource_count > 1 ? ", …" : "", file->entry_count - 1);
}

static void loaded_text(const struct ar_cluster *cluster, size_t index, struct ar_buf *out)
{
	const struct ar_cluster_server *server = &cluster->list[index];
	char lag[40];

	if (server->load == AR_CLUSTER_UNKNOWN) {
		ar_buf_addf(out, "%s: %s", server->answered ? "not known" : "does not answer",
			    server->why);
		return;
	}
	if (server->load == AR_CLUSTER_PLAIN)
		ar_buf_adds(out, "no config: everything in plain text");
	else if (server->current)
		ar_buf_adds(out, "this file");
	else
		ar_buf_addf(out, "another file, sha256 %.12s…", server->hash);
	if (server->load == AR_CLUSTER_FILE && !server->current)
		meaning_text(ar_cluster_meaning(cluster, index), out);
	if (server->by_node)
		ar_buf_adds(out, " (as its node told)");
	span_text(server->lag_s, lag, sizeof lag);
	if (server->load == AR_CLUSTER_FILE && server->lag_s >= 0)
		ar_buf_addf(out, "; the file here is %s old", lag);
}

static void reload_text(const struct ar_loaded *metrics, char *buf, size_t size)
{
	const double done = metrics->has_reload_success ? metrics->reload_success : 0;
	const double failed = metrics->has_reload_failure ? metrics->reload_failure : 0;
	char when[40];

	time_text((int64_t)(failed > done ? failed : done), when, sizeof when);
	snprintf(buf, size, "%s%s", failed > done ? "FAILED " : "", when);
}

static void fill_row(const struct ar_cluster *cluster, size_t index, struct row *row)
{
	AR_BUF_AUTO struct ar_buf loaded = AR_BUF_INIT;
	const struct ar_cluster_server *server = &cluster->list[index];
	const char *git = server->version.git;

	loaded_text(cluster, index, &loaded);
	snprintf(row->cells[SERVER], sizeof row->cells[0], "%s%s", ar_cluster_name(server),
		 server->self ? " (here)" : "");
	snprintf(row->cells[ADDRESS], sizeof row->cells[0], "%s",
		 server->address[0] ? server->address : "-");
	snprintf(row->cells[VERSION], sizeof row->cells[0], "%s",
		 git[0] == 'v' ? git + 1
		 : git[0]      ? git
			       : "-");
	time_text(server->start, row->cells[STARTED], sizeof row->cells[0]);
	reload_text(&server->metrics, row->cells[RELOADED], sizeof row->cells[0]);
	snprintf(row->cells[LOADED], sizeof row->cells[0], "%.400s", ar_buf_text(&loaded));
}

static void say_table(struct ar_report *report, const struct ar_cluster *cluster)
{
	static const struct row head = { .cells = { "server", "address", "version", "started",
						    "reloaded", "loaded" } };
	struct row rows[AR_CLUSTER_SERVERS + 1];
	int widths[COLUMNS] = { 0 };

	rows[0] = head;
	for (size_t i = 0; i < cluster->count; i++)
		fill_row(cluster, i, &rows[i + 1]);
	for (size_t i = 0; i <= cluster->count; i++)
		for (int c = 0; c < LOADED; c++) {
			const int len = (int)strlen(rows[i].cells[c]);
			widths[c] = len > widths[c] ? len : widths[c];
		}
	for (size_t i = 0; i <= cluster->count; i++)
		ar_report_say(report, "  %-*s  %-*s  %-*s  %-*s  %-*s  %s", widths[SERVER],
			      rows[i].cells[SERVER], widths[ADDRESS], rows[i].cells[ADDRESS],
			      widths[VERSION], rows[i].cells[VERSION], widths[STARTED],
			      rows[i].cells[STARTED], widths[RELOADED], rows[i].cells[RELOADED],
			      rows[i].cells[LOADED]);
}

/* Does the file that this node told of read the goal's key? Then nothing has to be carried there.
 */
static bool has_key(const struct ar_told *told, const struct ar_told_node *node)
{
	const struct ar_told_file *file = node ? ar_told_file(told, node->sha256) : NULL;

	for (size_t e = 0; file && e < file->entry_count; e++)
		for (size_t i = 0; i < file->entries[e].read_count; i++)
			if (strcmp(file->entries[e].reads[i], told->goal.key) == 0)
				return true;
	return false;
}

/* What it told before the goal was named (times are UTC, in one form) was of another goal. */
static bool told_of_it(const struct ar_told *told, const struct ar_told_node *node)
{
	return node && strcmp(node->at, told->goal.at) >= 0;
}

/* What a node told last of its own next rung, and what has to be done there. */
static const char *what_next(const struct ar_told *told, const struct ar_told_node *node)
{
	if (!told_of_it(told, node))
		return has_key(told, node) || strcmp(told->goal.key, AR_TOLD_PLAIN) == 0
			       ? "is next: there, 'atrest continue'"
			       : "is next: there, 'atrest import FILE', then 'atrest continue'";
	if (strcmp(node->rung, "done") == 0)
		return "is done";
	if (strncmp(node->rung, "wait-", 5) == 0)
		return "waits for the others";
	if (strcmp(node->rung, "refuse") == 0)
		return "was stopped: there, 'atrest continue' says why";
	return "is next: there, 'atrest continue'";
}

/* The ladder, while a goal is under way: each node's rung, and the command that goes on. */
static void say_ladder(struct ar_report *report, const struct ar_cluster *cluster)
{
	const struct ar_told *told = &cluster->told;

	for (size_t i = 0; told->goal.key[0] && i < cluster->count; i++) {
		const struct ar_cluster_server *server = &cluster->list[i];
		const struct ar_told_node *node = ar_told_node(told, server->host);
		const bool fresh = told_of_it(told, node);
		ar_report_check(report, AR_MARK_ADD, "ladder     %s %s%s%s%s",
				ar_cluster_name(server), what_next(told, node),
				fresh ? " (rung: " : "", fresh ? node->rung : "", fresh ? ")" : "");
	}
}

static void say_lease(struct ar_report *report, const struct ar_cluster *cluster)
{
	const struct ar_told_goal *goal = &cluster->told.goal;

	if (goal->key[0])
		ar_report_check(report, AR_MARK_ADD, "goal       %s%s%s (%s), named on %s at %s",
				goal->key, goal->resources[0] ? " for " : "", goal->resources,
				goal->what, goal->by, goal->at);
	if (cluster->lease.holder[0])
		ar_report_check(report, AR_MARK_ADD, "at work    %s since %s, last heard of at %s",
				cluster->lease.holder, cluster->lease.acquired,
				cluster->lease.renewed);
	say_ladder(report, cluster);
	if (cluster->told.odd[0])
		ar_report_check(report, AR_MARK_WARN, "nodes      %s", cluster->told.odd);
}

static bool all_the_same(const struct ar_cluster *cluster)
{
	for (size_t i = 0; i < cluster->count; i++)
		if (cluster->list[i].load == AR_CLUSTER_UNKNOWN ||
		    !has_the_same(&cluster->list[i], &cluster->list[cluster->self]))
			return false;
	return true;
}

void ar_status_servers_say(struct ar_report *report, const struct ar_status_servers *servers)
{
	const struct ar_cluster *cluster = &servers->cluster;
	const bool same = servers->seen && all_the_same(cluster);

	if (!servers->seen) {
		if (servers->why[0])
			ar_report_check(report, AR_MARK_WARN, "servers    %s", servers->why);
		return;
	}
	if (cluster->count > 1) {
		ar_report_check(report, same ? AR_MARK_DONE : AR_MARK_CONFLICT,
				"servers    %zu, %s", cluster->count,
				same ? "all have loaded the same" : "they do not have the same");
		say_table(report, cluster);
	}
	say_lease(report, cluster);
}

/* --- how old the keys are -------------------------------------------------------------------- */

/* Days since some day; the calendar's own arithmetic. 0: no date. */
static int64_t day_of(const char *date)
{
	struct tm utc = { .tm_isdst = 0 };
	const char *end = strptime(date, "%Y-%m-%d", &utc);

	return end && !*end ? (int64_t)timegm(&utc) / 86400 + 1000000 : 0;
}

int ar_status_days(const char *from, const char *to)
{
	const int64_t first = day_of(from), last = day_of(to);

	return first && last && last >= first ? (int)(last - first) : -1;
}

#define KEYS 64

struct ages {
	void (*each)(struct ages *ages, const char *provider, const struct ar_enc_key *key);
	struct ar_report *report;
	const char *today;
	json_t *list;
	bool failed;
	/* Those that were told already: entries have the same keys, usually. */
	struct {
		enum ar_provider_kind provider;
		const char *name;
	} told[KEYS];
	size_t count;
};

static bool is_new(struct ages *ages, enum ar_provider_kind provider, const char *name)
{
	for (size_t i = 0; i < ages->count; i++)
		if (ages->told[i].provider == provider && strcmp(ages->told[i].name, name) == 0)
			return false;
	if (ages->count < KEYS) {
		ages->told[ages->count].provider = provider;
		ages->told[ages->count++].name = name;
	}
	return true;
}

static void for_provider(struct ages *ages, const struct ar_enc_provider *provider)
{
	for (size_t i = 0; i < provider->key_count; i++)
		if (is_new(ages, provider->kind, provider->keys[i].name))
			ages->each(ages, ar_provider_name(provider->kind), &provider->keys[i]);
}

static void for_keys(struct ages *ages, const struct ar_encconf *conf)
{
	for (size_t e = 0; conf && e < conf->entry_count; e++)
		for (size_t p = 0; p < conf->entries[e].provider_count; p++)
			for_provider(ages, &conf->entries[e].providers[p]);
}

static void say_age(struct ages *ages, const char *provider, const struct ar_enc_key *key)
{
	const int days = ar_status_days(key->made, ages->today);
	char ago[40];

	if (days < 0)
		return;
	snprintf(ago, sizeof ago, days == 1 ? "%d day ago" : "%d days ago", days);
	ar_report_check(ages->report, AR_MARK_DONE, "age        %s/%s was made %s, %s", provider,
			key->name, key->made, days == 0 ? "today" : ago);
}

void ar_status_ages_say(struct ar_report *report, const struct ar_status_servers *servers,
			const struct ar_encconf *conf)
{
	struct ages ages = { .each = say_age, .report = report, .today = servers->today };

	for_keys(&ages, conf);
}

static void list_age(struct ages *ages, const char *provider, const struct ar_enc_key *key)
{
	const int days = ar_status_days(key->made, ages->today);
	json_t *one = json_pack("{s:s, s:o, s:o, s:o}", "provider", provider, "name",
				ar_json_text(key->name), "made",
				ar_json_text(key->made[0] ? key->made : NULL), "days",
				days < 0 ? json_null() : json_integer(days));

	ages->failed |= json_array_append_new(ages->list, one) != 0;
}

json_t *ar_status_keys_json(const struct ar_status_servers *servers, const struct ar_encconf *conf)
{
	struct ages ages = { .each = list_age, .today = servers->today, .list = json_array() };

	for_keys(&ages, conf);
	if (!ages.failed)
		return ages.list;
	json_decref(ages.list);
	return NULL;
}
