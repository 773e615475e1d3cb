/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/err.h"
#include "net/http.h"

/* What the parts of drive-net share. */

struct drive_args {
	struct ar_http_base base;
	struct ar_http_request request;
	long repeat;
	size_t lanes;
	bool quiet; /* totals only */
};

/* A file's bytes, for as long as the program runs; ends the program where there are none. */
struct ar_bytes drive_slurp(const char *path);
/* Prints an error and gives the exit status for it. */
int drive_fail(const struct ar_err *err);
/* KUBECONFIG ADDRESS PORT COMMAND [argument…], NULL behind them. */
int drive_api(char **argv);
/* Calls with the text as the message; prints each reply. */
int drive_grpc(struct ar_http *http, const struct drive_args *args);
/* Sends the request `repeat` times in as many lanes; prints each answer, and totals. */
int drive_flight(struct ar_http *http, const struct drive_args *args);

/* Commands of drive_api about what a cluster stores; each says its arguments. */
struct ar_api;
int drive_rewrite(struct ar_api *api, char **argv);
int drive_discovery(struct ar_api *api, char **argv);
int drive_names(struct ar_api *api, char **argv);
int drive_migration(struct ar_api *api, char **argv);
/* read | take US | renew US | release US | wait MS | annotate NAME VALUE | goal KEY BY INSTEAD |
 * drop KEY | node HOST SHA256 AT | told, one after the other. */
int drive_lease(struct ar_api *api, char **argv);
