/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options_impl.h"

#include <string.h>

#include "cli/suggest.h"

int ar_reading_misused(struct ar_reading *in)
{
	return ar_err_class(in->err, AR_USAGE);
}

/* --- option names ---------------------------------------------------------------------------- */

/* What hands are used to type, from other programs. */
static const struct {
	const char *typed, *meant;
} habits[] = {
	{ "-n", "--dry-run" },      { "-y", "--yes" },
	{ "-q", "--quiet" },        { "-V", "--version" },
	{ "-v", "--trace" },        { "--verbose", "--trace" },
	{ "--diff", "--dry-run" },  { "--json", "--output json" },
	{ "-f", "the file alone" },
};

static const struct ar_option_row *option_named(const char *name, size_t len, size_t *ret_index)
{
	const struct ar_option_row *row;

	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++)
		if (ar_text_is(name, len, row->name)) {
			*ret_index = i;
			return row;
		}
	return NULL;
}

static const struct ar_option_row *option_lettered(const char *word, size_t *ret_index)
{
	const struct ar_option_row *row;

	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++)
		if (row->letter && word[1] == row->letter && word[2] == '\0') {
			*ret_index = i;
			return row;
		}
	return NULL;
}

static int unknown_option(struct ar_reading *in, const char *word)
{
	size_t len = strcspn(word, "=");
	struct ar_suggest near = ar_suggest_for(word + strspn(word, "-"),
						len > strspn(word, "-") ? len - strspn(word, "-")
									: 0);
	const struct ar_option_row *row;

	ar_err_set(in->err, "unknown option '%.*s'", (int)(len < 60 ? len : 60), word);
	for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++)
		if (ar_text_is(word, len, habits[i].typed))
			ar_err_hint(in->err, "did you mean '%s'?", habits[i].meant);
	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++) {
		ar_suggest_offer(&near, row->name);
		if (word[1] != '-' && row->letter && word[1] == row->letter)
			ar_err_hint(in->err, "letters stand alone: write '-%c%s%s'", row->letter,
				    row->arg ? " " : "", row->arg ? row->arg : "");
	}
	if (near.best)
		ar_err_hint(in->err, "did you mean '--%s'?", near.best);
	ar_err_hint(in->err,
		    "see 'atrest help'; what begins with '-' and is no option goes behind '--'");
	return ar_reading_misused(in);
}

/* --- one word after the other ---------------------------------------------------------------- */

/* The value, from behind `=` or the next word. A next word that looks like an option is not
 * swallowed: the value was forgotten. NULL with the error set. */
static const char *take_value(struct ar_reading *in, const struct ar_option_row *row,
			      const char *equals)
{
	const char *value = equals ? equals + 1 : NULL;

	if (!value && in->next < in->argc) {
		const char *word = in->argv[in->next];
		if (word[0] != '-' || word[1] == '\0') {
			value = word;
			in->next++;
		}
	}
	if (value && value[0] != '\0')
		return value;
	ar_err_set(in->err, "option '--%s' %s; expected --%s %s", row->name,
		   value ? "has an empty value" : "needs a value", row->name, row->arg);
	if (!value && in->next < in->argc)
		ar_err_hint(in->err, "if '%.60s' is meant as the value, write --%s=%.60s",
			    in->argv[in->next], row->name, in->argv[in->next]);
	ar_reading_misused(in);
	return NULL;
}

static int read_option(struct ar_reading *in, const char *word)
{
	bool is_long = word[1] == '-';
	const char *equals = is_long ? strchr(word, '=') : NULL;
	const char *name = word + 2, *value = NULL;
	size_t index = 0, len = equals ? (size_t)(equals - name) : is_long ? strlen(name) : 0;
	const struct ar_option_row *row = is_long ? option_named(name, len, &index)
						  : option_lettered(word, &index);

	if (!row)
		return unknown_option(in, word);
	if (!row->arg && equals) {
		ar_err_set(in->err, "option '--%s' takes no value", row->name);
		return ar_reading_misused(in);
	}
	if (row->arg && !(value = take_value(in, row, equals)))
		return -1;
	if (row->arg && row->kind != AR_OPT_ACCEPT && (in->seen >> index & 1)) {
		ar_err_set(in->err, "option '--%s' is given twice", row->name);
		return ar_reading_misused(in);
	}
	in->seen |= 1ULL << index;
	return ar_option_store(in, row, value);
}

