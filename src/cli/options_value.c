/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/options_impl.h"
#include "cli/suggest.h"
#include "diag/finding.h"

#define GONE "server-gone="

static int add_accepted(struct ar_reading *in, const char *id, size_t len)
{
	struct ar_suggest near = ar_suggest_for(id, len);
	const struct ar_cause *cause;

	for (size_t i = 0; (cause = ar_cause_at(i)) != NULL; i++) {
		if (cause->acceptable && ar_text_is(id, len, cause->id))
			break;
		if (cause->acceptable)
			ar_suggest_offer(&near, cause->id);
	}
	if (!cause) {
		ar_err_set(in->err, "'%.*s' is no finding that can be accepted",
			   (int)(len < 60 ? len : 60), id);
		if (near.best)
			ar_err_hint(in->err, "did you mean '--accept %s'?", near.best);
		ar_err_hint(in->err,
			    "a finding names its id; those that cannot be accepted must be "
			    "remedied");
		return ar_reading_misused(in);
	}
	for (size_t i = 0; i < in->out->accepted_count; i++)
		if (in->out->accepted[i] == cause->id)
			return 0;
	if (in->out->accepted_count == AR_ACCEPTED_MAX)
		return ar_err_set(in->err, "too many '--accept'"), ar_reading_misused(in);
	in->out->accepted[in->out->accepted_count++] = cause->id;
	return 0;
}

/* "server-gone=NAME" is about one server, and kept as it stands: NAME ends where argv does. */
static int add_gone(struct ar_reading *in, const char *id)
{
	const char *name = id + sizeof GONE - 1;

	if (!name[0] || strchr(name, ',')) {
		ar_err_set(in->err, "'--accept %.60s' names no API server", id);
		ar_err_hint(in->err, "write '--accept " GONE "NAME' for each, with the name by "
				     "which 'atrest status' calls it");
		return ar_reading_misused(in);
	}
	if (in->out->accepted_count == AR_ACCEPTED_MAX)
		return ar_err_set(in->err, "too many '--accept'"), ar_reading_misused(in);
	in->out->accepted[in->out->accepted_count++] = id;
	return 0;
}

static int store_accepted(struct ar_reading *in, const char *ids)
{
	while (true) {
		size_t len = strcspn(ids, ",");

		if (strncmp(ids, GONE, sizeof GONE - 1) == 0)
			return add_gone(in, ids);
		if (len == sizeof GONE - 2 && strncmp(ids, GONE, len) == 0)
			return add_gone(in, GONE);
		if (add_accepted(in, ids, len) != 0)
			return -1;
		if (ids[len] == '\0')
			return 0;
		ids += len + 1;
	}
}

static int bad_choice(struct ar_reading *in, const struct ar_option_row *row, const char *value)
{
	struct ar_suggest near = ar_suggest_for(value, strlen(value));
	char list[120];
	size_t used = 0;

	for (size_t i = 0; row->choices[i] && used < sizeof list; i++) {
		const char *join = i == 0 ? "" : row->choices[i + 1] ? ", " : " or ";
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", join,
					 row->choices[i]);
		ar_suggest_offer(&near, row->choices[i]);
	}
	ar_err_set(in->err, "option '--%s' cannot be '%.60s'; expected %s", row->name, value, list);
	if (near.best)
		ar_err_hint(in->err, "did you mean '%s'?", near.best);
	return ar_reading_misused(in);
}

static int store_choice(struct ar_reading *in, const struct ar_option_row *row, const char *value)
{
	char *field = (char *)in->out + row->offset;

	for (size_t i = 0; row->choices[i]; i++) {
		if (strcmp(row->choices[i], value) != 0)
			continue;
		if (row->kind == AR_OPT_INDEX)
			*(unsigned *)(void *)field = (unsigned)i;
		else
			*(const char **)(void *)field = row->choices[i];
		return 0;
	}
	return bad_choice(in, row, value);
}

/* Decimal digits only, at most `max`; -1 else. */
static long read_number(const char *text, long max)
{
	long number = 0;

	if (text[0] == '\0')
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || number > max)
			return -1;
		number = number * 10 + (*text - '0');
	}
	return number <= max ? number : -1;
}

static int bad_number(struct ar_reading *in, const struct ar_option_row *row, const char *value)
{
	char wanted[60] = "a number from 1 on";

	if (row->kind == AR_OPT_MINOR)
		snprintf(wanted, sizeof wanted, "1.N, such as 1.34");
	else if (row->max)
		snprintf(wanted, sizeof wanted, "a number from 1 to %ld", row->max);
	ar_err_set(in->err, "option '--%s' cannot be '%.60s'; expected %s", row->name, value,
		   wanted);
	return ar_reading_misused(in);
}

static int store_number(struct ar_reading *in, const struct ar_option_row *row, const char *value)
{
	bool minor = row->kind == AR_OPT_MINOR;
	const char *digits = value + (minor && value[0] == 'v');
	bool fits = !minor || strncmp(digits, "1.", 2) == 0;
	long max = minor ? 999 : row->max ? row->max : 100000;
	long number = fits ? read_number(digits + (minor ? 2 : 0), max) : -1;

	if (number < (minor ? 0 : 1))
		return bad_number(in, row, value);
	if (minor)
		*(int *)(void *)((char *)in->out + row->offset) = (int)number;
	else
		*(size_t *)(void *)((char *)in->out + row->offset) = (size_t)number;
	return 0;
}

int ar_option_store(struct ar_reading *in, const struct ar_option_row *row, const char *value)
{
	switch (row->kind) {
	case AR_OPT_FLAG: *((bool *)(void *)((char *)in->out + row->offset)) = true; return 0;
	case AR_OPT_TEXT: *(const char **)(void *)((char *)in->out + row->offset) = value; return 0;
	case AR_OPT_CHOICE:
	case AR_OPT_INDEX: return store_choice(in, row, value);
	case AR_OPT_COUNT:
	case AR_OPT_MINOR: return store_number(in, row, value);
	case AR_OPT_ACCEPT: return store_accepted(in, value);
	}
	return 0;
}
