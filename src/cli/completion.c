/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include <string.h>

#include "cli/completion_impl.h"
#include "diag/finding.h"

/* --- what both shells need ------------------------------------------------------------------- */

static void add_causes(struct ar_buf *out)
{
	const struct ar_cause *cause;
	const char *join = "";

	for (size_t i = 0; (cause = ar_cause_at(i)) != NULL; i++) {
		if (!cause->acceptable)
			continue;
		ar_buf_addf(out, "%s%s", join, cause->id);
		join = " ";
	}
}

void ar_completion_values(struct ar_buf *out, const struct ar_option_row *row)
{
	if (row->kind == AR_OPT_ACCEPT)
		add_causes(out);
	for (size_t i = 0; row->choices && row->choices[i]; i++)
		ar_buf_addf(out, "%s%s", i > 0 ? " " : "", row->choices[i]);
}

bool ar_completion_has_values(const struct ar_option_row *row)
{
	return row->kind == AR_OPT_ACCEPT || row->choices;
}

bool ar_completion_is_first(size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(ar_command_at(i)->words[0], ar_command_at(index)->words[0]) == 0)
			return false;
	return true;
}

/* --- bash ------------------------------------------------------------------------------------ */

static void add_first_words(struct ar_buf *out)
{
	const char *join = "";

	for (size_t i = 0; i < AR_COMMANDS; i++) {
		if (!ar_completion_is_first(i))
			continue;
		ar_buf_addf(out, "%s%s", join, ar_command_at(i)->words[0]);
		join = " ";
	}
}

static void add_second_words(struct ar_buf *out, const char *first)
{
	const char *join = "";

	for (size_t i = 0; i < AR_COMMANDS; i++) {
		const struct ar_command_row *row = ar_command_at(i);
		if (strcmp(row->words[0], first) != 0 || !row->words[1])
			continue;
		ar_buf_addf(out, "%s%s", join, row->words[1]);
		join = " ";
	}
}

/* Readline cuts words at `=` and `:`: `--color=al` arrives as three words. */
static const char bash_head[] =
	"# bash completion for atrest. Made by 'atrest help --completion bash'.\n"
	"\n"
	"_atrest()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} option= command= second= word i\n"
	"\tlocal files=${cur//\\\\/}\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif [[ $word == '=' && -n $option ]]; then\n"
	"\t\t\tcontinue\n"
	"\t\telif [[ -n $option ]]; then\n"
	"\t\t\toption=\n"
	"\t\telif [[ $word == -?* ]]; then\n"
	"\t\t\tcase $word in\n";

static const char bash_words[] = "\t\t\tesac\n"
				 "\t\telif [[ -z $command ]]; then\n"
				 "\t\t\tcommand=$word\n"
				 "\t\telif [[ -z $second ]]; then\n"
				 "\t\t\tsecond=$word\n"
				 "\t\tfi\n"
				 "\tdone\n"
				 "\t[[ $cur == '=' && -n $option ]] && cur=\n"
				 "\tcase $option in\n";

static const char bash_files[] = "\tcompopt -o filenames 2>/dev/null\n"
				 "\tmapfile -t COMPREPLY < <(compgen -f -- \"$files\")\n"
				 "}\n"
				 "complete -F _atrest atrest\n";

static void add_bash_reply(struct ar_buf *out, const char *tabs)
{
	ar_buf_addf(out,
		    "%smapfile -t COMPREPLY < <(compgen -W \"$word\" -- \"$cur\")\n%sreturn ;;\n",
		    tabs, tabs);
}

/* `case` pattern of an option: --output|-o */
static void add_bash_pattern(struct ar_buf *out, const struct ar_option_row *row)
{
	ar_buf_addf(out, "--%s", row->name);
	if (row->letter)
		ar_buf_addf(out, "|-%c", row->letter);
}

static void add_bash_takers(struct ar_buf *out)
{
	const struct ar_option_row *row;
	const char *join = "\t\t\t";

	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++) {
		if (!row->arg)
			continue;
		ar_buf_adds(out, join);
		add_bash_pattern(out, row);
		join = "|";
	}
	ar_buf_adds(out, ") option=$word ;;\n");
}

