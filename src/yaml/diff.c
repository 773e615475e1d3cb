/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/diff.h"

#include <string.h>

#define CONTEXT 3

/* Neighbouring lines that change, in bytes of the old text and of the new one. */
struct block {
	size_t next; /* the first edit behind it */
	size_t old_start, old_end, new_start, new_end;
};

/* Blocks shown together, with the lines around them. */
struct hunk {
	struct block first, last;
	size_t old_start, old_end, new_start, new_end;
	size_t old_line, new_line; /* 1-based number of the first line shown */
};

struct painter {
	const struct ar_text *old;
	struct ar_text new_;
	const struct ar_edits *edits;
	const struct ar_diff_opts *opts;
	struct ar_buf *out;
};

static const char *const colours[] = {
	[' '] = "", ['-'] = "\033[31m", ['+'] = "\033[32m", ['@'] = "\033[36m", ['!'] = "\033[1m"
};

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

static bool at_line_start(const struct ar_text *text, size_t at)
{
	return at == 0 || text->data[at - 1] == '\n';
}

/* Do the new bytes up to the end of edit `i` end with a line? */
static bool new_ends_line(const struct ar_text *old, const struct ar_edits *edits, size_t i)
{
	const struct ar_edit *edit = &edits->list[i];

	while (edit->len == 0 && i > 0 && edits->list[i - 1].end == edit->start)
		edit = &edits->list[--i];
	return edit->len > 0 ? edit->text[edit->len - 1] == '\n' : at_line_start(old, edit->start);
}

/* Whole lines of the old text that edit `i` touches. It touches none behind its end where both the
 * old and the new bytes end with a line. */
static void touched(const struct ar_text *old, const struct ar_edits *edits, size_t i,
		    size_t *ret_start, size_t *ret_end)
{
	const struct ar_edit *edit = &edits->list[i];
	bool ends = at_line_start(old, edit->end) && new_ends_line(old, edits, i);

	*ret_start = line_start(old, edit->start);
	*ret_end = ends ? edit->end : next_line(old, edit->end);
}

/* Lines that edits touch but leave as they are, at the beginning and the end of what they touch,
 * are no change. */
struct change {
	struct ar_text old, new_; /* the bytes of the lines touched */
	size_t head, tail;        /* bytes of equal lines */
};

static void trim(struct change *c)
{
	size_t at = 0, end = 0, left = c->old.len < c->new_.len ? c->old.len : c->new_.len;

	while (at < left && c->old.data[at] == c->new_.data[at])
		at++;
	/* A last line without a newline is another line than the same text with one. */
	bool all = at == left && c->old.len == c->new_.len;
	c->head = all ? at : line_start(&c->old, at);
	left -= c->head;
	/* `left` keeps both inside, which the analyzer does not see. */
	/* NOLINTBEGIN(clang-analyzer-core.UndefinedBinaryOperatorResult) */
	while (end < left &&
	       c->old.data[c->old.len - end - 1] == c->new_.data[c->new_.len - end - 1])
		end++;
	/* NOLINTEND(clang-analyzer-core.UndefinedBinaryOperatorResult) */
	while (end > 0 && (!at_line_start(&c->old, c->old.len - end) ||
			   !at_line_start(&c->new_, c->new_.len - end)))
		end--;
	c->tail = end;
}

static struct ar_text slice(const struct ar_text *text, size_t from, size_t to)
{
	return (struct ar_text){ .data = text->data + from, .len = to - from };
}

/* What edits from `edit` on touch together, without equal lines at its beginning and end. */
static struct block merge_edits(const struct painter *p, size_t edit)
{
	struct block b = { .next = edit + 1 };
	size_t start, end;

	touched(p->old, p->edits, edit, &b.old_start, &b.old_end);
	for (; b.next < p->edits->count; b.next++) {
		touched(p->old, p->edits, b.next, &start, &end);
		if (start > b.old_end)
			break;
		b.old_end = end > b.old_end ? end : b.old_end;
	}
	b.new_start = to_new(p->edits, edit, b.old_start);
	b.new_end = to_new(p->edits, b.next, b.old_end);
	struct change c = { .old = slice(p->old, b.old_start, b.old_end),
			    .new_ = slice(&p->new_, b.new_start, b.new_end) };
	trim(&c);
	b.old_start += c.head;
	b.new_start += c.head;
	b.old_end -= c.tail;
	b.new_end -= c.tail;
	return b;
}

/* The next block that changes something, from `edit` on. */
static bool next_block(const struct painter *p, size_t edit, struct block *ret)
{
	for (; edit < p->edits->count; edit = ret->next) {
		*ret = merge_edits(p, edit);
		if (ret->old_start < ret->old_end || ret->new_start < ret->new_end)
			return true;
	}
	return false;
}

static struct hunk take_hunk(const struct painter *p, struct block first)
{
	struct hunk hunk = { .first = first, .last = first };
	size_t context = context_of(p->opts);
	struct block next;

	while (next_block(p, hunk.last.next, &next) &&
	       forward(p->old, hunk.last.old_end, 2 * context) >= next.old_start)
		hunk.last = next;
	hunk.old_start = back(p->old, first.old_start, context);
	hunk.old_end = forward(p->old, hunk.last.old_end, context);
	hunk.new_start = first.new_start - (first.old_start - hunk.old_start);
	hunk.new_end = hunk.last.new_end + (hunk.old_end - hunk.last.old_end);
	return hunk;
}

