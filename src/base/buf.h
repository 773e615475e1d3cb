/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * A growing byte buffer with a limit and a sticky failure.
 *
 * Appending never reports: once memory is out or the limit is reached, the buffer is failed
 * and stays so; whoever uses the result asks ar_buf_check() once. The data are always
 * NUL-terminated behind `len`. A secret buffer lives in guarded memory (base/secret.h) and is
 * wiped when it grows or is released.
 */
struct ar_buf {
	char *data; /* never NULL after the first append that succeeded */
	size_t len;
	size_t cap;
	size_t max; /* 0: AR_BUF_MAX */
	bool failed;
	bool secret;
};

#define AR_BUF_MAX ((size_t)256 << 20)
#define AR_BUF_INIT          \
	{                    \
		.data = NULL \
	}
#define AR_BUF_AUTO __attribute__((cleanup(ar_buf_done)))

/* Releases the memory (wiped if secret); the buffer is empty and usable again. */
void ar_buf_done(struct ar_buf *buf);
/* Empties it, keeps the memory (wiped if secret). */
void ar_buf_reset(struct ar_buf *buf);
/* Append bytes, a character, a text, `count` times a character, formatted text. */
void ar_buf_add(struct ar_buf *buf, const char *data, size_t len);
void ar_buf_addc(struct ar_buf *buf, char c);
void ar_buf_adds(struct ar_buf *buf, const char *text);
void ar_buf_fill(struct ar_buf *buf, char c, size_t count);
void ar_buf_addf(struct ar_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ar_buf_addv(struct ar_buf *buf, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));
/* The text, "" when empty. */
const char *ar_buf_text(const struct ar_buf *buf);
/* 0, or -1 with `err` set when any append since the last reset failed. */
int ar_buf_check(const struct ar_buf *buf, struct ar_err *err);
/* Appends `data` with what ar_rune_is_shown() does not allow, and invalid UTF-8, as \xNN, so that
 * no echoed input can steer a terminal. */
void ar_buf_add_printable(struct ar_buf *buf, const char *data, size_t len);
