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

/* Offset of the next line break at or behind `at`, text->len where there is none. */
static size_t find_break(const struct ar_text *text, size_t at)
{
	const char *from = text->data + at;
	const char *lf = at < text->len ? memchr(from, '\n', text->len - at) : NULL;
	size_t len = lf ? (size_t)(lf - from) : text->len - at;
	const char *cr = len > 0 ? memchr(from, '\r', len) : NULL;

	return at + (cr ? (size_t)(cr - from) : len);
}

struct ar_place ar_text_place(const struct ar_text *text, size_t offset)
{
	struct ar_place place = { 1, 1 };
	size_t at = 0;

	if (offset > text->len)
		offset = text->len;
	for (;;) {
		size_t end = find_break(text, at);
		if (end == text->len || end + break_len(text, end) > offset)
			break;
		at = end + break_len(text, end);
		place.line++;
	}
	for (; at < offset; at++)
		place.column += ((unsigned char)text->data[at] & 0xc0) != 0x80;
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
	size_t end = find_break(text, offset < text->len ? offset : text->len);

	return end < text->len ? end + break_len(text, end) : end;
}

/* Smallest code point that needs so many bytes: anything below is overlong. */
static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };

/* Bytes of a sequence by its first one, 0 for what none begins with. */
static size_t sequence_len(unsigned char lead)
{
	static const struct {
		unsigned char below;
		unsigned char len;
	} ranges[] = { { 0x80, 1 }, { 0xc2, 0 }, { 0xe0, 2 }, { 0xf0, 3 }, { 0xf5, 4 } };

	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (lead < ranges[i].below)
			return ranges[i].len;
	return 0;
}

size_t ar_utf8_len(const char *s, size_t len, uint32_t *ret_rune)
{
	unsigned char lead = len > 0 ? (unsigned char)s[0] : 0xff;
	size_t n = sequence_len(lead);

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

bool ar_rune_is_shown(uint32_t rune)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0, 0x1f },        { 0x7f, 0x9f },     { 0x61c, 0x61c },   { 0x200e, 0x200f },
		{ 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xfeff, 0xfeff },
	};

	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		if (rune >= hidden[i].first && rune <= hidden[i].last)
			return false;
	return true;
}
