/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/tree_problem.h"

#include <stdio.h>
#include <string.h>

#include "yaml/tree_impl.h"

enum about { PLACE, ENTRY, BRACKET, QUOTE };

struct words {
	enum about about; /* ENTRY: of a block collection; BRACKET, QUOTE: what was opened is not
			     closed */
	const char *theirs, *ours, *hint;
};

static const struct words table[] = {
	{ ENTRY, "did not find expected key",
	  "no key where one is expected: this line is indented differently from the lines it "
	  "belongs to",
	  "give the keys of one mapping the same indentation, in spaces" },
	{ ENTRY, "did not find expected '-' indicator",
	  "no '-' where one is expected: this line is indented differently from the list above",
	  "give all items of one list the same indentation, in spaces" },
	{ PLACE, "could not find expected ':'", "a key without ': ' behind it",
	  "write 'key: value', with a blank behind the colon; quote text that holds line breaks" },
	{ PLACE, "mapping values are not allowed in this context", "a ': ' where no key can stand",
	  "put a value that holds ': ' in quotes; check the indentation of this line and the one "
	  "above" },
	{ PLACE, "found unexpected ':'", "a ':' in an unquoted value in brackets",
	  "put the value in quotes, or a blank behind the colon" },
	{ PLACE, "block sequence entries are not allowed in this context",
	  "a '- ' where no list item can stand",
	  "begin the list on a line of its own below the key" },
	{ PLACE, "mapping keys are not allowed in this context", "a '? ' where no key can stand",
	  "put the value in quotes" },
	{ PLACE, "found character that cannot start any token",
	  "a character that no unquoted value can begin with", "put the value in quotes" },
	{ PLACE, "found a tab character", "a tab where indentation is expected",
	  "indent with spaces: YAML allows no tabs there" },
	{ QUOTE, "found unexpected end of stream", "a quoted value whose closing quote is missing",
	  "close the quote" },
	{ QUOTE, "found unexpected document indicator",
	  "a '---' or '...' line inside a quoted value that begins here", "close the quote" },
	{ PLACE, "found unknown escape character", "an escape that YAML does not know",
	  "write \\\\ for a backslash, or use single quotes" },
	{ PLACE, "did not find expected hexdecimal number",
	  "an escape without its hexadecimal digits",
	  "write \\\\ for a backslash, or use single quotes" },
	{ PLACE, "found invalid Unicode character escape code",
	  "an escape for a character that does not exist", "write the character itself" },
	{ BRACKET, "did not find expected ',' or ']'", "a list in brackets",
	  "close it with ']', put ',' between the items, quote items that hold one of ,[]{}" },
	{ BRACKET, "did not find expected ',' or '}'", "a mapping in braces",
	  "close it with '}', put ',' between the entries, quote values that hold one of ,[]{}" },
	{ PLACE, "did not find expected node content", "no value where one is expected",
	  "complete the value, or remove the line" },
	{ PLACE, "did not find expected <document start>", "text behind the end of the document",
	  "check the indentation: the text above is complete in itself" },
	{ PLACE, "found an indentation indicator equal to 0",
	  "an indentation of 0 for a block of text", "write 1 to 9, or nothing" },
	{ PLACE, "did not find expected comment or line break",
	  "text behind the '|' or '>' that begins a block of text",
	  "begin the text on the next line" },
	{ PLACE, "did not find expected alphabetic or numeric character",
	  "an '&' or '*' without a name", "put the value in quotes" },
	{ PLACE, "found undefined tag handle", "a tag with a prefix that is not defined",
	  "remove the tag, or put the value in quotes" },
	{ PLACE, "did not find expected whitespace or line break",
	  "a tag with text directly behind it", "put a blank behind the tag" },
	{ PLACE, "did not find the expected '>'", "a tag '!<' without '>'",
	  "put the value in quotes" },
	{ PLACE, "did not find expected tag URI", "a tag without a name",
	  "put the value in quotes" },
	{ PLACE, "did not find expected '!'", "a tag that is not complete",
	  "put the value in quotes" },
};

static const struct words *find(const char *theirs)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strncmp(theirs, table[i].theirs, strlen(table[i].theirs)) == 0)
			return &table[i];
	return NULL;
}

/* The place of a template marker on the line of `offset` or the one above; text->len where there is
 * none. */
static size_t find_template(const struct ar_text *text, size_t offset)
{
	static const char *const markers[] = { "{{", "{%", "<%" };
	size_t start, end, above, unused;

	ar_text_line(text, offset, &start, &end);
	ar_text_line(text, start > 0 && text->data[start - 1] == '\n' ? start - 1 : start, &above,
		     &unused);
	for (size_t i = 0; i < sizeof markers / sizeof *markers && above < end; i++) {
		const char *found = memmem(text->data + above, end - above, markers[i], 2);
		if (found)
			return (size_t)(found - text->data);
	}
	return text->len;
}

int ar__refuse(struct ar_err *err, const struct ar_text *text, size_t offset, const char *message,
	       const char *hint)
{
	size_t template = find_template(text, offset);

	if (template == text->len) {
		ar_err_at(err, text, offset, "%s", message);
		return ar_err_hint(err, "%s", hint);
	}
	ar_err_at(err, text, template, "'%.2s' here: this is a template that has not been rendered",
		  text->data + template);
	return ar_err_hint(err,
			   "render it first (helm template, ansible, …), then give the result");
}

/* A tab among the blanks that begin the line of `offset`, or there itself; text->len where there is
 * none. */
static size_t find_tab(const struct ar_text *text, size_t offset)
{
	size_t start, end;

	ar_text_line(text, offset, &start, &end);
	for (size_t at = start; at < end && strchr(" \t-", text->data[at]); at++)
		if (text->data[at] == '\t')
			return at;
	return offset < text->len && text->data[offset] == '\t' ? offset : text->len;
}

/* Text directly behind a value that a bracket or quote has closed. */
static bool follows_closed(const struct ar_text *text, size_t offset)
{
	size_t at = offset;

	while (at > 0 && (text->data[at - 1] == ' ' || text->data[at - 1] == '\t'))
		at--;
	return offset < text->len && at > 0 && strchr("}]\"'", text->data[at - 1]);
}

/* The line where an unclosed bracket stands tells more than the one where the reader gave up. */
static int refuse_unclosed(const struct ar_text *text, const struct ar__problem *problem,
			   const struct words *words, struct ar_err *err)
{
	char message[160];
	struct ar_place opened = ar_text_place(text, problem->opened);

	snprintf(message, sizeof message,
		 "%s, opened in line %zu, is not closed, or a comma is missing", words->ours,
		 opened.line);
	return ar__refuse(err, text, problem->at, message, words->hint);
}

int ar__problem_report(const struct ar_text *text, const struct ar__problem *problem,
		       struct ar_err *err)
{
	const struct words *words = find(problem->theirs);
	size_t tab = find_tab(text, problem->at);

	if (tab < text->len)
		return ar__refuse(err, text, tab, "a tab where indentation is expected",
				  "indent with spaces: YAML allows no tabs there");
	if (!words)
		return ar__refuse(err, text, problem->at,
				  *problem->theirs ? problem->theirs : "the text is not YAML",
				  "is this the right file?");
	if (words->about == ENTRY && follows_closed(text, problem->at))
		return ar__refuse(err, text, problem->at,
				  "text behind a value that is already closed",
				  "put the whole value in quotes");
	if (words->about == BRACKET)
		return refuse_unclosed(text, problem, words, err);
	return ar__refuse(err, text, words->about == QUOTE ? problem->opened : problem->at,
			  words->ours, words->hint);
}
