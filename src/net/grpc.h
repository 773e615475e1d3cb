/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "net/http.h"

/*
 * Unary gRPC calls over an ar_http connection: one message there, one back.
 *
 * Wire: HTTP/2 POST, content-type application/grpc, te: trailers; each message behind a byte (0:
 * not compressed) and its length, 32 bits big-endian. The call's state comes in trailers, or among
 * the headers where there is no body ("trailers only"). HTTP's own status is 200 either way:
 * without grpc-status 0 the call failed, also when its body looks complete. (gRPC's
 * PROTOCOL-HTTP2.md)
 */

/* Of the 17 codes those that callers tell apart. */
enum ar_grpc_code {
	AR_GRPC_OK = 0,
	AR_GRPC_UNKNOWN = 2,
	AR_GRPC_INVALID = 3,
	AR_GRPC_DEADLINE = 4,
	AR_GRPC_NOT_FOUND = 5,
	AR_GRPC_DENIED = 7,
	AR_GRPC_EXHAUSTED = 8,
	AR_GRPC_PRECONDITION = 9,
	AR_GRPC_OUT_OF_RANGE = 11,
	AR_GRPC_UNIMPLEMENTED = 12,
	AR_GRPC_UNAVAILABLE = 14,
	AR_GRPC_UNAUTHENTICATED = 16,
};

struct ar_grpc_call {
	const char *method;           /* "/etcdserverpb.KV/Range" */
	const struct ar_buf *message; /* the request, without its frame */
	unsigned timeout_ms;          /* 0: 30 s */
	size_t max;                   /* of the answer's message, bytes; 0: 64 MiB */
	bool secret;                  /* the answer bears secrets: into guarded memory */
};

struct ar_grpc_reply {
	int code;           /* enum ar_grpc_code, or another of gRPC's */
	char message[400];  /* decoded, printable, in one line; "" with code 0 */
	struct ar_buf body; /* the message, where code is 0 */
};

#define AR_GRPC_REPLY_INIT            \
	{                             \
		.code = 0,            \
		.body = {             \
			.data = NULL, \
		},                    \
	}
#define AR_GRPC_REPLY_AUTO __attribute__((cleanup(ar_grpc_reply_done)))
/* Releases the body; the reply can be used again. */
void ar_grpc_reply_done(struct ar_grpc_reply *reply);

/* Calls. 0: there was an answer in gRPC's form, whatever its code. -1: there was none: as
 * ar_http_request (ar_http_is_away tells), or what came was not gRPC: HTTP/1, another status or
 * content type, no grpc-status, a compressed or broken frame, more than one message, bytes behind
 * it. `ret` is set on 0 only, and begins as AR_GRPC_REPLY_INIT or as a reply that was released. */
int ar_grpc_unary(struct ar_http *http, const struct ar_grpc_call *call, struct ar_grpc_reply *ret,
		  struct ar_err *err);
