/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/err.h"
#include "kube/encconf.h"
#include "plan/rung.h"

/*
 * The resources that shall be encrypted, as a person lists them (`--resources a,b`) and as the
 * nodes tell each other. Sorted, and once each, so that every node makes the same file of it. Pure.
 */

#define AR_LISTED_TEXT 2048

struct ar_listed {
	char text[AR_LISTED_TEXT];  /* "configmaps,secrets"; "": none are listed */
	char words[AR_LISTED_TEXT]; /* the same, each with its NUL */
	const char *list[AR_RUNG_NAMES];
	size_t count;
};

/* Reads "secrets,configmaps"; "": none. `ret` points into itself, so it is not copied. -1: one is
 * empty or no name that there can be, or they are too many. A wildcard is taken. */
int ar_listed_read(const char *text, struct ar_listed *ret, struct ar_err *err);

/* The first name of the config that is not listed; NULL: all are. Borrowed from the config. */
const char *ar_listed_spare(const struct ar_listed *listed, const struct ar_encconf *conf);
