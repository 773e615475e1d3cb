/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "drive.h"
#include "net/http.h"

/*
 * src/net and src/api, driven from a shell (test/net/run.py says how):
 *
 *   drive-net http [options] METHOD PATH
 *   drive-net grpc [options] METHOD MESSAGE
 *   drive-net flight [options] METHOD PATH                        each request's number is appended
 *   drive-net api KUBECONFIG ADDRESS PORT COMMAND [argument…]     ADDRESS -: the kubeconfig's own
 */

struct ar_bytes drive_slurp(const char *path)
{
	static char files[5][256 << 10];
	static size_t used;
	FILE *file = fopen(path, "rb");
	char *data = files[used];

	if (!file || ++used == sizeof files / sizeof *files) {
		perror(path);
		exit(2);
	}
	const size_t len = fread(data, 1, sizeof files[0], file);
	fclose(file);
	return (struct ar_bytes){ data, len };
}

int drive_fail(const struct ar_err *err)
{
	printf("error: %s\nhint: %s\nsys: %d away: %d maybe: %d class: %d\n", err->msg, err->hint,
	       err->sys, ar_http_is_away(err), ar_http_may_be_done(err), (int)err->class);
	return 1;
}

static struct ar_bytes words(const char *text)
{
	return (struct ar_bytes){ text, strlen(text) };
}

static void take(struct drive_args *args, int option, const char *value)
{
	switch (option) {
	case 'h': args->base.host = value; break;
	case 'p': args->base.port = (unsigned)strtoul(value, NULL, 10); break;
	case 'a': args->base.address = value; break;
	case 'c': args->base.ca = drive_slurp(value); break;
	case 'C': args->base.cert = drive_slurp(value); break;
	case 'K': args->base.key = drive_slurp(value); break;
	case 't': args->base.token = words(value); break;
	case 'b': args->request.body = words(value); break;
	case 'T': args->request.content_type = value; break;
	case 'm': args->request.max_body = strtoul(value, NULL, 10); break;
	case 'w': args->request.timeout_ms = (unsigned)strtoul(value, NULL, 10); break;
	case 'f': args->request.fresh = true; break;
	case 's': args->request.secret = true; break;
	case 'n': args->lanes = strtoul(value, NULL, 10); break;
	case 'q': args->quiet = true; break;
	case 'r': args->repeat = strtol(value, NULL, 10); break;
	default: exit(2);
	}
}

static int once(struct ar_http *http, const struct ar_http_request *request)
{
	struct ar_err err = AR_ERR_INIT;
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;

	if (ar_http_request(http, request, &response, &err) != 0)
		return drive_fail(&err);
	printf("status: %d http2: %d retry: %u length: %zu\n", response.status, response.http2,
	       response.retry_after_s, response.body.len);
	fwrite(ar_buf_text(&response.body), 1, response.body.len, stdout);
	return 0;
}

static int drive_http(struct ar_http *http, const struct drive_args *args)
{
	int result = 0;

	for (long i = 0; i < args->repeat && result == 0; i++)
		result = once(http, &args->request);
	return result;
}

static const struct {
	const char *name;
	int (*run)(struct ar_http *http, const struct drive_args *args);
} clients[] = {
	{ "http", drive_http },
	{ "grpc", drive_grpc },
	{ "flight", drive_flight },
};

static int drive_client(size_t client, int argc, char **argv)
{
	struct drive_args args = {
		.base = { .host = "127.0.0.1", .ca_from = "CA-FILE", .user_from = "USER-FILE" },
		.repeat = 1,
		.lanes = 1,
	};
	struct ar_err err = AR_ERR_INIT;
	AR_HTTP_AUTO struct ar_http *http = NULL;
	int option;

	while ((option = getopt(argc, argv, "h:p:a:c:C:K:t:b:T:m:w:fsr:n:q")) != -1)
		take(&args, option, optarg);
	if (argc - optind != 2)
		return 2;
	args.request.method = argv[optind];
	args.request.path = argv[optind + 1];
	if (ar_http_open(&args.base, &http, &err) != 0)
		return drive_fail(&err);
	return clients[client].run(http, &args);
}

int main(int argc, char **argv)
{
	struct ar_err err = AR_ERR_INIT;

	if (ar_secret_setup(&err) != 0)
		return drive_fail(&err);
	for (size_t i = 0; argc > 2 && i < sizeof clients / sizeof *clients; i++)
		if (strcmp(argv[1], clients[i].name) == 0)
			return drive_client(i, argc - 1, argv + 1);
	if (argc > 5 && strcmp(argv[1], "api") == 0)
		return drive_api(argv + 2);
	fprintf(stderr, "usage: drive-net http|grpc|flight|api …\n");
	return 2;
}
