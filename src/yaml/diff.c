/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/diff.h"

#include <string.h>

#define CONTEXT 3

/* A group of edits shown together, in whole lines of the old text and of the new one. */
struct hunk {
	size_t first, last;          /* edits */
	size_t old_start, old_end;   /* bytes of the old text: the changed lines, and context around them */
	size_t new_start, new_end;
	size_t old_line, new_line;   /* 1-based number of the first line shown */
};

struct painter {
	const struct ar_text *old;
	struct ar_text new_;
	const struct ar_edits *edits;
	const struct ar_diff_opts *opts;
	struct ar_buf *out;
};

static const char *const colours[] = { [' '] = "", ['-'] = "\033[31m", ['+'] = "\033[32m", ['@'] = "\033[36m",
				       ['!'] = "\033[1m" };

static void begin(const struct painter *p, char kind)
{
	if (p->opts->colour)
		ar_buf_adds(p->out, colours[(unsigned char)kind]);
}

static void end(const struct painter *p, char kind)
{
	if (p->opts->colour && kind != ' ')
		ar_buf_adds(p->out, "\033[0m");
}

/* patch(1) ends a line at LF alone: so does the diff. */
static size_t line_start(const struct ar_text *text, size_t at)
{
	while (at > 0 && text->data[at - 1] != '\n')
		at--;
	return at;
}

static size_t next_line(const struct ar_text *text, size_t at)
{
	const char *lf = at < text->len ? memchr(text->data + at, '\n', text->len - at) : NULL;

	return lf ? (size_t)(lf - text->data) + 1 : text->len;
}

static size_t back(const struct ar_text *text, size_t at, size_t lines)
{
	while (lines-- > 0 && at > 0)
		at = line_start(text, at - 1);
	return at;
}

static size_t forward(const struct ar_text *text, size_t at, size_t lines)
{
	while (lines-- > 0 && at < text->len)
		at = next_line(text, at);
	return at;
}

static size_t count_lines(const struct ar_text *text, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t at = from; at < to; at = next_line(text, at))
		n++;
	return n;
}

static size_t context_of(const struct ar_diff_opts *opts)
{
	return opts->context ? opts->context : CONTEXT;
}

/* Where an old offset lies in the new text, when edits before `upto` are applied. */
static size_t to_new(const struct ar_edits *edits, size_t upto, size_t old)
{
	for (size_t i = 0; i < upto; i++)
		old += edits->list[i].len - (edits->list[i].end - edits->list[i].start);
	return old;
}

/* Whole lines that an edit touches: an insertion between two lines touches none, unless its text runs into them. */
static void touched(const struct ar_text *old, const struct ar_edit *edit, size_t *ret_start, size_t *ret_end)
{
	bool at_line = edit->start == 0 || old->data[edit->start - 1] == '\n';
	bool whole = edit->len == 0 || edit->text[edit->len - 1] == '\n';
	bool ends = edit->end == 0 || old->data[edit->end - 1] == '\n' || edit->end == old->len;

	*ret_start = at_line ? edit->start : line_start(old, edit->start);
	if (at_line && whole && ends && (edit->end == edit->start || old->data[edit->end - 1] == '\n' ||
					 edit->end == old->len))
		*ret_end = edit->end;
	else
		*ret_end = edit->end > *ret_start && old->data[edit->end - 1] == '\n' && whole
				   ? edit->end : next_line(old, edit->end);
}

/* Text that is inserted behind a last line without a newline changes that line. */
static void touch_last_line(const struct ar_text *old, size_t *start, size_t end_)
{
	if (end_ == old->len && *start == old->len && old->len > 0 && old->data[old->len - 1] != '\n')
		*start = line_start(old, old->len);
}

static struct hunk take_hunk(const struct painter *p, size_t first, size_t *ret_changed_start, size_t *ret_changed_end)
{
	const struct ar_edits *edits = p->edits;
	struct hunk hunk = { .first = first, .last = first };
	size_t start, stop;