static int read_plain(struct ar_reading *in, const char *word)
{
	if (in->plain_count == AR_PLAIN_MAX)
		return 0;
	in->plain[in->plain_count++] = word;
	if (word[0] != '\0')
		return 0;
	ar_err_set(in->err, "a word is empty");
	ar_err_hint(in->err, "a variable of your script may be unset");
	return ar_reading_misused(in);
}

/* Goes on after an error (the first one stays): --output and --color may still follow. */
static void read_words(struct ar_reading *in)
{
	bool ended = false;

	while (in->next < in->argc) {
		const char *word = in->argv[in->next++];

		if (!ended && strcmp(word, "--") == 0)
			ended = true;
		else if (!ended && word[0] == '-' && word[1] != '\0')
			read_option(in, word);
		else
			read_plain(in, word);
		if (!ended)
			in->words_end = in->plain_count;
	}
}

/* --- the command ----------------------------------------------------------------------------- */

/* How many of the plain words name this command: 1 or 2; 0: another one. */
static size_t words_matched(const struct ar_reading *in, const struct ar_command_row *row)
{
	size_t count = row->words[1] ? 2 : 1;

	if (in->words_end < count)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (strcmp(in->plain[i], row->words[i]) != 0)
			return 0;
	return count;
}

/* All commands that begin with the plain words from `first` on, as bits. */
static unsigned topics_named(const struct ar_reading *in, size_t first)
{
	const struct ar_command_row *row;
	unsigned topics = 0;

	for (size_t i = 0; (row = ar_command_at(i)) != NULL; i++) {
		bool same = first < in->plain_count && strcmp(in->plain[first], row->words[0]) == 0;
		bool second = first + 1 < in->plain_count && row->words[1];

		if (same && (!second || strcmp(in->plain[first + 1], row->words[1]) == 0))
			topics |= AR_ON(i);
	}
	return topics;
}

static int unknown_command(struct ar_reading *in, size_t first)
{
	const char *word = in->plain[first];
	const char *second = first + 1 < in->plain_count ? in->plain[first + 1] : NULL;
	struct ar_suggest near = ar_suggest_for(word, strlen(word)), sub = { .len = 0 };
	const struct ar_command_row *row;
	bool group = false;

	if (second)
		sub = ar_suggest_for(second, strlen(second));
	for (size_t i = 0; (row = ar_command_at(i)) != NULL; i++) {
		ar_suggest_offer(&near, row->words[0]);
		if (strcmp(word, row->words[0]) != 0)
			continue;
		group = true;
		if (second && row->words[1])
			ar_suggest_offer(&sub, row->words[1]);
	}
	if (group && !second)
		ar_err_set(in->err, "command '%s' needs a second word", word);
	else
		ar_err_set(in->err, "unknown command '%.60s%s%.60s'", word, group ? " " : "",
			   group ? second : "");
	if (group && sub.best)
		ar_err_hint(in->err, "did you mean '%s %s'?", word, sub.best);
	else if (!group && near.best)
		ar_err_hint(in->err, "did you mean '%s'?", near.best);
	ar_err_hint(in->err, "see 'atrest help%s%s'", group ? " " : "", group ? word : "");
	return ar_reading_misused(in);
}

/* `atrest help COMMAND`, `atrest COMMAND --help`, `atrest --help`. */
static int choose_topics(struct ar_reading *in)
{
	size_t first = in->plain_count > 0 && strcmp(in->plain[0], "help") == 0 ? 1 : 0;

	in->out->command = AR_CMD_HELP;
	if (first == in->plain_count)
		return 0;
	in->out->topics = topics_named(in, first);
	return in->out->topics ? 0 : unknown_command(in, first);
}

static int choose_command(struct ar_reading *in, size_t *ret_words)
{
	const struct ar_command_row *row;
	size_t most = 0;

	if (in->words_end == 0) {
		ar_err_set(in->err, "no command is given");
		ar_err_hint(in->err, "see 'atrest help'");
		return ar_reading_misused(in);
	}
	for (size_t i = 0; (row = ar_command_at(i)) != NULL; i++) {
		size_t count = words_matched(in, row);
		if (count > most) {
			most = count;
			in->out->command = (enum ar_command)i;
		}
	}
	*ret_words = most;
	return most > 0 ? 0 : unknown_command(in, 0);
}

