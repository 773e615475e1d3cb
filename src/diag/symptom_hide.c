/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "diag/symptom_impl.h"

#define HIDDEN "[hidden]"
#define SHORT  16 /* shorter words are no keys: 16 bytes are 24 characters of base64 */

struct out {
	char *buf;
	size_t size, len;
	bool full;
};

static void put(struct out *out, const char *text, size_t len)
{
	static const char cut[] = "...";
	size_t room = out->size - out->len - sizeof cut;

	if (out->full)
		return;
	out->full = len > room;
	memcpy(out->buf + out->len, text, out->full ? room : len);
	out->len += out->full ? room : len;
	if (out->full) {
		memcpy(out->buf + out->len, cut, sizeof cut - 1);
		out->len += sizeof cut - 1;
	}
}

/* --- what stands in front -------------------------------------------------------------------- */

static const char *find(const char *text, size_t len, const char *word)
{
	return memmem(text, len, word, strlen(word));
}

/* TIME stdout F text, as the container runtime writes; {"log":"text…, as Docker did */
size_t ar__symptom_prefix(const char *line, size_t len)
{
	static const char *const marks[] = { " stdout F ", " stderr F ", " stdout P ",
					     " stderr P " };
	static const char docker[] = "{\"log\":\"";

	if (len > sizeof docker && memcmp(line, docker, sizeof docker - 1) == 0)
		return sizeof docker - 1;
	const char *end = memchr(line, '\n', len);
	size_t head = end ? (size_t)(end - line) : len;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		const char *at = find(line, head < 60 ? head : 60, marks[i]);
		if (at)
			return (size_t)(at - line) + strlen(marks[i]);
	}
	return 0;
}

/* Does klog's header begin here? E1124 13:32:44 */
static bool is_klog(const char *text)
{
	static const char form[] = "L#### ##:##:##";

	if (!strchr("IWEF", text[0]))
		return false;
	for (size_t i = 1; i < sizeof form - 1; i++)
		if (form[i] == '#' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	return true;
}

/* Behind klog's "E1124 13:32:44.1 1 run.go:72] ", and what a journal puts before it. */
static size_t behind_klog(const char *line, size_t len)
{
	for (size_t i = 0; i + 14 <= len && i < 200; i++) {
		if (line[i] == '\0' || !is_klog(line + i))
			continue;
		size_t rest = len - i < 160 ? len - i : 160;
		const char *end = find(line + i, rest, "] ");
		return end ? (size_t)(end - line) + 2 : 0;
	}
	return 0;
}

/* Every reason why the server ends stands behind the same words. */
static size_t behind_failed(const char *line, size_t len)
{
	static const char words[] = "\"command failed\" err=";
	size_t at = sizeof words - 1;

	if (len <= at || memcmp(line, words, at) != 0)
		return 0;
	return at + (line[at] == '"' || line[at] == '<');
}

/* --- what could be a key --------------------------------------------------------------------- */

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || strchr("+/_-", c);
}

static int kind_of(char c)
{
	return isupper((unsigned char)c)   ? 1
	       : islower((unsigned char)c) ? 2
	       : isdigit((unsigned char)c) ? 3
					   : 4;
}

struct shape {
	size_t upper, lower, digit, plus, other; /* other: / _ - */
	size_t changes;                          /* of kind, from one character to the next */
};

static struct shape shape_of(const char *word, size_t len)
{
	struct shape shape = { .upper = 0 };

	for (size_t i = 0; i < len; i++) {
		int kind = kind_of(word[i]);
		shape.upper += kind == 1;
		shape.lower += kind == 2;
		shape.digit += kind == 3;
		shape.plus += word[i] == '+';
		shape.other += kind == 4 && word[i] != '+';
		shape.changes += i > 0 && kind != kind_of(word[i - 1]);
	}
	return shape;
}

/* Random bytes as base64 change between upper, lower and digits at every other character; names and
 * paths do not. `padded`: an = stands behind it. */
static bool is_like_key(const char *word, size_t len, bool padded)
{
	if (len < SHORT)
		return false;
	const struct shape shape = shape_of(word, len);
	if (padded && shape.upper + shape.digit > 0)
		return true;
	if (shape.upper > 0 && shape.lower > 0 && shape.digit + shape.plus > 0)
		return shape.changes * 10 >= (len - 1) * 3;
	if (shape.upper > 0 && shape.lower > 0)
		return len >= 20 && shape.changes * 2 >= len - 1;
	/* hexadecimal, or another alphabet of one case */
	return len >= 32 && shape.digit > 0 && shape.upper + shape.lower > 0 && shape.other == 0;
}

