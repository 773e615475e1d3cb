/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <cyaml/cyaml.h>
#include <jansson.h>
#include <sodium.h>
#include <string.h>
#include <yaml.h>

#include "cli/completion.h"
#include "cli/json.h"
#include "cli/man.h"
#include "net/http.h"

#define WIDTH  79 /* of a terminal that is as narrow as they come */
#define COLUMN 26 /* where the explanations of options begin */

/* --- text ------------------------------------------------------------------------------------ */

/* Columns that `len` bytes of UTF-8 take. */
static size_t columns(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

/* Breaks `text` into lines between blanks; each begins in column `indent`, and the first one goes
 * on where the cursor stands. A newline in it begins a new line. */
static void wrap(struct ar_buf *out, const char *text, size_t indent)
{
	size_t at = indent;

	while (*text) {
		size_t len = strcspn(text, " \n");
		bool breaks = at > indent && at + 1 + columns(text, len) > WIDTH;

		if (breaks) {
			ar_buf_addc(out, '\n');
			ar_buf_fill(out, ' ', indent);
			at = indent;
		} else if (at > indent) {
			ar_buf_addc(out, ' ');
			at++;
		}
		ar_buf_add(out, text, len);
		at += columns(text, len);
		text += len;
		text += strspn(text, " ");
		if (*text == '\n') {
			size_t lines = strspn(text, "\n");
			ar_buf_fill(out, '\n', lines);
			ar_buf_fill(out, ' ', indent);
			at = indent;
			text += lines;
		}
	}
	ar_buf_addc(out, '\n');
}

static void add_option(struct ar_buf *out, const struct ar_option_row *row)
{
	size_t start = out->len;

	if (row->letter)
		ar_buf_addf(out, "  -%c, --%s", row->letter, row->name);
	else
		ar_buf_addf(out, "      --%s", row->name);
	if (row->arg)
		ar_buf_addf(out, " %s", row->arg);
	size_t used = out->len - start;
	if (used + 2 > COLUMN)
		ar_buf_addc(out, '\n');
	ar_buf_fill(out, ' ', used + 2 > COLUMN ? COLUMN : COLUMN - used);
	wrap(out, row->help, COLUMN);
}

/* The options of `command` alone; for AR_COMMANDS those that every command takes. */
static bool add_options(struct ar_buf *out, enum ar_command command, const char *title)
{
	const struct ar_option_row *row;
	bool any = false;

	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++) {
		bool everywhere = row->commands == AR_EVERYWHERE;
		bool fits = command == AR_COMMANDS
				    ? everywhere
				    : !everywhere && (row->commands & AR_ON(command));
		if (!fits)
			continue;
		if (!any)
			ar_buf_addf(out, "\n%s:\n", title);
		add_option(out, row);
		any = true;
	}
	return any;
}

/* --- pages ----------------------------------------------------------------------------------- */

static const char *const exits[] = {
	[AR_DONE] = "as wanted",
	[AR_FAILED] = "failed; nothing was changed",
	[AR_USAGE] = "the command line is wrong; nothing was changed",
	[AR_NOT_AS_WANTED] =
		"not as wanted: with --check something is to be done, or a file is invalid",
	[AR_RESUMABLE] = "stopped midway and safe: run the same command again",
	[AR_LOOK] = "the state is not known: look where the message says",
	[AR_PUT_BACK] = "it was changed, failed, and was put back: do not simply try again",
	[AR_OTHER_NODE] = "done here; another node must act",
};

const char *ar_exit_text(size_t code)
{
	return code < sizeof exits / sizeof exits[0] ? exits[code] : NULL;
}

