/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"

/*
 * The oracle's protocol (README.md) from our side: one JSON object a line in, one a line out.
 */

struct request {
	struct ar_text text; /* the document */
	const char *config;  /* where the EncryptionConfiguration lies; NULL: the default */
	int minor;           /* Kubernetes 1.<minor>; -1: not known */
	bool reload;
	bool remove;
	const json_t *line; /* all of it, for what only one of us is asked */
};

/* Adds its fields to `ret_answer`, which has the id. 0: accepted; -1: refused, and `err` says why.
 */
typedef int answer_fn(const struct request *request, json_t *ret_answer, struct ar_err *err);

/* The bytes of a field in base64, malloc'ed, exactly as many as there are: an overrun is seen by
 * the sanitizers. */
int serve_bytes(const json_t *line, const char *field, char **ret_data, size_t *ret_len);

/* Answers stdin's requests on stdout until it ends. `secret`: the documents bear keys. Returns the
 * exit code. */
int serve(bool secret, answer_fn *answer);
