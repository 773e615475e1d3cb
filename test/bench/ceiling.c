/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast an API server and its etcd rewrite at all: the same empty merge patch for every path of
 * standard input, so many in flight over one connection, and nothing else. What it reaches is what
 * `atrest reencrypt` is measured against (live.py).
 *
 *     ceiling https://HOST:6443 CA CERT KEY [32] <PATHS      prints how many, failures, and seconds
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct task {
	const char *server;
	const char *const *files; /* CA, certificate, key */
	CURLM *multi;
	struct curl_slist *headers;
	long done, failed, in_flight;
};

static size_t forget(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	return size * count;
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static CURL *make(const struct task *task)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		exit(1);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_CAINFO, task->files[0]);
	curl_easy_setopt(easy, CURLOPT_SSLCERT, task->files[1]);
	curl_easy_setopt(easy, CURLOPT_SSLKEY, task->files[2]);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PATCH");
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{}");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, task->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, forget);
	return easy;
}

/* The next path, into this handle; false: there is none. */
static bool send_next(struct task *task, CURL *easy)
{
	static char line[2048], url[4096];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	line[strcspn(line, "\n")] = 0;
	snprintf(url, sizeof(url), "%s%s?fieldManager=ceiling&includeObject=None", task->server,
		 line);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_multi_add_handle(task->multi, easy);
	task->in_flight++;
	return true;
}

static void take(struct task *task, const CURLMsg *message)
{
	CURL *easy = message->easy_handle;
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	task->done++;
	task->failed += message->data.result != CURLE_OK || status != 200;
	task->in_flight--;
	curl_multi_remove_handle(task->multi, easy);
	if (!send_next(task, easy))
		curl_easy_cleanup(easy);
}

static void run(struct task *task)
{
	int running, queued;

	while (task->in_flight > 0) {
		CURLMsg *message;

		curl_multi_perform(task->multi, &running);
		while ((message = curl_multi_info_read(task->multi, &queued)) != NULL)
			if (message->msg == CURLMSG_DONE)
				take(task, message);
		if (task->in_flight > 0)
			curl_multi_poll(task->multi, NULL, 0, 1000, NULL);
	}
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fputs("usage: ceiling https://HOST:6443 CA CERT KEY [32] <PATHS\n", stderr);
		return 2;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	struct task task = { argv[1], (const char *const *)argv + 2, curl_multi_init(), NULL, 0, 0,
			     0 };
	long streams = argc > 5 ? strtol(argv[5], NULL, 10) : 32;

	curl_multi_setopt(task.multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	curl_multi_setopt(task.multi, CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
	task.headers = curl_slist_append(NULL, "Content-Type: application/merge-patch+json");
	task.headers = curl_slist_append(task.headers,
					 "Accept: application/json;as=Table;v=v1;g=meta.k8s.io");
	double begin = now();
	for (long at = 0; at < streams; at++) {
		CURL *easy = make(&task);
		if (!send_next(&task, easy))
			curl_easy_cleanup(easy);
	}
	run(&task);
	printf("{\"done\": %ld, \"failed\": %ld, \"seconds\": %.3f}\n", task.done, task.failed,
	       now() - begin);
	curl_multi_cleanup(task.multi);
	curl_slist_free_all(task.headers);
	return task.failed > 0;
}