void ar_help_overview(struct ar_buf *out)
{
	const struct ar_command_row *row;

	ar_buf_adds(out, "usage: atrest COMMAND [OPTION...] [FILE]\n\n");
	wrap(out,
	     "Turns on encryption at rest for the Secrets of a kubeadm control plane. Every step "
	     "is "
	     "previewed, can be run again without effect, and can be taken back.",
	     0);
	ar_buf_adds(out, "\nCommands:\n");
	for (size_t i = 0; (row = ar_command_at(i)) != NULL; i++) {
		ar_buf_addf(out, "  %-13s ", ar_command_name((enum ar_command)i));
		wrap(out, row->summary, 16);
	}
	add_options(out, AR_COMMANDS, "Options that every command takes");
	ar_buf_adds(
		out,
		"\n'atrest help COMMAND' explains a command, 'atrest help --man' is the manual.\n");
}

static void add_exits(struct ar_buf *out, const struct ar_command_row *row)
{
	ar_buf_adds(out, "\nExit status:\n  ");
	wrap(out, "0: as wanted. 1: failed, nothing was changed. 2: the command line is wrong.", 2);
	if (!row->exits)
		return;
	ar_buf_adds(out, "  ");
	wrap(out, row->exits, 2);
}

static void add_examples(struct ar_buf *out, const struct ar_command_row *row)
{
	ar_buf_adds(out, "\nExamples:\n");
	for (size_t i = 0; i < AR_EXAMPLES && row->examples[i].command; i++)
		ar_buf_addf(out, "  # %s\n  %s\n", row->examples[i].what, row->examples[i].command);
}

void ar_help_command(enum ar_command command, struct ar_buf *out)
{
	const struct ar_command_row *row = ar_command_at(command);

	ar_buf_addf(out, "usage: atrest %s [OPTION...]%s%s\n\n", ar_command_name(command),
		    row->operand ? " " : "", row->operand ? row->operand : "");
	wrap(out, row->description, 0);
	add_options(out, command, "Options");
	add_options(out, AR_COMMANDS, "Options that every command takes");
	add_exits(out, row);
	add_examples(out, row);
}

static void add_topics(struct ar_buf *out, unsigned topics)
{
	for (size_t i = 0; i < AR_COMMANDS; i++) {
		if (!(topics & AR_ON(i)))
			continue;
		if (out->len > 0)
			ar_buf_adds(out, "\n\n");
		ar_help_command((enum ar_command)i, out);
	}
}

/* --- version --------------------------------------------------------------------------------- */

static void print_version(const struct ar_options *opts, struct ar_report *report)
{
	const struct {
		const char *name, *version;
	} libraries[] = {
		{ "libyaml", yaml_get_version_string() }, { "libcyaml", cyaml_version_str },
		{ "libsodium", sodium_version_string() }, { "jansson", jansson_version_str() },
		{ "libcurl", ar_http_library() },
	};
	json_t *list = opts->json ? json_object() : NULL;

	if (!opts->json)
		ar_report_say(report, "atrest %s", AR_VERSION);
	for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
		if (opts->json)
			json_object_set_new(list, libraries[i].name,
					    json_string(libraries[i].version));
		else
			ar_report_say(report, "%s %s", libraries[i].name, libraries[i].version);
	}
	if (!opts->json)
		return;
	json_t *root = ar_json_head("atrest.version/v1", AR_DONE, NULL, 0);
	if (root && json_object_set_new(root, "libraries", list) != 0) {
		json_decref(root);
		root = NULL;
	}
	ar_json_print(report, root);
}

/* --- the commands ---------------------------------------------------------------------------- */

static void write_help(const struct ar_options *opts, struct ar_buf *out)
{
	if (opts->man)
		ar_man_write(out);
	else if (opts->completion && strcmp(opts->completion, "bash") == 0)
		ar_completion_bash(out);
	else if (opts->completion)
		ar_completion_zsh(out);
	else if (opts->topics)
		add_topics(out, opts->topics);
	else
		ar_help_overview(out);
}

int ar_help_run(const struct ar_options *opts, struct ar_report *report)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	if (opts->command == AR_CMD_VERSION) {
		print_version(opts, report);
		return AR_DONE;
	}
	write_help(opts, &out);
	if (ar_buf_check(&out, &err) != 0) {
		ar_report_error(report, &err);
		return (int)err.class;
	}
	ar_report_text(report, &out);
	return AR_DONE;
}