/* The word that begins here, with its padding; *ret_like: is it like a key? */
static size_t word_at(const char *text, size_t len, bool *ret_like)
{
	size_t end = 0, pad = 0;

	while (end < len && text[end] && in_word(text[end]))
		end++;
	while (end + pad < len && text[end + pad] == '=')
		pad++;
	/* An = between two words joins a flag and its value. */
	bool padded = pad > 0 && (end + pad) % 4 == 0 &&
		      (end + pad == len || !text[end + pad] || !in_word(text[end + pad]));
	*ret_like = is_like_key(text, end, padded);
	return end + pad;
}

static size_t skip(const char *text, size_t at, size_t len, const char *any)
{
	while (at < len && text[at] && strchr(any, text[at]))
		at++;
	return at;
}

/* How a value is quoted, and what ends it. */
struct value {
	size_t at; /* 0: there is none */
	const char *ends;
};

/* Does a field's name begin here, and not a word of a sentence? klog puts a tab before each line of
 * a message. */
static bool is_first(const char *line, size_t at)
{
	while (at > 0 && line[at - 1] == ' ')
		at--;
	return at == 0 || strchr("-{,?\n\t", line[at - 1]);
}

/* A field called secret, with its value: "secret":"…" and Secret:"…", as JSON and as Go shows a
 * struct, also inside quotes; secret: … in a line of YAML. */
static struct value secret_at(const char *line, size_t at, size_t len)
{
	static const char word[] = "secret";
	const size_t behind = at + sizeof word - 1;

	if (len <= behind || strncasecmp(line + at, word, sizeof word - 1) != 0)
		return (struct value){ 0, NULL };
	size_t colon = skip(line, behind, len, "\\\"'");
	if (colon >= len || line[colon] != ':')
		return (struct value){ 0, NULL };
	size_t blank = skip(line, colon + 1, len, " "), quote = skip(line, blank, len, "\\\"'`");
	if (quote > blank)
		return (struct value){ quote, "\\\"'`" };
	return (struct value){ is_first(line, at) ? blank : 0, ",}\n" };
}

/* Values that upstream quotes: of a secret; of what the YAML reader could not take; and the whole
 * file, where its kind is missing. */
static struct value value_at(const char *line, size_t at, size_t len)
{
	static const char whole[] = "is missing in '";

	if (line[at] == '`')
		return (struct value){ at + 1, "`" };
	if (len - at >= sizeof whole - 1 && memcmp(line + at, whole, sizeof whole - 1) == 0)
		return (struct value){ at + sizeof whole - 1, "" };
	return secret_at(line, at, len);
}

static size_t until(const char *text, size_t at, size_t len, const char *any)
{
	while (at < len && (!text[at] || !strchr(any, text[at])))
		at++;
	return at;
}

/* What begins here: copied, or hidden. Returns where to go on. */
static size_t put_next(struct out *out, const char *line, size_t at, size_t len)
{
	const struct value value = value_at(line, at, len);
	bool like;

	if (value.at) {
		size_t end = until(line, value.at, len, value.ends);
		bool quoted = end < len && line[end] == '`';
		put(out, line + at, value.at - at);
		put(out, HIDDEN, strlen(HIDDEN));
		put(out, "`", quoted);
		return end + quoted;
	}
	size_t word = word_at(line + at, len - at, &like);
	if (like)
		put(out, HIDDEN, strlen(HIDDEN));
	else
		put(out, line + at, word ? word : 1);
	return at + (word ? word : 1);
}

void ar__symptom_show(const char *line, size_t len, char *buf, size_t size)
{
	struct out out = { .buf = buf, .size = size };
	size_t at = ar__symptom_prefix(line, len);

	at += behind_klog(line + at, len - at);
	at += behind_failed(line + at, len - at);
	if (at < len && line[at] == '\t') { /* of several lines whose first is not here */
		put(&out, HIDDEN, strlen(HIDDEN));
		at = len;
	}
	while (at < len && !out.full) {
		if (line[at] != '\n') {
			at = put_next(&out, line, at, len);
			continue;
		}
		at += 1 + ar__symptom_prefix(line + at + 1, len - at - 1);
		at = skip(line, at, len, "\t ");
		put(&out, " ", out.len > 0);
	}
	buf[out.len] = '\0';
}
