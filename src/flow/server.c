/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "plan/wanted.h"

void ar_running_done(struct ar_running *running)
{
	ar_process_done(&running->process);
	*running = (struct ar_running)AR_RUNNING_INIT;
}

struct ar_running ar_running_take(struct ar_running *running)
{
	struct ar_running taken = *running;

	*running = (struct ar_running)AR_RUNNING_INIT;
	return taken;
}

bool ar_running_has_pod(const struct ar_running *running, const char *uid)
{
	for (size_t i = 0; i < running->pod_count; i++)
		if (strcmp(running->pods[i], uid) == 0)
			return true;
	return false;
}

static int find_pods(const struct ar_session *session, const struct ar_pod *pod,
		     struct ar_running *running, struct ar_err *err)
{
	struct ar_entry *entries = NULL;
	size_t count = 0;

	if (ar_folder_list(&session->host, AR_POD_LOGS, &entries, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count && running->pod_count < AR_PODS; i++)
		if (ar_pod_uid_of_folder(entries[i].name, pod->namespace, pod->name,
					 running->pods[running->pod_count]))
			running->pod_count++;
	free(entries);
	return 0;
}

static const char *pod_of(const struct ar_running *running, const struct ar_process *process)
{
	for (size_t i = 0; i < running->pod_count; i++)
		if (ar_pod_uid_in_cgroup(process->cgroup, running->pods[i]))
			return running->pods[i];
	return NULL;
}

/* As the server takes a switch: bare, or one of Go's words for true. */
static bool is_on(const char *value)
{
	static const char *const words[] = { "", "1", "t", "T", "true", "TRUE", "True" };

	for (size_t i = 0; value && i < sizeof words / sizeof words[0]; i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

static void describe(struct ar_running *running)
{
	const char *config = ar_process_flag(&running->process, "--" AR_FLAG);
	const char *reload = ar_process_flag(&running->process, "--" AR_FLAG_RELOAD);

	running->seen = true;
	running->flag = config != NULL;
	running->reloads = is_on(reload);
	snprintf(running->config, sizeof running->config, "%s", config ? config : "");
}

int ar_server_look(const struct ar_session *session, const struct ar_pod *pod,
		   struct ar_running *ret, struct ar_err *err)
{
	AR_RUNNING_AUTO struct ar_running running = AR_RUNNING_INIT;
	struct ar_process *list = NULL, *newest = NULL;
	size_t count = 0;

	if (find_pods(session, pod, &running, err) != 0 ||
	    ar_process_list(&session->host, AR_SERVER_NAME, &list, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *uid = pod_of(&running, &list[i]);
		if (!uid || (newest && newest->start_ticks > list[i].start_ticks))
			continue;
		newest = &list[i];
		snprintf(running.uid, sizeof running.uid, "%s", uid);
	}
	if (newest) {
		running.process = *newest;
		*newest = (struct ar_process){ .pid = 0 };
		describe(&running);
	}
	ar_process_list_free(list, count);
	*ret = ar_running_take(&running);
	return 0;
}

void ar_server_logs(const struct ar_session *session, const struct ar_pod *pod, const char *uid,
		    char *buf, size_t size)
{
	struct ar_entry *entries = NULL;
	struct ar_err unread = AR_ERR_INIT;
	char own[AR_POD_UID];
	size_t count = 0;

	buf[0] = '\0';
	if (ar_folder_list(&session->host, AR_POD_LOGS, &entries, &count, &unread) != 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (ar_pod_uid_of_folder(entries[i].name, pod->namespace, pod->name, own) &&
		    strcmp(own, uid) == 0)
			snprintf(buf, size, AR_POD_LOGS "/%s/%s", entries[i].name,
				 pod->container_name);
	free(entries);
}

unsigned ar_server_port(const struct ar_pod *pod)
{
	struct ar_flag flag[1];
	unsigned long port = 0;

	if (ar_pod_flags(pod, "secure-port", NULL, flag, 1) > 0 && flag[0].value)
		port = strtoul(flag[0].value, NULL, 10);
	return port > 0 && port <= 65535 ? (unsigned)port : 6443;
}
