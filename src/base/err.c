/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ends a text that did not fit with an ellipsis, on a character's border. */
__attribute__((format(printf, 3, 0))) static void format(char *out, size_t size, const char *fmt,
							 va_list args)
{
	static const char more[] = "…";
	int n = vsnprintf(out, size, fmt, args);

	if (n < 0)
		out[0] = '\0';
	if (n < 0 || (size_t)n < size)
		return;
	size_t at = size - sizeof more;
	while (at > 0 && ((unsigned char)out[at] & 0xc0) == 0x80)
		at--;
	memcpy(out + at, more, sizeof more);
}

bool ar_err_is_set(const struct ar_err *err)
{
	return err->class != AR_DONE;
}

__attribute__((format(printf, 3, 0))) static int set_first(struct ar_err *err, int sys,
							   const char *fmt, va_list args)
{
	if (ar_err_is_set(err))
		return -1;
	err->class = AR_FAILED;
	err->sys = sys;
	format(err->msg, sizeof err->msg, fmt, args);
	return -1;
}

int ar_err_set(struct ar_err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_first(err, 0, fmt, args);
	va_end(args);
	return -1;
}

/* The line as it can be shown: control characters become one blank each, so that the caret stays
 * under its character; long lines are shown around the place. */
static void quote_source(struct ar_err *err, const struct ar_text *text, size_t offset)
{
	size_t start, end, at = 0;

	ar_text_line(text, offset, &start, &end);
	if (offset > start + 100) {
		start = offset - 60;
		while (start < offset && ((unsigned char)text->data[start] & 0xc0) == 0x80)
			start++;
	}
	err->caret = 0;
	for (size_t i = start; i < end && at + 8 < sizeof err->source;) {
		uint32_t rune = 0;
		size_t n = ar_utf8_len(text->data + i, end - i, &rune);
		bool shown = n > 0 && ar_rune_is_shown(rune);

		if (i < offset)
			err->caret++;
		if (shown)
			memcpy(err->source + at, text->data + i, n);
		else
			err->source[at] = ' ';
		at += shown ? n : 1;
		i += n ? n : 1;
	}
	err->source[at] = '\0';
}

int ar_err_at(struct ar_err *err, const struct ar_text *text, size_t offset, const char *fmt, ...)
{
	va_list args;

	if (ar_err_is_set(err))
		return -1;
	va_start(args, fmt);
	set_first(err, 0, fmt, args);
	va_end(args);
	struct ar_place place = ar_text_place(text, offset);
	err->line = place.line;
	err->column = place.column;
	snprintf(err->path, sizeof err->path, "%s", text->name ? text->name : "");
	if (!text->secret)
		quote_source(err, text, offset);
	return -1;
}

int ar_err_sys(struct ar_err *err, const char *path, const char *fmt, ...)
{
	int sys = errno;
	va_list args;

	if (ar_err_is_set(err))
		return -1;
	va_start(args, fmt);
	set_first(err, sys, fmt, args);
	va_end(args);
	snprintf(err->path, sizeof err->path, "%s", path ? path : "");
	size_t used = strlen(err->msg);
	snprintf(err->msg + used, sizeof err->msg - used, ": %s", strerror(sys));
	return -1;
}

int ar_err_oom(struct ar_err *err)
{
	if (!ar_err_is_set(err)) {
		ar_err_set(err, "memory is out");
		err->sys = ENOMEM;
	}
	return -1;
}

int ar_err_hint(struct ar_err *err, const char *fmt, ...)
{
	va_list args;

	if (err->hint[0])
		return -1;
	va_start(args, fmt);
	format(err->hint, sizeof err->hint, fmt, args);
	va_end(args);
	return -1;
}

int ar_err_wrap(struct ar_err *err, const char *fmt, ...)
{
	char context[256], old[sizeof err->msg];
	va_list args;

	va_start(args, fmt);
	format(context, sizeof context, fmt, args);
	va_end(args);
	memcpy(old, err->msg, sizeof old);
	snprintf(err->msg, sizeof err->msg, "%.250s: %.250s", context, old);
	return -1;
}

int ar_err_class(struct ar_err *err, enum ar_class class)
{
	err->class = class;
	return -1;
}
