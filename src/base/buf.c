/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

static void release(struct ar_buf *buf)
{
	if (buf->secret)
		ar_secret_free(buf->data);
	else
		free(buf->data);
}

void ar_buf_done(struct ar_buf *buf)
{
	release(buf);
	*buf = (struct ar_buf){ .max = buf->max, .secret = buf->secret };
}

void ar_buf_reset(struct ar_buf *buf)
{
	if (buf->secret && buf->data)
		ar_secret_wipe(buf->data, buf->cap);
	buf->len = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

/* Guarded memory cannot be reallocated in place: it is copied, and the old wiped. */
static char *enlarge(struct ar_buf *buf, size_t cap)
{
	if (!buf->secret)
		return realloc(buf->data, cap);
	char *data = ar_secret_alloc(cap);
	if (data && buf->data)
		memcpy(data, buf->data, buf->len);
	if (data)
		ar_secret_free(buf->data);
	return data;
}

/* Room for `more` bytes and the NUL. */
static bool reserve(struct ar_buf *buf, size_t more)
{
	size_t max = buf->max ? buf->max : AR_BUF_MAX;

	if (buf->failed || more > max - buf->len) {
		buf->failed = true;
		return false;
	}
	size_t need = buf->len + more + 1;
	if (need <= buf->cap)
		return true;
	size_t cap = buf->cap * 2 > need ? buf->cap * 2 : need < 256 ? 256 : need;
	char *data = enlarge(buf, cap);
	if (!data) {
		buf->failed = true;
		return false;
	}
	buf->data = data;
	buf->cap = cap;
	return true;
}

void ar_buf_add(struct ar_buf *buf, const char *data, size_t len)
{
	if (!reserve(buf, len))
		return;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void ar_buf_addc(struct ar_buf *buf, char c)
{
	ar_buf_add(buf, &c, 1);
}

void ar_buf_adds(struct ar_buf *buf, const char *text)
{
	ar_buf_add(buf, text, strlen(text));
}

void ar_buf_fill(struct ar_buf *buf, char c, size_t count)
{
	if (!reserve(buf, count))
		return;
	memset(buf->data + buf->len, c, count);
	buf->len += count;
	buf->data[buf->len] = '\0';
}

void ar_buf_addv(struct ar_buf *buf, const char *fmt, va_list args)
{
	va_list again;

	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !reserve(buf, (size_t)n)) {
		buf->failed = true;
		return;
	}
	vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, args);
	buf->len += (size_t)n;
}

void ar_buf_addf(struct ar_buf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	ar_buf_addv(buf, fmt, args);
	va_end(args);
}

const char *ar_buf_text(const struct ar_buf *buf)
{
	return buf->data ? buf->data : "";
}

int ar_buf_check(const struct ar_buf *buf, struct ar_err *err)
{
	return buf->failed ? ar_err_oom(err) : 0;
}

void ar_buf_add_printable(struct ar_buf *buf, const char *data, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t rune = 0;
		size_t n = ar_utf8_len(data + i, len - i, &rune);
		bool control = n == 0 || !ar_rune_is_shown(rune);

		if (control)
			ar_buf_addf(buf, "\\x%02x", (unsigned)(unsigned char)data[i]);
		else
			ar_buf_add(buf, data + i, n);
		i += control ? 1 : n;
	}
}
