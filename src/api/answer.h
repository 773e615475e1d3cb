/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * What an API server's answer means: the Status object of a refusal, and the JSON of the rest.
 * Pure: bytes in, values out.
 *
 * Shape: apimachinery's meta/v1 types.go (Status, StatusReason). Priority and fairness answers 429
 * in plain text, and so do some proxies: then the text is the message.
 */

enum ar_answer_kind {
	AR_ANSWER_OK,           /* 2xx */
	AR_ANSWER_UNAUTHORIZED, /* 401: who we are is not believed */
	AR_ANSWER_FORBIDDEN,    /* 403: by RBAC or by admission */
	AR_ANSWER_NOT_FOUND,    /* 404 */
	AR_ANSWER_EXISTS,       /* 409, reason AlreadyExists */
	AR_ANSWER_CONFLICT,     /* any other 409: somebody else was first */
	AR_ANSWER_BUSY,         /* 429, 503, 504: later */
	AR_ANSWER_REFUSED,      /* other 4xx: the request is not what the server takes */
	AR_ANSWER_BROKEN,       /* other 5xx: the server cannot */
	AR_ANSWER_STRANGE,      /* 1xx, 3xx: not what an API server says */
};

struct ar_answer {
	int code; /* the HTTP status */
	enum ar_answer_kind kind;
	unsigned retry_after_s; /* the Status' own wish, 0: none */
	char reason[64];        /* Status.reason, "" where there is none */
	char message[400];      /* printable, in one line, cut with an ellipsis; may be "" */
};

/* Reads a refusal, or anything else that came with `code`. Never fails: a body that is no Status
 * is shown as it is. */
void ar_answer_read(int code, const struct ar_buf *body, struct ar_answer *ret);

/* Who asked for what, for messages. */
struct ar_asked {
	const char *what; /* "read ConfigMap kube-system/kubeadm-config" */
	const char *user; /* as the kubeconfig calls it, may be NULL */
	const char *from; /* the kubeconfig's path */
};

/* States the refusal as an error with its remedy; err->sys is ENOENT where there is no such thing,
 * EEXIST where there is one already, EAGAIN where the server is busy. Always returns -1. */
int ar_answer_err(const struct ar_answer *answer, const struct ar_asked *asked, struct ar_err *err);

/* The body as JSON; duplicate keys and what follows the value are errors, which never show the
 * text. The caller releases it (json_decref). */
int ar_answer_json(const struct ar_buf *body, json_t **ret, struct ar_err *err);

/* The value under these keys, one inside the other; `keys` ends with NULL. NULL where one is
 * missing. Borrowed. */
json_t *ar_answer_dig(const json_t *json, const char *const *keys);
#define AR_DIG(json, ...) ar_answer_dig(json, (const char *const[]){ __VA_ARGS__, NULL })
/* The same for a string; "" where it is missing or none. Borrowed. */
const char *ar_answer_text(const json_t *json, const char *const *keys);
#define AR_DIG_TEXT(json, ...) ar_answer_text(json, (const char *const[]){ __VA_ARGS__, NULL })