static int check_options(struct ar_reading *in)
{
	const char *command = ar_command_name(in->out->command);
	const struct ar_option_row *row;

	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++) {
		if (!(in->seen >> i & 1) || (row->commands & AR_ON(in->out->command)))
			continue;
		ar_err_set(in->err, "option '--%s' does not belong to 'atrest %s'", row->name,
			   command);
		ar_err_hint(in->err, "see 'atrest help %s'", command);
		return ar_reading_misused(in);
	}
	return 0;
}

static int check_operand(struct ar_reading *in, size_t words)
{
	const char *command = ar_command_name(in->out->command);
	bool takes = ar_command_at(in->out->command)->operand != NULL;
	size_t allowed = words + (takes ? 1 : 0);

	if (takes && in->plain_count > words)
		in->out->operand = in->plain[words];
	if (in->plain_count <= allowed)
		return 0;
	ar_err_set(in->err, "one word too many: '%.60s'", in->plain[allowed]);
	ar_err_hint(in->err, "see 'atrest help %s'", command);
	return ar_reading_misused(in);
}

/* Options that contradict each other; NULL: they do not. */
static const char *contradiction(const struct ar_options *opts)
{
	const struct {
		bool both;
		const char *what;
	} pairs[] = {
		{ opts->remove && opts->replace,
		  "'--remove' and '--replace' contradict each other" },
		{ opts->remove && opts->create, "'--remove' and '--create' contradict each other" },
		{ opts->remove && opts->emit, "'--remove' and '--emit' contradict each other" },
		{ opts->identity_file && !opts->recipient && opts->command == AR_CMD_KEYGEN,
		  "'--identity-file' belongs to 'keygen --recipient'" },
		{ opts->identity_file && opts->passphrase_from,
		  "'--identity-file' and '--passphrase-from' contradict each other" },
		{ opts->man && opts->completion, "'--man' and '--completion' are two documents" },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (pairs[i].both)
			return pairs[i].what;
	return NULL;
}

static int check_contradiction(struct ar_reading *in)
{
	const char *what = contradiction(in->out);

	if (!what)
		return 0;
	ar_err_set(in->err, "%s", what);
	return ar_reading_misused(in);
}

/* Does standard output carry a file, and not what is said of it? */
static bool fills_stdout(const struct ar_options *opts)
{
	const bool dash = opts->operand && strcmp(opts->operand, "-") == 0;

	if (opts->command == AR_CMD_EXPORT)
		return dash || !opts->operand;
	return opts->command == AR_CMD_PATCH && dash && !opts->emit;
}

static int check_filter(struct ar_reading *in)
{
	const struct ar_options *opts = in->out;

	if (!fills_stdout(opts) || !opts->json || opts->dry_run || opts->check)
		return 0;
	if (opts->command == AR_CMD_EXPORT) {
		ar_err_set(in->err, "without a file's name the result is the sealed file itself, "
				    "not JSON");
		ar_err_hint(in->err, "name a file to have JSON on standard output");
	} else {
		ar_err_set(in->err, "with '-' the result is the manifest itself, not JSON");
		ar_err_hint(in->err, "say --dry-run or --check to have the plan as JSON");
	}
	return ar_reading_misused(in);
}

static int conclude(struct ar_reading *in)
{
	size_t words = 0;

	if (ar_err_is_set(in->err))
		return -1;
	if (in->out->help)
		return choose_topics(in);
	if (in->out->version) {
		in->out->command = AR_CMD_VERSION;
		return 0;
	}
	if (choose_command(in, &words) != 0 || check_options(in) != 0 ||
	    check_contradiction(in) != 0)
		return -1;
	if (in->out->command == AR_CMD_HELP)
		return choose_topics(in);
	return check_operand(in, words) != 0 ? -1 : check_filter(in);
}

int ar_options_parse(int argc, char **argv, struct ar_options *ret, struct ar_err *err)
{
	struct ar_reading in = { .argc = argc, .next = 1, .argv = argv, .out = ret, .err = err };

	*ret = (struct ar_options){ .keep = AR_DEFAULT_KEEP,
				    .in_flight = AR_DEFAULT_IN_FLIGHT,
				    .kube_minor = -1 };
	read_words(&in);
	return conclude(&in);
}
