/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

/* Length of the line break at `at`, 0 where there is none. */
static size_t break_len(const struct ar_text *text, size_t at)
{
	if (text->data[at] == '\n')
		return 1;
	if (text->data[at] != '\r')
		return 0;
	return at + 1 < text->len && text->data[at + 1] == '\n' ? 2 : 1;
}

struct ar_place ar_text_place(const struct ar_text *text, size_t offset)
{
	struct ar_place place = { 1, 1 };

	if (offset > text->len)
		offset = text->len;
	for (size_t at = 0; at < offset;) {
		size_t n = break_len(text, at);
		if (n > 0 && at + n <= offset) {
			place.line++;
			place.column = 1;
		} else if (((unsigned char)text->data[at] & 0xc0) != 0x80) {
			place.column++;
		}
		at += n > 0 ? n : 1;
	}
	return place;
}

void ar_text_line(const struct ar_text *text, size_t offset, size_t *ret_start, size_t *ret_end)
{
	size_t start = offset < text->len ? offset : text->len, end = start;

	while (start > 0 && text->data[start - 1] != '\n' && text->data[start - 1] != '\r')
		start--;
	while (end < text->len && text->data[end] != '\n' && text->data[end] != '\r')
		end++;
	*ret_start = start;
	*ret_end = end;
}

size_t ar_text_next_line(const struct ar_text *text, size_t offset)
{
	while (offset < text->len) {
		size_t n = break_len(text, offset);
		if (n > 0)
			return offset + n;
		offset++;
	}
	return text->len;
}

/* Smallest code point that needs so many bytes: anything below is overlong. */
static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };

size_t ar_utf8_len(const char *s, size_t len, uint32_t *ret_rune)
{
	unsigned char lead = len > 0 ? (unsigned char)s[0] : 0xff;
	size_t n = lead < 0x80   ? 1
		   : lead < 0xc2 ? 0
		   : lead < 0xe0 ? 2
		   : lead < 0xf0 ? 3
		   : lead < 0xf5 ? 4
				 : 0;

	if (n == 0 || n > len)
		return 0;
	uint32_t rune = n == 1 ? lead : lead & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		rune = rune << 6 | (c & 0x3f);
	}
	if (rune < smallest[n] || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return 0;
	if (ret_rune)
		*ret_rune = rune;
	return n;
}

bool ar_text_is(const char *data, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(data, word, len) == 0;
}