static void add_bash_values(struct ar_buf *out)
{
	const struct ar_option_row *row;

	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++) {
		if (!row->arg)
			continue;
		ar_buf_addc(out, '\t');
		add_bash_pattern(out, row);
		ar_buf_adds(out, ")\n");
		if (ar_completion_has_values(row)) {
			ar_buf_adds(out, "\t\tword='");
			ar_completion_values(out, row);
			ar_buf_adds(out, "'\n");
			add_bash_reply(out, "\t\t");
		} else if (row->complete == AR_COMPLETE_NONE) {
			ar_buf_adds(out, "\t\treturn ;;\n");
		} else {
			ar_buf_addf(out,
				    "\t\tcompopt -o filenames 2>/dev/null\n"
				    "\t\tmapfile -t COMPREPLY < <(compgen -%c -- \"$files\")\n"
				    "\t\treturn ;;\n",
				    row->complete == AR_COMPLETE_FOLDER ? 'd' : 'f');
		}
	}
	ar_buf_adds(out, "\tesac\n");
}

static void add_option_words(struct ar_buf *out, size_t command)
{
	const struct ar_option_row *row;

	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++) {
		if (!(row->commands & AR_ON(command)))
			continue;
		ar_buf_addf(out, " --%s", row->name);
		if (row->letter)
			ar_buf_addf(out, " -%c", row->letter);
	}
}

/* Options by command; before the command is named, those that all take. */
static void add_bash_options(struct ar_buf *out)
{
	ar_buf_adds(out, "\tif [[ $cur == -* ]]; then\n\t\tcase \"$command $second\" in\n");
	for (size_t i = AR_COMMANDS; i-- > 0;) {
		const struct ar_command_row *row = ar_command_at(i);
		ar_buf_addf(out, "\t\t'%s %s'%s) word='", row->words[0],
			    row->words[1] ? row->words[1] : "", row->words[1] ? "" : "*");
		add_option_words(out, i);
		ar_buf_adds(out, "' ;;\n");
	}
	ar_buf_adds(out, "\t\t*) word='");
	add_option_words(out, AR_CMD_VERSION);
	ar_buf_adds(out, "' ;;\n\t\tesac\n"
			 "\t\tmapfile -t COMPREPLY < <(compgen -W \"$word\" -- \"$cur\")\n"
			 "\t\treturn\n\tfi\n");
}

/* What stands behind the command's first word. Where files come in the end, the script goes on to
 * them. */
static void add_bash_operand(struct ar_buf *out, const struct ar_command_row *row)
{
	bool files = row->complete == AR_COMPLETE_FILE;

	ar_buf_addf(out, "\t%s)\n\t\tword='", row->words[0]);
	if (row->complete == AR_COMPLETE_COMMAND)
		add_first_words(out);
	add_second_words(out, row->words[0]);
	ar_buf_adds(out, "'\n");
	if (row->complete == AR_COMPLETE_RECORD)
		ar_buf_adds(out, "\t\tword+=\" $(command ls " AR_RECORDS
				 " 2>/dev/null | grep -x '[0-9-]*')\"\n");
	ar_buf_addf(out, "\t\t[[ -n $second ]] && %s\n", files ? "word=" : "return");
	if (files)
		ar_buf_adds(out, "\t\t[[ -z $word ]] ||\n\t");
	ar_buf_adds(out, "\t\tmapfile -t COMPREPLY < <(compgen -W \"$word\" -- \"$cur\")\n");
	ar_buf_adds(out, files ? "\t\t[[ -z $word ]] || return ;;\n" : "\t\treturn ;;\n");
}

static void add_bash_operands(struct ar_buf *out)
{
	ar_buf_adds(out, "\tcase $command in\n\t'')\n\t\tword='");
	add_first_words(out);
	ar_buf_adds(out, "'\n");
	add_bash_reply(out, "\t\t");
	for (size_t i = 0; i < AR_COMMANDS; i++) {
		const struct ar_command_row *row = ar_command_at(i);
		bool only_files = row->complete == AR_COMPLETE_FILE && !row->words[1];

		if (ar_completion_is_first(i) && !only_files)
			add_bash_operand(out, row);
	}
	ar_buf_adds(out, "\tesac\n");
}

void ar_completion_bash(struct ar_buf *out)
{
	ar_buf_adds(out, bash_head);
	add_bash_takers(out);
	ar_buf_adds(out, bash_words);
	add_bash_values(out);
	add_bash_options(out);
	add_bash_operands(out);
	ar_buf_adds(out, bash_files);
}
