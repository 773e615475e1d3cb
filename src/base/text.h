/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A document as bytes, with what messages need to speak of it. Borrowed: whoever made the
 * bytes owns them, and keeps them for as long as anything parsed from them lives.
 */
struct ar_text {
	const char *name; /* as the user knows it: a path, or "<stdin>" */
	const char *data; /* not NUL-terminated */
	size_t len;
	bool secret; /* key-bearing: none of its bytes may be shown (law 7) */
};

/* A place in a text as people count it: 1-based; columns count characters, not bytes. Lines
 * end at LF, CR or CRLF (what editors show), not at NEL, LS or PS. */
struct ar_place {
	size_t line, column;
};

/* The place of a byte. */
struct ar_place ar_text_place(const struct ar_text *text, size_t offset);

/* Byte offsets of the line that holds `offset`, without its line break. */
void ar_text_line(const struct ar_text *text, size_t offset, size_t *ret_start, size_t *ret_end);

/* Offset of the first byte after the line that holds `offset` (after its LF, CR or CRLF), or
 * text->len. */
size_t ar_text_next_line(const struct ar_text *text, size_t offset);

/* Length in bytes of the valid UTF-8 sequence at `s` (1..4), or 0 where there is none:
 * truncated, overlong, a surrogate, or beyond U+10FFFF. `ret_rune` may be NULL. */
size_t ar_utf8_len(const char *s, size_t len, uint32_t *ret_rune);

/* Are the `len` bytes at `data` equal to the NUL-terminated `word`? */
bool ar_text_is(const char *data, size_t len, const char *word);

/* May the character be shown as it is? Not controls, nor what turns the direction of the text
 * around it, nor line breaks: they could make a terminal show something else than what is there. */
bool ar_rune_is_shown(uint32_t rune);
