/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/pb.h"
#include "drive.h"

/* etcd takes 128 operations in a transaction, and its gRPC server what --max-request-bytes says. */
#define MOST_OPS   100
#define MOST_BYTES ((size_t)8 << 20)

struct fill {
	struct ar_http *http;
	struct ar_buf txn; /* grows to MOST_BYTES */
	unsigned ops;
};

static int flush(struct fill *fill, struct ar_err *err)
{
	AR_GRPC_REPLY_AUTO struct ar_grpc_reply reply = AR_GRPC_REPLY_INIT;
	const struct ar_grpc_call call = { .method = "/etcdserverpb.KV/Txn",
					   .message = &fill->txn };

	if (fill->ops == 0)
		return 0;
	if (ar_grpc_unary(fill->http, &call, &reply, err) != 0)
		return -1;
	if (reply.code != AR_GRPC_OK)
		return ar_err_set(err, "%s", reply.message);
	ar_buf_reset(&fill->txn);
	fill->ops = 0;
	return 0;
}

static int put(struct fill *fill, const char *key, const struct ar_buf *value, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf one = AR_BUF_INIT;
	AR_BUF_AUTO struct ar_buf op = AR_BUF_INIT;

	ar_pb_add_text(&one, 1, key);
	ar_pb_add_bytes(&one, 2, ar_buf_text(value), value->len);
	ar_pb_add_message(&op, 2, &one);
	ar_pb_add_message(&fill->txn, 2, &op);
	return ++fill->ops == MOST_OPS || fill->txn.len > MOST_BYTES ? flush(fill, err) : 0;
}

static int fill_all(struct fill *fill, char **argv, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf value = AR_BUF_INIT;
	AR_BUF_AUTO struct ar_buf key = AR_BUF_INIT;
	const long from = strtol(argv[1], NULL, 10), count = strtol(argv[2], NULL, 10);
	const size_t size = strtoul(argv[3], NULL, 10), head = strlen(argv[4]);

	ar_buf_adds(&value, argv[4]);
	ar_buf_fill(&value, 'x', size > head ? size - head : 0);
	for (long i = from; i < from + count; i++) {
		ar_buf_reset(&key);
		ar_buf_addf(&key, "%s%05ld", argv[0], i);
		if (put(fill, ar_buf_text(&key), &value, err) != 0)
			return -1;
	}
	return flush(fill, err);
}

int drive_fill(struct tool *tool, int argc, char **argv, struct ar_err *err)
{
	const struct ar_etcd_base *base = tool->base;
	AR_HTTP_AUTO struct ar_http *http = NULL;
	struct fill fill = { .ops = 0 };

	(void)argc;
	if (ar_http_open(&(struct ar_http_base){ .host = base->servers[0].host,
						 .port = base->servers[0].port,
						 .ca = base->ca,
						 .cert = base->cert,
						 .key = base->key,
						 .ca_from = base->ca_from,
						 .user_from = base->cert_from },
			 &http, err) != 0)
		return -1;
	fill.http = http;
	const int result = fill_all(&fill, argv, err);
	ar_buf_done(&fill.txn);
	return result;
}
