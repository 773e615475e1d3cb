/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/man.h"

#include <string.h>

#include "cli/help.h"
#include "cli/options.h"
#include "diag/finding.h"

/* --- roff ------------------------------------------------------------------------------------ */

/* Characters that roff would take for its own, or print as typography that cannot be pasted back.
 */
static const char *spelled(char c)
{
	switch (c) {
	case '\\': return "\\e";
	case '-': return "\\-";
	case '\'': return "\\(aq";
	case '`': return "\\(ga";
	case '^': return "\\(ha";
	case '~': return "\\(ti";
	default: return NULL;
	}
}

/* Text inside of a line; a newline in it becomes a paragraph where it is doubled, a blank else. */
static void add_text(struct ar_buf *out, const char *text)
{
	for (; *text; text++) {
		const char *name = spelled(*text);

		if (strncmp(text, "\n\n", 2) == 0) {
			ar_buf_adds(out, "\n.PP\n");
			text++;
		} else if (*text == '\n') {
			ar_buf_addc(out, ' ');
		} else if (name) {
			ar_buf_adds(out, name);
		} else {
			if (*text == '.' && (out->len == 0 || out->data[out->len - 1] == '\n'))
				ar_buf_adds(out, "\\&");
			ar_buf_addc(out, *text);
		}
	}
}

/* Prose: each sentence ends the line, as roff wants it. */
static void add_prose(struct ar_buf *out, const char *text)
{
	const char *end;

	while ((end = strstr(text, ". ")) != NULL) {
		char sentence[1200];
		size_t len = (size_t)(end - text) + 1;

		if (len >= sizeof sentence)
			break;
		memcpy(sentence, text, len);
		sentence[len] = '\0';
		add_text(out, sentence);
		ar_buf_addc(out, '\n');
		text = end + 1 + strspn(end + 1, " ");
	}
	add_text(out, text);
	ar_buf_addc(out, '\n');
}

static void add_font(struct ar_buf *out, char font, const char *text)
{
	ar_buf_addf(out, "\\f%c", font);
	add_text(out, text);
	ar_buf_adds(out, "\\fR");
}

static void add_section(struct ar_buf *out, const char *title)
{
	ar_buf_addf(out, ".SH %s\n", title);
}

/* A term and what it means. */
static void add_item(struct ar_buf *out, const char *term, const char *meaning)
{
	ar_buf_adds(out, ".TP\n");
	add_font(out, 'B', term);
	ar_buf_addc(out, '\n');
	add_prose(out, meaning);
}

/* --- from the tables ------------------------------------------------------------------------- */

static void add_option(struct ar_buf *out, const struct ar_option_row *row)
{
	ar_buf_adds(out, ".TP\n");
	if (row->letter)
		ar_buf_addf(out, "\\fB\\-%c\\fR, ", row->letter);
	ar_buf_adds(out, "\\fB\\-\\-");
	add_text(out, row->name);
	ar_buf_adds(out, "\\fR");
	if (row->arg) {
		ar_buf_addc(out, ' ');
		add_font(out, 'I', row->arg);
	}
	ar_buf_addc(out, '\n');
	add_text(out, row->help);
	ar_buf_addc(out, '\n');
	if (row->more) {
		ar_buf_adds(out, ".br\n");
		add_prose(out, row->more);
	}
}

static void add_command(struct ar_buf *out, enum ar_command command)
{
	const struct ar_command_row *row = ar_command_at(command);
	const struct ar_option_row *option;

	ar_buf_adds(out, ".SS \"");
	add_text(out, ar_command_name(command));
	if (row->operand) {
		ar_buf_addc(out, ' ');
		add_text(out, row->operand);
	}
	ar_buf_adds(out, "\"\n");
	add_prose(out, row->description);
	for (size_t i = 0; (option = ar_option_at(i)) != NULL; i++)
		if (option->commands != AR_EVERYWHERE && (option->commands & AR_ON(command)))
			add_option(out, option);
	if (row->exits) {
		ar_buf_adds(out, ".PP\nExit status: ");
		add_prose(out, row->exits);
	}
}

static void add_synopsis(struct ar_buf *out)
{
	const struct ar_command_row *row;

	add_section(out, "SYNOPSIS");
	for (size_t i = 0; (row = ar_command_at(i)) != NULL; i++) {
		if (i > 0)
			ar_buf_adds(out, ".br\n");
		ar_buf_adds(out, "\\fBatrest ");
		add_text(out, ar_command_name((enum ar_command)i));
		ar_buf_adds(out, "\\fR [\\fIOPTION\\fR...]");
		if (row->operand) {
			ar_buf_addc(out, ' ');
			add_font(out, 'I', row->operand);
		}
		ar_buf_addc(out, '\n');
	}
}

static void add_common_options(struct ar_buf *out)
{
	const struct ar_option_row *row;

	add_section(out, "OPTIONS");
	add_prose(out, "Every command takes these, before or behind its name. Long names cannot be "
		       "abbreviated. A value stands behind the name or behind an equals sign. What "
		       "follows -- is no option.");
	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++)
		if (row->commands == AR_EVERYWHERE)
			add_option(out, row);
}

static void add_causes(struct ar_buf *out)
{
	const struct ar_cause *cause;

	add_section(out, "FINDINGS THAT CAN BE ACCEPTED");
	add_prose(
		out,
		"A finding that stops a change on a live node names its id. These can be accepted "
		"with --accept, by a person who knows that they do no harm here:");
	for (size_t i = 0; (cause = ar_cause_at(i)) != NULL; i++)
		if (cause->acceptable)
			add_item(out, cause->id, cause->meaning);
}