	touched(p->old, &edits->list[first], ret_changed_start, ret_changed_end);
	touch_last_line(p->old, ret_changed_start, *ret_changed_end);
	while (hunk.last + 1 < edits->count) {
		touched(p->old, &edits->list[hunk.last + 1], &start, &stop);
		touch_last_line(p->old, &start, stop);
		if (forward(p->old, *ret_changed_end, 2 * context_of(p->opts)) < start)
			break;
		hunk.last++;
		*ret_changed_end = stop > *ret_changed_end ? stop : *ret_changed_end;
	}
	hunk.old_start = back(p->old, *ret_changed_start, context_of(p->opts));
	hunk.old_end = forward(p->old, *ret_changed_end, context_of(p->opts));
	hunk.new_start = to_new(edits, first, hunk.old_start);
	hunk.new_end = to_new(edits, hunk.last + 1, hunk.old_end);
	return hunk;
}

static bool hidden(const struct ar_range *ranges, size_t count, size_t at)
{
	for (size_t i = 0; i < count && ranges[i].start <= at; i++)
		if (at < ranges[i].end)
			return true;
	return false;
}

/* The bytes of a line, with hidden ones as one word, and on a terminal nothing that could steer it. */
static void put_bytes(const struct painter *p, const struct ar_text *text, size_t from, size_t to)
{
	bool is_old = text == p->old;
	const struct ar_range *ranges = is_old ? p->opts->hide_old : p->opts->hide_new;
	size_t count = is_old ? p->opts->hide_old_count : p->opts->hide_new_count;
	bool in_hidden = false;

	if (count == 0 && !p->opts->colour) {
		ar_buf_add(p->out, text->data + from, to - from);
		return;
	}
	for (size_t at = from; at < to; ) {
		size_t n = ar_utf8_len(text->data + at, to - at, NULL);
		size_t step = n ? n : 1;
		bool hide = hidden(ranges, count, at);
		if (hide && !in_hidden)
			ar_buf_adds(p->out, "<redacted>");
		else if (!hide && p->opts->colour && text->data[at] != '\t')
			ar_buf_add_printable(p->out, text->data + at, step);
		else if (!hide)
			ar_buf_add(p->out, text->data + at, step);
		in_hidden = hide;
		at += step;
	}
}

static void put_line(const struct painter *p, char kind, const struct ar_text *text, size_t from, size_t to)
{
	bool has_lf = to > from && text->data[to - 1] == '\n';
	size_t shown = to - has_lf;
	bool cr = p->opts->colour && shown > from && text->data[shown - 1] == '\r';

	begin(p, kind);
	ar_buf_addc(p->out, kind);
	put_bytes(p, text, from, shown - cr);
	end(p, kind);
	ar_buf_addc(p->out, '\n');
	if (!has_lf)
		ar_buf_adds(p->out, "\\ No newline at end of file\n");
}

static void put_lines(const struct painter *p, char kind, const struct ar_text *text, size_t from, size_t to)
{
	while (from < to) {
		size_t next = next_line(text, from);
		put_line(p, kind, text, from, next);
		from = next;
	}
}

/* Lines that an edit touches but leaves as they are (a newline added behind the last) are no change. */
static size_t common_lines(const struct painter *p, size_t o, size_t o_end, size_t n, size_t n_end)
{
	size_t same = 0;

	while (o + same < o_end && n + same < n_end) {
		size_t a = next_line(p->old, o + same), b = next_line(&p->new_, n + same);
		if (a - o != b - n || memcmp(p->old->data + o + same, p->new_.data + n + same, a - o - same) != 0)
			break;
		same = a - o;
	}
	return same;
}

static void put_changed(const struct painter *p, size_t o, size_t o_end, size_t n, size_t n_end)
{
	size_t same = common_lines(p, o, o_end, n, n_end);

	put_lines(p, ' ', p->old, o, o + same);
	put_lines(p, '-', p->old, o + same, o_end);
	put_lines(p, '+', &p->new_, n + same, n_end);
}

