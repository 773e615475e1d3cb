/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pb.h"

#include <string.h>

#define MAX_NUMBER ((1u << 29) - 1)

struct ar_pb ar_pb_over(const void *data, size_t len)
{
	return (struct ar_pb){ .data = data, .len = len };
}

struct ar_pb ar_pb_in(const struct ar_pb_field *field)
{
	if (field->wire != AR_PB_BYTES)
		return (struct ar_pb){ .bad = true };
	return ar_pb_over(field->data, field->len);
}

/* --- reading: each says whether it could, and moves on only then -------------------------------
 */

static bool take_varint(struct ar_pb *pb, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 10 && i < pb->len - pb->at; i++) {
		const uint64_t byte = pb->data[pb->at + i];

		/* The tenth byte has room for one bit. */
		if (i == 9 && byte > 1)
			return false;
		value |= (byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		pb->at += i + 1;
		*ret = value;
		return true;
	}
	return false;
}

static bool take_fixed(struct ar_pb *pb, unsigned len, uint64_t *ret)
{
	uint64_t value = 0;

	if (len > pb->len - pb->at)
		return false;
	for (unsigned i = 0; i < len; i++)
		value |= (uint64_t)pb->data[pb->at + i] << (8 * i);
	pb->at += len;
	*ret = value;
	return true;
}

static bool take_bytes(struct ar_pb *pb, struct ar_pb_field *field)
{
	uint64_t len;

	if (!take_varint(pb, &len) || len > pb->len - pb->at)
		return false;
	field->data = pb->data + pb->at;
	field->len = (size_t)len;
	pb->at += field->len;
	return true;
}

static bool take_field(struct ar_pb *pb, struct ar_pb_field *field)
{
	uint64_t tag;

	if (!take_varint(pb, &tag) || tag >> 3 == 0 || tag >> 3 > MAX_NUMBER)
		return false;
	field->number = (uint32_t)(tag >> 3);
	switch (tag & 7) {
	case AR_PB_VARINT: field->wire = AR_PB_VARINT; return take_varint(pb, &field->value);
	case AR_PB_FIXED64: field->wire = AR_PB_FIXED64; return take_fixed(pb, 8, &field->value);
	case AR_PB_BYTES: field->wire = AR_PB_BYTES; return take_bytes(pb, field);
	case AR_PB_FIXED32: field->wire = AR_PB_FIXED32; return take_fixed(pb, 4, &field->value);
	default: return false;
	}
}

bool ar_pb_next(struct ar_pb *pb, struct ar_pb_field *ret)
{
	struct ar_pb_field field = { .number = 0 };

	if (pb->bad || pb->at == pb->len)
		return false;
	if (!take_field(pb, &field)) {
		pb->bad = true;
		return false;
	}
	*ret = field;
	return true;
}

bool ar_pb_text(const struct ar_pb_field *field, char *buf, size_t size)
{
	buf[0] = '\0';
	if (field->wire != AR_PB_BYTES || field->len >= size ||
	    memchr(field->data, '\0', field->len))
		return false;
	memcpy(buf, field->data, field->len);
	buf[field->len] = '\0';
	return true;
}

/* --- writing -----------------------------------------------------------------------------------
 */

static void add_varint(struct ar_buf *out, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		ar_buf_addc(out, (char)(unsigned char)(value | 0x80));
	ar_buf_addc(out, (char)(unsigned char)value);
}

static void add_tag(struct ar_buf *out, uint32_t number, enum ar_pb_wire wire)
{
	add_varint(out, (uint64_t)number << 3 | wire);
}

static void add_delimited(struct ar_buf *out, uint32_t number, const void *data, size_t len)
{
	add_tag(out, number, AR_PB_BYTES);
	add_varint(out, len);
	ar_buf_add(out, data, len);
}

void ar_pb_add_int(struct ar_buf *out, uint32_t number, uint64_t value)
{
	if (value == 0)
		return;
	add_tag(out, number, AR_PB_VARINT);
	add_varint(out, value);
}

void ar_pb_add_bytes(struct ar_buf *out, uint32_t number, const void *data, size_t len)
{
	if (len > 0)
		add_delimited(out, number, data, len);
}

void ar_pb_add_text(struct ar_buf *out, uint32_t number, const char *text)
{
	ar_pb_add_bytes(out, number, text, strlen(text));
}

void ar_pb_add_message(struct ar_buf *out, uint32_t number, const struct ar_buf *message)
{
	add_delimited(out, number, ar_buf_text(message), message->len);
	/* What is missing inside must not pass for a message that is merely short. */
	out->failed = out->failed || message->failed;
}
