/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * The fields of a protobuf message, read and written one at a time, bounded. For the handful of
 * messages that are needed of etcd and of stored values; nothing here knows any of them.
 *
 * Reading borrows: a field's bytes point into the message. What is malformed (a varint over ten
 * bytes, a length beyond the end, a group, field number 0) ends the reading with `bad` set: whoever
 * reads asks for it once, behind the loop.
 */

enum ar_pb_wire { AR_PB_VARINT = 0, AR_PB_FIXED64 = 1, AR_PB_BYTES = 2, AR_PB_FIXED32 = 5 };

struct ar_pb {
	const uint8_t *data;
	size_t len, at;
	bool bad;
};

struct ar_pb_field {
	uint32_t number; /* 1..2^29-1 */
	enum ar_pb_wire wire;
	uint64_t value;      /* of VARINT, FIXED64, FIXED32 */
	const uint8_t *data; /* of BYTES, borrowed; never NULL then */
	size_t len;
};

/* A reader over `len` bytes; data may be NULL when len is 0. */
struct ar_pb ar_pb_over(const void *data, size_t len);
/* A reader over a field that is a message itself. A field that is not BYTES gives a bad reader. */
struct ar_pb ar_pb_in(const struct ar_pb_field *field);
/* The next field; false at the end, or where it is bad. */
bool ar_pb_next(struct ar_pb *pb, struct ar_pb_field *ret);
/* Copies a BYTES field as a text into buf, NUL-terminated. false where it is no BYTES, has a NUL in
 * it or does not fit: buf is "" then. */
bool ar_pb_text(const struct ar_pb_field *field, char *buf, size_t size);

/* Writing: each appends one field. A zero, and no bytes, are left out, as proto3 does it. */
void ar_pb_add_int(struct ar_buf *out, uint32_t number, uint64_t value);
void ar_pb_add_bytes(struct ar_buf *out, uint32_t number, const void *data, size_t len);
void ar_pb_add_text(struct ar_buf *out, uint32_t number, const char *text);
/* A message in a message; appended also when it is empty. */
void ar_pb_add_message(struct ar_buf *out, uint32_t number, const struct ar_buf *message);
