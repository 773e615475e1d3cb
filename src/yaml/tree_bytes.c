/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "yaml/tree_impl.h"

#define NEL 0x85
#define LS  0x2028
#define PS  0x2029
#define BOM 0xfeff

/* About the file as a whole: no line to point at. */
static int refuse_file(const struct ar_text *text, struct ar_err *err, const char *message,
		       const char *hint)
{
	if (ar_err_is_set(err))
		return -1;
	ar_err_set(err, "%s", message);
	snprintf(err->path, sizeof err->path, "%s", text->name ? text->name : "");
	return ar_err_hint(err, "%s", hint);
}

static int refuse_at(const struct ar_text *text, size_t at, struct ar_err *err, const char *message,
		     const char *hint)
{
	ar_err_at(err, text, at, "%s", message);
	return ar_err_hint(err, "%s", hint);
}

static bool begins_with(const struct ar_text *text, const char *bytes, size_t len)
{
	return text->len >= len && memcmp(text->data, bytes, len) == 0;
}

static int check_whole(const struct ar_text *text, struct ar_err *err)
{
	if (text->len > AR__MAX_BYTES)
		return refuse_file(text, err,
				   "longer than 10 MiB, the most that the kubelet reads of a file",
				   "is this the right file?");
	if (begins_with(text, "\xff\xfe", 2) || begins_with(text, "\xfe\xff", 2))
		return refuse_file(text, err, "the text is UTF-16; expected UTF-8",
				   "convert it, for instance with iconv -f UTF-16 -t UTF-8");
	return 0;
}

/* A byte below 0x20, or DEL. */
static int check_control(const struct ar_text *text, size_t at, struct ar_err *err)
{
	unsigned char c = (unsigned char)text->data[at];

	if (c == '\0')
		return refuse_at(text, at, err, "a NUL byte; expected text",
				 "the file is binary, UTF-16, or was cut short by a crash");
	if (c == '\r')
		return refuse_at(text, at, err, "a carriage return that ends no CR LF pair",
				 "end every line with LF, or every line with CR LF");
	ar_err_at(err, text, at,
		  "control character 0x%02x; YAML allows none but tab and line breaks", c);
	return ar_err_hint(err, "remove it, or write it as \\x%02x inside double quotes", c);
}

static bool is_control(const struct ar_text *text, size_t at)
{
	unsigned char c = (unsigned char)text->data[at];

	if (c == '\r')
		return at + 1 == text->len || text->data[at + 1] != '\n';
	return c == 0x7f || (c < 0x20 && c != '\t' && c != '\n');
}

/* A character beyond ASCII. Sets its length. */
static int check_wide(const struct ar_text *text, size_t at, struct ar__bytes *bytes,
		      size_t *ret_len, struct ar_err *err)
{
	uint32_t rune = 0;
	size_t n = ar_utf8_len(text->data + at, text->len - at, &rune);

	if (n == 0)
		return refuse_at(text, at, err, "a byte sequence that is not UTF-8",
				 "save the file as UTF-8");
	if (rune == BOM)
		return refuse_at(text, at, err,
				 "a byte order mark (U+FEFF) in the middle of the text",
				 "remove it: it is invisible, and readers disagree about it");
	if ((rune >= 0x80 && rune < 0xa0 && rune != NEL) || (rune & 0xfffe) == 0xfffe)
		return refuse_at(text, at, err, "a control character that YAML does not allow",
				 "remove it");
	if ((rune == NEL || rune == LS || rune == PS) && bytes->odd_break == text->len)
		bytes->odd_break = at;
	bytes->ascii = false;
	*ret_len = n;
	return 0;
}

int ar__bytes_check(const struct ar_text *text, struct ar__bytes *ret, struct ar_err *err)
{
	struct ar__bytes bytes = { .ascii = true, .odd_break = text->len };

	if (check_whole(text, err) != 0)
		return -1;
	if (begins_with(text, "\xef\xbb\xbf", 3))
		bytes.body = 3;
	for (size_t at = bytes.body; at < text->len;) {
		size_t n = 1;
		if ((unsigned char)text->data[at] >= 0x80) {
			if (check_wide(text, at, &bytes, &n, err) != 0)
				return -1;
		} else if (is_control(text, at)) {
			return check_control(text, at, err);
		}
		at += n;
	}
	*ret = bytes;
	return 0;
}

size_t ar__skip_layout(const struct ar_text *text, size_t at, size_t limit)
{
	while (at < limit) {
		char c = text->data[at];
		if (c == '#') {
			const char *end = memchr(text->data + at, '\n', limit - at);
			at = end ? (size_t)(end - text->data) : limit;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			at++;
		} else {
			break;
		}
	}
	return at;
}

bool ar__is_marker(const struct ar_text *text, size_t at, const char *marker)
{
	size_t column, end;

	ar_text_line(text, at, &column, &end);
	if ((at != column && !(column == 0 && at == 3)) || end - at < 3 ||
	    memcmp(text->data + at, marker, 3) != 0)
		return false;
	return end - at == 3 || text->data[at + 3] == ' ' || text->data[at + 3] == '\t';
}

int ar__directive_check(const struct ar_text *text, size_t from, struct ar_err *err)
{
	size_t at = ar__skip_layout(text, from, text->len), start, end;

	if (at == text->len || text->data[at] != '%')
		return 0;
	ar_text_line(text, at, &start, &end);
	if (at != start && at != from)
		return 0;
	return refuse_at(
		text, at, err, "a YAML directive ('%' at the start of a line)",
		"remove the line: Kubernetes needs none, and the kubelet refuses %YAML 1.2");
}