static void add_exits(struct ar_buf *out)
{
	const char *text;

	add_section(out, "EXIT STATUS");
	for (size_t i = 0; (text = ar_exit_text(i)) != NULL; i++) {
		ar_buf_addf(out, ".TP\n\\fB%zu\\fR\n", i);
		add_text(out, text);
		ar_buf_addc(out, '\n');
	}
	ar_buf_adds(out, ".PP\n");
	add_prose(out,
		  "6 and 7 belong to changes of a running cluster; no command of this version ends "
		  "with them.");
}

static void add_examples(struct ar_buf *out)
{
	const struct ar_command_row *row;

	add_section(out, "EXAMPLES");
	for (size_t i = 0; (row = ar_command_at(i)) != NULL; i++)
		for (size_t k = 0; k < AR_EXAMPLES && row->examples[k].command; k++) {
			ar_buf_adds(out, ".PP\n");
			add_text(out, row->examples[k].what);
			ar_buf_adds(out, ":\n.PP\n.RS 4\n.nf\n");
			add_text(out, row->examples[k].command);
			ar_buf_adds(out, "\n.fi\n.RE\n");
		}
}

/* --- what no table holds --------------------------------------------------------------------- */

struct item {
	const char *term, *meaning;
};

static void add_items(struct ar_buf *out, const char *title, const struct item *items, size_t count)
{
	add_section(out, title);
	for (size_t i = 0; i < count; i++)
		add_item(out, items[i].term, items[i].meaning);
}

static const struct item environment[] = {
	{ "NO_COLOR", "When set and not empty, --color auto means never." },
	{ "TERM", "When it is dumb, the same." },
	{ "LC_ALL, LC_CTYPE, LANG",
	  "The first that is set says whether marks outside of ASCII can be shown." },
	{ "SOURCE_DATE_EPOCH",
	  "Seconds since 1970 that stand for the present time in records and in the "
	  "comment at a new key, for builds that shall be the same each time." },
};

static const struct item files[] = {
	{ AR_DEFAULT_MANIFEST, "The static pod manifest that 'patch' changes." },
	{ AR_DEFAULT_CONFIG,
	  "The EncryptionConfiguration that 'config new' writes, and that the flag "
	  "names." },
	{ AR_DEFAULT_CONFIG_HOT, "The same with --hot-reload." },
	{ "/var/lib/atrest/records/",
	  "A folder for each change, root-only: what was done, and the old "
	  "file." },
	{ "/var/lib/kubelet/config.yaml",
	  "Read, to know which folder the kubelet takes manifests from." },
};

static const char description[] =
	"atrest turns on encryption at rest for the Secrets of a kubeadm control plane: it makes "
	"the key "
	"and the EncryptionConfiguration, and gives the API server's static pod manifest the flag, "
	"the "
	"mount and the volume. It needs no network.\n"
	"\n"
	"Every change is shown as a diff first, asks, keeps the old file in a record, and replaces "
	"the "
	"file as a whole: after a crash it is the old one or the new one. A command that is run "
	"again "
	"finds nothing to do and writes nothing. Standard output carries the result, standard "
	"error "
	"everything else.\n"
	"\n"
	"After 'patch' only new and changed Secrets are encrypted. The old ones must be rewritten.";

static const char security[] =
	"Key bytes are in the EncryptionConfiguration, in its one predecessor kept for undo, in "
	"the "
	"output of 'keygen', and in memory while they are worked on. They are never in arguments, "
	"environment, logs, errors, diffs, JSON or core files, and no line of a file with keys is "
	"ever "
	"printed. Diffs show <redacted> in their place and say so.\n"
	"\n"
	"Whoever can read the EncryptionConfiguration and a backup of etcd can read every Secret: "
	"keep "
	"the two apart. Encryption at rest protects disks and backups, not a running API server.\n"
	"\n"
	"Every change goes to syslog (authpriv) with who and when, except under --root.";

void ar_man_write(struct ar_buf *out)
{
	ar_buf_adds(out, ".\\\" Made by 'atrest help --man'.\n"
			 ".TH ATREST 8 \"\" \"atrest " AR_VERSION "\" \"System Administration\"\n"
			 ".nh\n.ad l\n");
	add_section(out, "NAME");
	ar_buf_adds(out,
		    "atrest \\- encryption at rest for the Secrets of a kubeadm control plane\n");
	add_synopsis(out);
	add_section(out, "DESCRIPTION");
	add_prose(out, description);
	add_section(out, "COMMANDS");
	for (size_t i = 0; i < AR_COMMANDS; i++)
		add_command(out, (enum ar_command)i);
	add_common_options(out);
	add_causes(out);
	add_exits(out);
	add_items(out, "ENVIRONMENT", environment, sizeof environment / sizeof environment[0]);
	add_items(out, "FILES", files, sizeof files / sizeof files[0]);
	add_examples(out);
	add_section(out, "SECURITY");
	add_prose(out, security);
	add_section(out, "SEE ALSO");
	ar_buf_adds(
		out,
		".BR kubelet (1),\n.BR kubeadm (1),\n.BR kube\\-apiserver (1),\n.BR patch (1)\n");
}
