/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/tree_problem.h"

#include <string.h>

#include "yaml/tree_impl.h"

struct problem {
	const char *theirs, *ours, *hint;
};

static const struct problem problems[] = {
	{ "did not find expected key", "no key where one is expected: this line is indented differently from the lines it belongs to",
	  "give the keys of one mapping the same indentation, in spaces" },
	{ "did not find expected '-' indicator", "no '-' where one is expected: this line is indented differently from the list above",
	  "give all items of one list the same indentation, in spaces" },
	{ "could not find expected ':'", "a key without ': ' behind it",
	  "write 'key: value', with a blank behind the colon; quote text that holds line breaks" },
	{ "mapping values are not allowed in this context", "a ': ' where no key can stand",
	  "put a value that holds ': ' in quotes; check the indentation of this line and the one above" },
	{ "block sequence entries are not allowed in this context", "a '- ' where no list item can stand",
	  "begin the list on a line of its own below the key" },
	{ "mapping keys are not allowed in this context", "a '? ' where no key can stand", "put the value in quotes" },
	{ "found character that cannot start any token", "a character that no unquoted value can begin with",
	  "put the value in quotes" },
	{ "found a tab character", "a tab where indentation is expected", "indent with spaces: YAML allows no tabs there" },
	{ "found unexpected end of stream", "a quoted value whose closing quote is missing", "close the quote" },
	{ "found unexpected document indicator", "a '---' or '...' line inside a quoted value", "close the quote above" },
	{ "found unknown escape character", "an escape that YAML does not know",
	  "write \\\\ for a backslash, or use single quotes" },
	{ "did not find expected hexdecimal number", "an escape without its hexadecimal digits",
	  "write \\\\ for a backslash, or use single quotes" },
	{ "found invalid Unicode character escape code", "an escape for a character that does not exist",
	  "write the character itself" },
	{ "did not find expected ',' or ']'", "a list in brackets that is not closed, or a missing comma",
	  "close it with ']', put ',' between the items, quote items that hold one of ,[]{}" },
	{ "did not find expected ',' or '}'", "a mapping in braces that is not closed, or a missing comma",
	  "close it with '}', put ',' between the entries, quote values that hold one of ,[]{}" },
	{ "did not find expected node content", "no value where one is expected", "complete the value, or remove the line" },
	{ "did not find expected <document start>", "text behind the end of the document",
	  "check the indentation: the text above is complete in itself" },
	{ "found an indentation indicator equal to 0", "an indentation of 0 for a block of text", "write 1 to 9, or nothing" },
	{ "did not find expected comment or line break", "text behind the '|' or '>' that begins a block of text",
	  "begin the text on the next line" },
	{ "did not find expected alphabetic or numeric character", "an '&' or '*' without a name",
	  "put the value in quotes" },
	{ "found undefined tag handle", "a tag with a prefix that is not defined", "remove the tag, or put the value in quotes" },
	{ "did not find expected whitespace or line break", "a tag with text directly behind it", "put a blank behind the tag" },
	{ "did not find the expected '>'", "a tag '!<' without '>'", "put the value in quotes" },
	{ "did not find expected tag URI", "a tag without a name", "put the value in quotes" },
	{ "did not find expected '!'", "a tag that is not complete", "put the value in quotes" },
};

static const struct problem *find(const char *theirs)
{
	for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
		if (strncmp(theirs, problems[i].theirs, strlen(problems[i].theirs)) == 0)
			return &problems[i];
	return NULL;
}

/* The place of a template marker on the line of `offset` or the one above; text->len where there is none. */
static size_t find_template(const struct ar_text *text, size_t offset)
{
	static const char *const markers[] = { "{{", "{%", "<%" };
	size_t start, end, above, unused;

	ar_text_line(text, offset, &start, &end);
	ar_text_line(text, start > 0 && text->data[start - 1] == '\n' ? start - 1 : start, &above, &unused);
	for (size_t i = 0; i < sizeof markers / sizeof *markers && above < end; i++) {
		const char *found = memmem(text->data + above, end - above, markers[i], 2);
		if (found)
			return (size_t)(found - text->data);
	}
	return text->len;
}

int ar__refuse(struct ar_err *err, const struct ar_text *text, size_t offset, const char *message, const char *hint)
{
	size_t template = find_template(text, offset);

	if (template == text->len) {
		ar_err_at(err, text, offset, "%s", message);
		return ar_err_hint(err, "%s", hint);
	}
	ar_err_at(err, text, template, "'%.2s' here: this is a template that has not been rendered",
		  text->data + template);
	return ar_err_hint(err, "render it first (helm template, ansible, …), then give the result");
}

/* A tab among the blanks that begin the line of `offset`, or there itself; text->len where there is none. */
static size_t find_tab(const struct ar_text *text, size_t offset)
{
	size_t start, end;

	ar_text_line(text, offset, &start, &end);
	for (size_t at = start; at < end && strchr(" \t-", text->data[at]); at++)
		if (text->data[at] == '\t')
			return at;
	return offset < text->len && text->data[offset] == '\t' ? offset : text->len;
}

int ar__problem_report(const struct ar_text *text, const char *problem, size_t offset, struct ar_err *err)
{
	const struct problem *known = find(problem ? problem : "");
	size_t tab = find_tab(text, offset);

	if (tab < text->len)
		return ar__refuse(err, text, tab, "a tab where indentation is expected",
				  "indent with spaces: YAML allows no tabs there");
	if (known)
		return ar__refuse(err, text, offset, known->ours, known->hint);
	return ar__refuse(err, text, offset, problem ? problem : "the text is not YAML", "is this the right file?");
}
