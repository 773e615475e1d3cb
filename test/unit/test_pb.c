/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/pb.h"

Suite *pb_suite(void);

/* A reader over a copy that ends with its allocation: a sanitizer sees every byte read behind it.
 */
static struct ar_pb exactly(const char *bytes, size_t len, char **ret_copy)
{
	*ret_copy = malloc(len ? len : 1);
	memcpy(*ret_copy, bytes, len);
	return ar_pb_over(*ret_copy, len);
}

#define BYTES(text) text, sizeof(text) - 1

static const struct {
	const char *bytes;
	size_t len;
	struct ar_pb_field field;
	const char *data;
} fields[] = {
	{ BYTES("\x08\x00"), { .number = 1, .wire = AR_PB_VARINT, .value = 0 }, NULL },
	{ BYTES("\x08\x7f"), { .number = 1, .wire = AR_PB_VARINT, .value = 127 }, NULL },
	{ BYTES("\x18\xac\x02"), { .number = 3, .wire = AR_PB_VARINT, .value = 300 }, NULL },
	{ BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
	  { .number = 1, .wire = AR_PB_VARINT, .value = UINT64_MAX },
	  NULL },
	/* As upstream writes none, but may be read: more bytes than needed. */
	{ BYTES("\x08\x81\x80\x00"), { .number = 1, .wire = AR_PB_VARINT, .value = 1 }, NULL },
	{ BYTES("\x09\x01\x02\x03\x04\x05\x06\x07\x88"),
	  { .number = 1, .wire = AR_PB_FIXED64, .value = 0x8807060504030201 },
	  NULL },
	{ BYTES("\x0d\x01\x02\x03\x84"),
	  { .number = 1, .wire = AR_PB_FIXED32, .value = 0x84030201 },
	  NULL },
	{ BYTES("\x12\x03"
		"abc"),
	  { .number = 2, .wire = AR_PB_BYTES, .len = 3 },
	  "abc" },
	{ BYTES("\x12\x00"), { .number = 2, .wire = AR_PB_BYTES, .len = 0 }, "" },
	{ BYTES("\x82\x04\x01z"), { .number = 64, .wire = AR_PB_BYTES, .len = 1 }, "z" },
	{ BYTES("\xf8\xff\xff\xff\x0f\x05"),
	  { .number = (1u << 29) - 1, .wire = AR_PB_VARINT, .value = 5 },
	  NULL },
};

START_TEST(a_field_is_read)
{
	char *copy;
	struct ar_pb pb = exactly(fields[_i].bytes, fields[_i].len, &copy);
	const struct ar_pb_field *want = &fields[_i].field;
	struct ar_pb_field field;

	ck_assert(ar_pb_next(&pb, &field));
	ck_assert_uint_eq(field.number, want->number);
	ck_assert_int_eq(field.wire, want->wire);
	ck_assert_uint_eq(field.value, want->value);
	ck_assert_uint_eq(field.len, want->len);
	if (fields[_i].data) {
		ck_assert_ptr_nonnull(field.data);
		ck_assert_mem_eq(field.data, fields[_i].data, want->len);
	}
	ck_assert(!ar_pb_next(&pb, &field));
	ck_assert(!pb.bad);
	free(copy);
}
END_TEST

