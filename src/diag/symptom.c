/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/symptom.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "diag/symptom_impl.h"

#define SHOWN   280 /* of a line */
#define WHERE   200 /* of a field path */
#define TAIL    40  /* messages */
#define SERVING "Serving securely on"

struct line {
	const char *text;
	size_t len, offset;
};

/* The latest line of a cause: kept at its first row. */
struct hit {
	const struct ar__symptom *row; /* the one that matched; NULL: none did */
	struct line line;
};

static const char *find(const struct line *line, const char *word)
{
	return memmem(line->text, line->len, word, strlen(word));
}

static struct line line_at(const struct ar_text *log, size_t offset)
{
	const char *end = memchr(log->data + offset, '\n', log->len - offset);
	size_t len = end ? (size_t)(end - log->data) - offset : log->len - offset;

	return (struct line){ .text = log->data + offset, .len = len, .offset = offset };
}

/* A message: one line, or, where klog writes several, from err=< to the line that is " >". The
 * lines between begin with a tab. */
static struct line message_at(const struct ar_text *log, size_t offset)
{
	struct line message = line_at(log, offset);

	if (message.len < 2 || memcmp(message.text + message.len - 2, "=<", 2) != 0)
		return message;
	while (offset + message.len < log->len) {
		const struct line next = line_at(log, offset + message.len + 1);
		size_t text = ar__symptom_prefix(next.text, next.len);
		bool last = ar_text_is(next.text + text, next.len - text, " >");
		if (!last && (text == next.len || next.text[text] != '\t'))
			break;
		message.len += 1 + next.len;
		if (last)
			break;
	}
	return message;
}

static size_t row_count(void)
{
	size_t count = 0;

	while (ar__symptoms[count].fragment)
		count++;
	return count;
}

/* --- the field path that a line speaks of ---------------------------------------------------- */

static bool in_path(char c)
{
	return c && (isalnum((unsigned char)c) || strchr(".[]_-", c));
}

/* No field of upstream's has a name this long; a key that stands where a name should be has. */
#define NAME_LEN 16

static bool copy_path(const struct line *line, const char *from, char ret[WHERE])
{
	const char *end = line->text + line->len;
	size_t len = 0, name = 0; /* where the component that is being read begins */

	while (from + len < end && len < WHERE - 1 && in_path(from[len])) {
		if (strchr(".[]", from[len]))
			name = len + 1;
		if (++len - name >= NAME_LEN) {
			len = name;
			break;
		}
	}
	while (len > 0 && from[len - 1] == '.')
		len--;
	memcpy(ret, from, len);
	ret[len] = '\0';
	return len > 0;
}

/* The line of the file, where the YAML reader names it. */
static bool copy_yaml_line(const struct line *line, char ret[WHERE])
{
	static const char word[] = "line ";
	const char *yaml = find(line, "yaml: "), *end = line->text + line->len;
	const char *at = yaml ? memmem(yaml, (size_t)(end - yaml), word, strlen(word)) : NULL;
	size_t len = strlen(word);

	if (!at)
		return false;
	memcpy(ret, word, len);
	for (at += len; at < end && isdigit((unsigned char)*at) && len < 20; at++)
		ret[len++] = *at;
	ret[len] = '\0';
	return true;
}

/* Upstream joins several complaints into one line, each with its path before it; only an unknown
 * field's path stands behind. So: the last one before the fragment, else the first one. */
static const char *path_of(const struct hit *hit)
{
	static const char root[] = "resources[";
	const struct line *line = &hit->line;
	const char *fragment = find(line, hit->row->fragment), *end = line->text + line->len;
	const char *found = NULL;

	for (const char *at = line->text; (at = memmem(at, (size_t)(end - at), root, strlen(root)));
	     at++) {
		if (found && at > fragment)
			break;
		found = at;
	}
	return found;
}