static bool hidden(const struct ar_range *ranges, size_t count, size_t at)
{
	for (size_t i = 0; i < count && ranges[i].start <= at; i++)
		if (at < ranges[i].end)
			return true;
	return false;
}

/* The bytes of a line, with hidden ones as one word, and on a terminal nothing that could steer it.
 */
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
	for (size_t at = from; at < to;) {
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

static void put_line(const struct painter *p, char kind, const struct ar_text *text, size_t from,
		     size_t to)
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

static void put_lines(const struct painter *p, char kind, const struct ar_text *text, size_t from,
		      size_t to)
{
	while (from < to) {
		size_t next = next_line(text, from);
		put_line(p, kind, text, from, next);
		from = next;
	}
}

static void put_header(const struct painter *p, const struct hunk *hunk)
{
	size_t old_count = count_lines(p->old, hunk->old_start, hunk->old_end);
	size_t new_count = count_lines(&p->new_, hunk->new_start, hunk->new_end);

	begin(p, '@');
	ar_buf_addf(p->out, "@@ -%zu,%zu +%zu,%zu @@",
		    old_count ? hunk->old_line : hunk->old_line - 1, old_count,
		    new_count ? hunk->new_line : hunk->new_line - 1, new_count);
	end(p, '@');
	ar_buf_addc(p->out, '\n');
}

static void put_body(const struct painter *p, const struct hunk *hunk)
{
	struct block b = hunk->first;
	size_t at = hunk->old_start;

	do {
		put_lines(p, ' ', p->old, at, b.old_start);
		put_lines(p, '-', p->old, b.old_start, b.old_end);
		put_lines(p, '+', &p->new_, b.new_start, b.new_end);
		at = b.old_end;
	} while (b.next < hunk->last.next && next_block(p, b.next, &b));
	put_lines(p, ' ', p->old, at, hunk->old_end);
}

static void put_names(const struct painter *p)
{
	begin(p, '!');
	if (p->opts->hide_old_count + p->opts->hide_new_count > 0)
		ar_buf_adds(p->out, "# redacted: key material and tokens are not shown; this is no "
				    "input for patch(1)\n");
	ar_buf_adds(p->out, "--- ");
	ar_buf_add_printable(p->out, p->opts->old_name, strlen(p->opts->old_name));
	ar_buf_adds(p->out, "\n+++ ");
	ar_buf_add_printable(p->out, p->opts->new_name, strlen(p->opts->new_name));
	end(p, '!');
	ar_buf_addc(p->out, '\n');
}

static void put_hunks(const struct painter *p, struct block block)
{
	size_t old_at = 0, old_line = 1, new_at = 0, new_line = 1;

	do {
		struct hunk hunk = take_hunk(p, block);
		hunk.old_line = old_line += count_lines(p->old, old_at, hunk.old_start);
		hunk.new_line = new_line += count_lines(&p->new_, new_at, hunk.new_start);
		old_at = hunk.old_start;
		new_at = hunk.new_start;
		put_header(p, &hunk);
		put_body(p, &hunk);
		block = hunk.last;
	} while (next_block(p, block.next, &block));
}

int ar_diff_write(const struct ar_text *old, const struct ar_edits *edits,
		  const struct ar_diff_opts *opts, struct ar_buf *out, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf bytes = { .secret = old->secret };
	struct block first;

	if (ar_splice(old, edits, &bytes, err) != 0)
		return -1;
	const struct ar_text new_ = { .data = ar_buf_text(&bytes), .len = bytes.len };
	const struct ar_text text = { .data = old->len ? old->data : "", .len = old->len };
	const struct painter p = {
		.old = &text, .new_ = new_, .edits = edits, .opts = opts, .out = out
	};
	if (!next_block(&p, 0, &first))
		return 0;
	put_names(&p);
	put_hunks(&p, first);
	return ar_buf_check(out, err);
}

/* What one edit does alone. */
static struct ar_diff_lines lines_of(const struct ar_text *given, struct ar_edit *edit)
{
	const struct ar_edits alone = { .list = edit, .count = 1 };
	const struct ar_text old = { .data = given->len ? given->data : "", .len = given->len };
	AR_BUF_AUTO struct ar_buf bytes = { .secret = given->secret };
	size_t start, stop;

	touched(&old, &alone, 0, &start, &stop);
	ar_buf_add(&bytes, old.data + start, edit->start - start);
	ar_buf_add(&bytes, edit->text, edit->len);
	ar_buf_add(&bytes, old.data + edit->end, stop - edit->end);
	struct change c = { .old = slice(&old, start, stop),
			    .new_ = { .data = ar_buf_text(&bytes), .len = bytes.len } };
	trim(&c);
	return (struct ar_diff_lines){
		.old_line = 1 + count_lines(&old, 0, start) + count_lines(&c.old, 0, c.head),
		.removed = count_lines(&c.old, c.head, c.old.len - c.tail),
		.added = count_lines(&c.new_, c.head, c.new_.len - c.tail),
	};
}

static size_t count_breaks(const char *data, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += data[i] == '\n';
	return count;
}

struct ar_diff_lines ar_diff_lines(const struct ar_text *old, const struct ar_edits *edits,
				   size_t index)
{
	struct ar_diff_lines lines = lines_of(old, &edits->list[index]);

	lines.new_line = lines.old_line;
	for (size_t i = 0; i < index; i++) {
		const struct ar_edit *before = &edits->list[i];
		lines.new_line += count_breaks(before->text, before->len);
		if (before->end > before->start)
			lines.new_line -= count_breaks(old->data + before->start,
						       before->end - before->start);
	}
	return lines;
}
