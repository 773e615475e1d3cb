/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/file.h"
#include "host/spawn.h"
#include "host/tail.h"

#define JOURNAL_MS 5000

static int newest(const struct ar_session *session, const char *folder)
{
	struct ar_entry *entries = NULL;
	struct ar_err unread = AR_ERR_INIT;
	size_t count = 0;
	int number = -1;

	if (ar_folder_list(&session->host, folder, &entries, &count, &unread) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (ar_pod_log_number(entries[i].name) > number)
			number = ar_pod_log_number(entries[i].name);
	free(entries);
	return number;
}

void ar_logs_server(const struct ar_session *session, const struct ar_pod *pod, const char *uid,
		    struct ar_buf *out, int *ret_number)
{
	char folder[1024], path[1100];

	ar_server_logs(session, pod, uid, folder, sizeof folder);
	*ret_number = folder[0] ? newest(session, folder) : -1;
	if (*ret_number < 0)
		return;
	snprintf(path, sizeof path, "%s/%d.log", folder, *ret_number);
	ar_tail_read(&session->host, path, 0, AR_LOG_MAX, out);
}

/* klog's head is "E1124 04:55:00.123456", local time, without a year: how lines are told from those
 * of before. A line without a head belongs to the one before it. */
static bool is_since(const char *line, size_t len, const char *since)
{
	return len < 15 || !strchr("IWEF", line[0]) || line[5] != ' ' ||
	       strncmp(line + 1, since, 13) >= 0;
}

static void drop_before(struct ar_buf *log, size_t start, int64_t since_ns)
{
	const time_t seconds = (time_t)(since_ns / 1000000000);
	struct tm local;
	char since[20];
	size_t at = start;

	if (!localtime_r(&seconds, &local) ||
	    strftime(since, sizeof since, "%m%d %H:%M:%S", &local) == 0)
		return;
	while (at < log->len) {
		const char *end = memchr(log->data + at, '\n', log->len - at);
		size_t next = end ? (size_t)(end - log->data) + 1 : log->len;
		if (is_since(log->data + at, next - at, since) && strchr("IWEF", log->data[at]))
			break;
		at = next;
	}
	memmove(log->data + start, log->data + at, log->len - at + 1);
	log->len -= at - start;
}

/* Where a kubelet without systemd is usually told to write. */
static const char *const files[] = { "/var/log/kubelet.log", "/var/log/kubelet/kubelet.log" };
static const char *const journals[] = { "/usr/bin/journalctl", "/bin/journalctl" };

static bool read_journal(const struct ar_session *session, const char *program, int64_t since_ns,
			 struct ar_buf *out)
{
	char since[40];
	const char *const argv[] = { program, "-u", "kubelet", "-o",  "cat", "--no-pager",
				     "-q",    "-n", "2000",    since, NULL };
	size_t before = out->len;

	snprintf(since, sizeof since, "--since=@%lld", (long long)(since_ns / 1000000000));
	return ar_spawn_read(&session->host, argv, JOURNAL_MS, AR_LOG_MAX, out) == 0 &&
	       out->len > before;
}

const char *ar_logs_kubelet(const struct ar_session *session, int64_t since_ns, struct ar_buf *out)
{
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		size_t before = out->len;
		if (ar_tail_read(&session->host, files[i], 0, AR_LOG_MAX, out) == 0)
			continue;
		if (!out->failed && out->len > before)
			drop_before(out, before, since_ns);
		return files[i];
	}
	for (size_t i = 0; i < sizeof journals / sizeof journals[0]; i++)
		if (read_journal(session, journals[i], since_ns, out))
			return "journalctl -u kubelet";
	return "the kubelet's log";
}