static const char *where_of(const struct hit *hit, char buf[WHERE])
{
	const char *path = path_of(hit);

	if (path && copy_path(&hit->line, path, buf))
		return buf;
	return copy_yaml_line(&hit->line, buf) ? buf : NULL;
}

/* --- matching -------------------------------------------------------------------------------- */

static const struct ar__symptom *match(const struct line *line)
{
	for (const struct ar__symptom *row = ar__symptoms; row->fragment; row++)
		if (find(line, row->fragment) && (!row->also || find(line, row->also)))
			return row;
	return NULL;
}

static size_t first_row_of(const char *cause)
{
	size_t i = 0;

	while (strcmp(ar__symptoms[i].cause, cause) != 0)
		i++;
	return i;
}

/* Fills `hits`; *ret_served: behind the latest line that says that it serves, 0 where none does. */
static void collect(const struct ar_text *log, struct hit *hits, size_t *ret_served)
{
	*ret_served = 0;
	for (size_t at = 0; at < log->len;) {
		const struct line line = message_at(log, at);
		const struct ar__symptom *row = match(&line);
		if (row)
			hits[first_row_of(row->cause)] = (struct hit){ .row = row, .line = line };
		else if (find(&line, SERVING))
			*ret_served = at + 1;
		at += line.len + 1;
	}
}

static int add(const struct ar_text *log, const struct hit *hit, struct ar_findings *findings)
{
	char shown[SHOWN], where[WHERE];

	ar__symptom_show(hit->line.text, hit->line.len, shown, sizeof shown);
	struct ar_finding *finding = ar_findings_add(findings, hit->row->cause, "%s", shown);
	return ar_finding_at(finding, log, hit->line.offset, where_of(hit, where));
}

int ar_symptom_scan(const struct ar_text *log, struct ar_findings *findings, struct ar_err *err)
{
	const size_t rows = row_count();
	AR_FREE_AUTO struct hit *hits = calloc(rows + 1, sizeof *hits);
	size_t served;

	if (!hits)
		return ar_err_oom(err);
	collect(log, hits, &served);
	for (size_t i = 0; i < rows; i++) {
		const struct hit *hit = &hits[i];
		if (!hit->row || ar_findings_has(findings, hit->row->cause) ||
		    (hit->row->start && hit->line.offset < served))
			continue;
		if (add(log, hit, findings) != 0)
			return ar_err_oom(err);
	}
	return 0;
}

bool ar_symptom_listening(const struct ar_text *log)
{
	return log->len > 0 && memmem(log->data, log->len, SERVING, strlen(SERVING));
}

/* --- the end of a log ------------------------------------------------------------------------ */

/* Puts a line before what is there; false: there is no room. */
static bool put_before(const struct line *line, char *buf, size_t size)
{
	AR_BUF_AUTO struct ar_buf safe = AR_BUF_INIT;
	struct ar_err unsaid = AR_ERR_INIT;
	char shown[SHOWN];
	size_t have = strlen(buf);

	ar__symptom_show(line->text, line->len, shown, sizeof shown);
	ar_buf_add_printable(&safe, shown, strlen(shown));
	if (ar_buf_check(&safe, &unsaid) != 0 || safe.len + 1 + have >= size)
		return false;
	memmove(buf + safe.len + (have > 0), buf, have + 1);
	memcpy(buf, ar_buf_text(&safe), safe.len);
	if (have > 0)
		buf[safe.len] = '\n';
	return true;
}

void ar_symptom_tail(const struct ar_text *log, char *buf, size_t size)
{
	struct line last[TAIL] = { { .len = 0 } };
	size_t count = 0;

	buf[0] = '\0';
	for (size_t at = 0; at < log->len;) {
		const struct line message = message_at(log, at);
		if (message.len > 0)
			last[count++ % TAIL] = message;
		at += message.len + 1;
	}
	for (size_t i = 0; i < TAIL && i < count; i++)
		if (!put_before(&last[(count - 1 - i) % TAIL], buf, size))
			return;
}