static void put_header(const struct painter *p, const struct hunk *hunk)
{
	size_t old_count = count_lines(p->old, hunk->old_start, hunk->old_end);
	size_t new_count = count_lines(&p->new_, hunk->new_start, hunk->new_end);

	begin(p, '@');
	ar_buf_addf(p->out, "@@ -%zu,%zu +%zu,%zu @@", old_count ? hunk->old_line : hunk->old_line - 1, old_count,
		    new_count ? hunk->new_line : hunk->new_line - 1, new_count);
	end(p, '@');
	ar_buf_addc(p->out, '\n');
}

/* Edits that touch neighbouring lines are one block of removed and added lines; between blocks stands context. */
static void put_body(const struct painter *p, const struct hunk *hunk)
{
	size_t at = hunk->old_start;

	for (size_t i = hunk->first; i <= hunk->last; ) {
		size_t start, stop, first = i, next_start, next_stop;
		touched(p->old, &p->edits->list[i++], &start, &stop);
		touch_last_line(p->old, &start, stop);
		while (i <= hunk->last) {
			touched(p->old, &p->edits->list[i], &next_start, &next_stop);
			touch_last_line(p->old, &next_start, next_stop);
			if (next_start > stop)
				break;
			stop = next_stop > stop ? next_stop : stop;
			i++;
		}
		put_lines(p, ' ', p->old, at, start);
		put_changed(p, start, stop, to_new(p->edits, first, start), to_new(p->edits, i, stop));
		at = stop;
	}
	put_lines(p, ' ', p->old, at, hunk->old_end);
}

static void put_names(const struct painter *p)
{
	begin(p, '!');
	if (p->opts->hide_old_count + p->opts->hide_new_count > 0)
		ar_buf_adds(p->out, "# redacted: key material and tokens are not shown; this is no input for patch(1)\n");
	ar_buf_adds(p->out, "--- ");
	ar_buf_add_printable(p->out, p->opts->old_name, strlen(p->opts->old_name));
	ar_buf_adds(p->out, "\n+++ ");
	ar_buf_add_printable(p->out, p->opts->new_name, strlen(p->opts->new_name));
	end(p, '!');
	ar_buf_addc(p->out, '\n');
}

static void put_hunks(const struct painter *p)
{
	size_t old_at = 0, old_line = 1, new_at = 0, new_line = 1, start, stop;

	for (size_t i = 0; i < p->edits->count; ) {
		struct hunk hunk = take_hunk(p, i, &start, &stop);
		hunk.old_line = old_line += count_lines(p->old, old_at, hunk.old_start);
		hunk.new_line = new_line += count_lines(&p->new_, new_at, hunk.new_start);
		old_at = hunk.old_start;
		new_at = hunk.new_start;
		put_header(p, &hunk);
		put_body(p, &hunk);
		i = hunk.last + 1;
	}
}

int ar_diff_write(const struct ar_text *old, const struct ar_edits *edits, const struct ar_diff_opts *opts,
		  struct ar_buf *out, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf bytes = { .secret = old->secret };

	if (edits->count == 0)
		return 0;
	if (ar_splice(old, edits, &bytes, err) != 0)
		return -1;
	const struct ar_text new_ = { .name = opts->new_name, .data = ar_buf_text(&bytes), .len = bytes.len };
	const struct painter p = { .old = old, .new_ = new_, .edits = edits, .opts = opts, .out = out };
	put_names(&p);
	put_hunks(&p);
	return ar_buf_check(out, err);
}

struct ar_diff_lines ar_diff_lines(const struct ar_text *old, const struct ar_edits *edits, size_t index)
{
	const struct ar_edit *edit = &edits->list[index];
	struct ar_diff_lines lines = { .old_line = ar_text_place(old, edit->start).line };
	const struct ar_text text = { .data = edit->text, .len = edit->len };
	size_t added = 0, lost = 0;

	for (size_t i = 0; i < index; i++) {
		const struct ar_text before = { .data = edits->list[i].text, .len = edits->list[i].len };
		added += ar_text_place(&before, before.len).line - 1;
		lost += ar_text_place(old, edits->list[i].end).line - ar_text_place(old, edits->list[i].start).line;
	}
	lines.new_line = lines.old_line + added - lost;
	lines.added = count_lines(&text, 0, text.len);
	lines.removed = count_lines(old, edit->start, edit->end);
	return lines;
}
