/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include <string.h>

#include "cli/completion_impl.h"

/* Text inside of a spec of _arguments, which stands in single quotes. */
static void add_zsh_text(struct ar_buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			ar_buf_adds(out, "'\\'");
		else if (strchr(":[]\\", *text))
			ar_buf_addc(out, '\\');
		ar_buf_addc(out, *text);
	}
}

static void add_zsh_value(struct ar_buf *out, const struct ar_option_row *row)
{
	ar_buf_addc(out, ':');
	add_zsh_text(out, row->arg);
	ar_buf_addc(out, ':');
	if (ar_completion_has_values(row)) {
		ar_buf_addc(out, '(');
		ar_completion_values(out, row);
		ar_buf_addc(out, ')');
	} else if (row->complete == AR_COMPLETE_FILE) {
		ar_buf_adds(out, "_files");
	} else if (row->complete == AR_COMPLETE_FOLDER) {
		ar_buf_adds(out, "_files -/");
	}
}

static void add_zsh_option(struct ar_buf *out, const struct ar_option_row *row)
{
	const char *equals = row->arg ? "=" : "";

	ar_buf_adds(out, "\t\t'");
	if (row->kind == AR_OPT_ACCEPT)
		ar_buf_addc(out, '*');
	if (row->letter)
		ar_buf_addf(out, "(-%c --%s)'{-%c,--%s%s}'", row->letter, row->name, row->letter,
			    row->name, equals);
	else
		ar_buf_addf(out, "--%s%s", row->name, equals);
	ar_buf_addc(out, '[');
	add_zsh_text(out, row->help);
	ar_buf_addc(out, ']');
	if (row->arg)
		add_zsh_value(out, row);
	ar_buf_adds(out, "'\n");
}

static void add_zsh_options(struct ar_buf *out, unsigned commands)
{
	const struct ar_option_row *row;

	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++)
		if (row->commands == AR_EVERYWHERE
			    ? commands == AR_EVERYWHERE
			    : (row->commands & commands) && commands != AR_EVERYWHERE)
			add_zsh_option(out, row);
}

/* For a group: its words stand for a summary. */
static void add_second_words(struct ar_buf *out, const char *first)
{
	const char *join = "";

	for (size_t i = 0; i < AR_COMMANDS; i++) {
		if (strcmp(ar_command_at(i)->words[0], first) != 0)
			continue;
		ar_buf_addf(out, "%s%s", join, ar_command_at(i)->words[1]);
		join = ", ";
	}
}

/* The list of a describing completion: every word of a group with its summary. `first` NULL: the
 * first words. */
static void add_zsh_words(struct ar_buf *out, const char *first)
{
	for (size_t i = 0; i < AR_COMMANDS; i++) {
		const struct ar_command_row *row = ar_command_at(i);
		bool fits = first ? row->words[1] && strcmp(row->words[0], first) == 0
				  : ar_completion_is_first(i);

		if (!fits)
			continue;
		ar_buf_addf(out, "\t\t'%s:", row->words[first ? 1 : 0]);
		if (!first && row->words[1])
			add_second_words(out, row->words[0]);
		else
			add_zsh_text(out, row->summary);
		ar_buf_adds(out, "'\n");
	}
}

static const char *zsh_operand(const struct ar_command_row *row)
{
	switch (row->complete) {
	case AR_COMPLETE_FILE:
	case AR_COMPLETE_FOLDER: return " '1:file:_files'";
	case AR_COMPLETE_RECORD: return " '1:record:_atrest_records'";
	case AR_COMPLETE_COMMAND: return " '*:command:_atrest_commands'";
	case AR_COMPLETE_NONE: break;
	}
	return "";
}

/* A function for each command: its own options, those of all, its operand. */
static void add_zsh_command(struct ar_buf *out, size_t index)
{
	const struct ar_command_row *row = ar_command_at(index);

	ar_buf_addf(out, "_atrest_%s%s%s()\n{\n\tlocal -a own=(\n", row->words[0],
		    row->words[1] ? "_" : "", row->words[1] ? row->words[1] : "");
	add_zsh_options(out, AR_ON(index));
	ar_buf_addf(out, "\t)\n\t_arguments $own $_atrest_everywhere%s\n}\n\n", zsh_operand(row));
}

/* For words that are no command by themselves, like `config`. */
static void add_zsh_group(struct ar_buf *out, const char *first)
{
	ar_buf_addf(out,
		    "_atrest_%s()\n{\n\tlocal curcontext=$curcontext state line ret=1\n"
		    "\tlocal -a words_of_it=(\n",
		    first);
	add_zsh_words(out, first);
	ar_buf_addf(
		out,
		"\t)\n\t_arguments -C $_atrest_everywhere '1:command:->word' '*::argument:->rest' "
		"&& ret=0\n"
		"\tcase $state in\n"
		"\tword) _describe command words_of_it && ret=0 ;;\n"
		"\trest) (( $+functions[_atrest_%s_$line[1]] )) && _atrest_%s_$line[1] && ret=0 "
		";;\n"
		"\tesac\n\treturn ret\n}\n\n",
		first, first);
}

/* Does a command consist of this first word alone? */
static bool stands_alone(const char *first)
{
	for (size_t i = 0; i < AR_COMMANDS; i++)
		if (!ar_command_at(i)->words[1] && strcmp(ar_command_at(i)->words[0], first) == 0)
			return true;
	return false;
}

static const char zsh_main[] =
	"_atrest_commands()\n"
	"{\n"
	"\t_describe command _atrest_words\n"
	"}\n"
	"\n"
	"_atrest_records()\n"
	"{\n"
	"\tcompadd list " AR_RECORDS "/*(N:t)\n"
	"}\n"
	"\n"
	"_atrest()\n"
	"{\n"
	"\tlocal curcontext=$curcontext state line ret=1\n"
	"\t_arguments -C $_atrest_everywhere '1:command:->word' '*::argument:->rest' && ret=0\n"
	"\tcase $state in\n"
	"\tword) _atrest_commands && ret=0 ;;\n"
	"\trest) (( $+functions[_atrest_$line[1]] )) && _atrest_$line[1] && ret=0 ;;\n"
	"\tesac\n"
	"\treturn ret\n"
	"}\n"
	"\n"
	"if [[ $funcstack[1] == _atrest ]]; then\n"
	"\t_atrest \"$@\"\n"
	"else\n"
	"\tcompdef _atrest atrest\n"
	"fi\n";

void ar_completion_zsh(struct ar_buf *out)
{
	ar_buf_adds(out, "#compdef atrest\n"
			 "# Made by 'atrest help --completion zsh'.\n\n"
			 "typeset -ga _atrest_everywhere=(\n");
	add_zsh_options(out, AR_EVERYWHERE);
	ar_buf_adds(out, ")\ntypeset -ga _atrest_words=(\n");
	add_zsh_words(out, NULL);
	ar_buf_adds(out, ")\n\n");
	for (size_t i = 0; i < AR_COMMANDS; i++) {
		const struct ar_command_row *row = ar_command_at(i);
		bool group = !stands_alone(row->words[0]);

		if (group && ar_completion_is_first(i))
			add_zsh_group(out, row->words[0]);
		if (group || !row->words[1])
			add_zsh_command(out, i);
	}
	ar_buf_adds(out, zsh_main);
}