START_TEST(a_field_that_is_cut_off_is_bad)
{
	for (size_t len = 1; len < fields[_i].len; len++) {
		char *copy;
		struct ar_pb pb = exactly(fields[_i].bytes, len, &copy);
		struct ar_pb_field field = { .number = 77 };

		ck_assert(!ar_pb_next(&pb, &field));
		ck_assert(pb.bad);
		ck_assert_uint_eq(field.number, 77);
		free(copy);
	}
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
} bad[] = {
	{ BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02") },     /* 65 bits */
	{ BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00") }, /* eleven bytes */
	{ BYTES("\x00\x01") },                                         /* number 0 */
	{ BYTES("\x80\x80\x80\x80\x10\x01") },                         /* number 2^29 */
	{ BYTES("\x0b\x0c") },                                         /* a group */
	{ BYTES("\x0c") },                                             /* its end */
	{ BYTES("\x0e\x01") },                                         /* wire type 6 */
	{ BYTES("\x0f\x01") },                                         /* wire type 7 */
	{ BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") },     /* 2^64-1 bytes */
	{ BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x41") },     /* 2^63-1 bytes */
	{ BYTES("\x12\x02\x41") },                                     /* one too few */
};

START_TEST(what_is_malformed_ends_the_reading)
{
	AR_BUF_AUTO struct ar_buf bytes = AR_BUF_INIT;
	struct ar_pb_field field;
	char *copy;

	ar_buf_add(&bytes, "\x08\x01", 2);
	ar_buf_add(&bytes, bad[_i].bytes, bad[_i].len);
	struct ar_pb pb = exactly(bytes.data, bytes.len, &copy);
	ck_assert(ar_pb_next(&pb, &field));
	ck_assert(!pb.bad);
	ck_assert(!ar_pb_next(&pb, &field));
	ck_assert(pb.bad);
	ck_assert(!ar_pb_next(&pb, &field));
	ck_assert_uint_eq(field.value, 1);
	free(copy);
}
END_TEST

START_TEST(nothing_is_a_message_without_fields)
{
	struct ar_pb pb = ar_pb_over(NULL, 0);
	struct ar_pb_field field;

	ck_assert(!ar_pb_next(&pb, &field));
	ck_assert(!pb.bad);
}
END_TEST

START_TEST(a_message_in_a_message)
{
	struct ar_pb outer = ar_pb_over("\x0a\x04\x12\x02hi\x08\x01", 8), inner;
	struct ar_pb_field field;
	char text[3];

	ck_assert(ar_pb_next(&outer, &field));
	inner = ar_pb_in(&field);
	ck_assert(ar_pb_next(&inner, &field));
	ck_assert_uint_eq(field.number, 2);
	ck_assert(ar_pb_text(&field, text, sizeof text));
	ck_assert_str_eq(text, "hi");
	ck_assert(!ar_pb_next(&inner, &field));
	ck_assert(!inner.bad);
	ck_assert(ar_pb_next(&outer, &field));
	inner = ar_pb_in(&field);
	ck_assert(inner.bad);
	ck_assert(!ar_pb_next(&inner, &field));
}
END_TEST

static const struct {
	struct ar_pb_field field;
	size_t size;
	bool fits;
	const char *text;
} texts[] = {
	{ { .wire = AR_PB_BYTES, .data = (const uint8_t *)"abc", .len = 3 }, 4, true, "abc" },
	{ { .wire = AR_PB_BYTES, .data = (const uint8_t *)"abc", .len = 3 }, 3, false, "" },
	{ { .wire = AR_PB_BYTES, .data = (const uint8_t *)"", .len = 0 }, 1, true, "" },
	{ { .wire = AR_PB_BYTES, .data = (const uint8_t *)"a\0b", .len = 3 }, 8, false, "" },
	{ { .wire = AR_PB_VARINT, .value = 65 }, 8, false, "" },
};

START_TEST(a_text_fits_or_is_empty)
{
	char text[8] = "before";

	ck_assert_int_eq(ar_pb_text(&texts[_i].field, text, texts[_i].size), texts[_i].fits);
	ck_assert_str_eq(text, texts[_i].text);
}
END_TEST

START_TEST(what_is_written_is_as_protobuf_has_it)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	AR_BUF_AUTO struct ar_buf inner = AR_BUF_INIT;

	ar_pb_add_int(&out, 1, 0);
	ar_pb_add_bytes(&out, 1, NULL, 0);
	ar_pb_add_text(&out, 1, "");
	ck_assert_uint_eq(out.len, 0);
	ar_pb_add_message(&out, 2, &inner);
	ar_pb_add_int(&inner, 1, 300);
	ar_pb_add_text(&inner, 64, "z");
	ar_pb_add_message(&out, 3, &inner);
	ar_pb_add_bytes(&out, 1, "a\0b", 3);
	ar_pb_add_int(&out, 1, UINT64_MAX);
	static const char want[] = "\x12\x00"
				   "\x1a\x07\x08\xac\x02\x82\x04\x01z"
				   "\x0a\x03"
				   "a\0b"
				   "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
	ck_assert_uint_eq(out.len, sizeof want - 1);
	ck_assert_mem_eq(out.data, want, out.len);
}
END_TEST

START_TEST(a_message_that_is_not_whole_makes_the_outer_one_fail)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	AR_BUF_AUTO struct ar_buf inner = { .max = 4 };

	ar_pb_add_text(&inner, 1, "too long");
	ar_pb_add_message(&out, 1, &inner);
	ck_assert(out.failed);
}
END_TEST

START_TEST(every_number_comes_back)
{
	for (unsigned shift = 0; shift < 64; shift++)
		for (int more = -1; more <= 1; more++) {
			AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
			const uint64_t value = ((uint64_t)1 << shift) + (uint64_t)(int64_t)more;
			struct ar_pb_field field = { .value = 0 };

			ar_pb_add_int(&out, 7, value);
			struct ar_pb pb = ar_pb_over(out.data, out.len);
			ck_assert_int_eq(ar_pb_next(&pb, &field), value != 0);
			ck_assert_uint_eq(field.value, value);
		}
}
END_TEST

Suite *pb_suite(void)
{
	Suite *suite = suite_create("pb");
	TCase *tests = tcase_create("pb");
	const int count = sizeof fields / sizeof *fields;

	tcase_add_loop_test(tests, a_field_is_read, 0, count);
	tcase_add_loop_test(tests, a_field_that_is_cut_off_is_bad, 0, count);
	tcase_add_loop_test(tests, what_is_malformed_ends_the_reading, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tests, nothing_is_a_message_without_fields);
	tcase_add_test(tests, a_message_in_a_message);
	tcase_add_loop_test(tests, a_text_fits_or_is_empty, 0, sizeof texts / sizeof *texts);
	tcase_add_test(tests, what_is_written_is_as_protobuf_has_it);
	tcase_add_test(tests, a_message_that_is_not_whole_makes_the_outer_one_fail);
	tcase_add_test(tests, every_number_comes_back);
	suite_add_tcase(suite, tests);
	return suite;
}
