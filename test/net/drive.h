/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/err.h"
#include "net/http.h"

/* What the halves of drive-net share. */

/* A file's bytes, for as long as the program runs; ends the program where there are none. */
struct ar_bytes drive_slurp(const char *path);
/* Prints an error and gives the exit status for it. */
int drive_fail(const struct ar_err *err);
/* KUBECONFIG ADDRESS PORT COMMAND [argument…], NULL behind them. */
int drive_api(char **argv);
