/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/options.h"

#define ARGV_MAX 24

/* A command line as a shell would cut it at blanks; '' is an empty word. */
struct line {
	char text[400];
	char *argv[ARGV_MAX + 1];
	int argc;
	struct ar_options opts;
	struct ar_err err;
	int result;
};

static void parse(struct line *line, const char *text)
{
	char *rest = line->text, *word;

	*line = (struct line){ .err = AR_ERR_INIT };
	snprintf(line->text, sizeof line->text, "%s", text);
	while ((word = strsep(&rest, " ")) != NULL && line->argc < ARGV_MAX) {
		if (word[0] != '\0')
			line->argv[line->argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	line->result = ar_options_parse(line->argc, line->argv, &line->opts, &line->err);
}

static void expect_parsed(struct line *line, const char *text)
{
	parse(line, text);
	ck_assert_msg(line->result == 0, "%s: %s", text, line->err.msg);
	ck_assert_msg(!ar_err_is_set(&line->err), "%s", text);
}

/* --- good lines ------------------------------------------------------------------------------ */

static const struct {
	const char *line;
	enum ar_command command;
	const char *operand;
} commands[] = {
	{ "atrest patch", AR_CMD_PATCH, NULL },
	{ "atrest patch m.yaml", AR_CMD_PATCH, "m.yaml" },
	{ "atrest patch -", AR_CMD_PATCH, "-" },
	{ "atrest patch -- --odd", AR_CMD_PATCH, "--odd" },
	{ "atrest patch --dry-run -- -", AR_CMD_PATCH, "-" },
	{ "atrest patch config", AR_CMD_PATCH, "config" },
	{ "atrest --root /x patch", AR_CMD_PATCH, NULL },
	{ "atrest --config /a/b patch m.yaml", AR_CMD_PATCH, "m.yaml" },
	{ "atrest keygen", AR_CMD_KEYGEN, NULL },
	{ "atrest config new", AR_CMD_CONFIG_NEW, NULL },
	{ "atrest config --yes new f", AR_CMD_CONFIG_NEW, "f" },
	{ "atrest config check -", AR_CMD_CONFIG_CHECK, "-" },
	{ "atrest config show enc.yaml", AR_CMD_CONFIG_SHOW, "enc.yaml" },
	{ "atrest undo", AR_CMD_UNDO, NULL },
	{ "atrest undo 20261124-045500-1", AR_CMD_UNDO, "20261124-045500-1" },
	{ "atrest undo list", AR_CMD_UNDO_LIST, NULL },
	{ "atrest undo -- list", AR_CMD_UNDO, "list" },
	{ "atrest enable", AR_CMD_ENABLE, NULL },
	{ "atrest --fast enable --kubeconfig /k", AR_CMD_ENABLE, NULL },
	{ "atrest export", AR_CMD_EXPORT, NULL },
	{ "atrest export --replace f", AR_CMD_EXPORT, "f" },
	{ "atrest import --archive", AR_CMD_IMPORT, NULL },
	{ "atrest import f --identity-file i", AR_CMD_IMPORT, "f" },
	{ "atrest status", AR_CMD_STATUS, NULL },
	{ "atrest doctor --fix", AR_CMD_DOCTOR, NULL },
	{ "atrest verify", AR_CMD_VERIFY, NULL },
	{ "atrest verify --decrypt all default/a", AR_CMD_VERIFY, "default/a" },
	{ "atrest --engine svm reencrypt", AR_CMD_REENCRYPT, NULL },
	{ "atrest version", AR_CMD_VERSION, NULL },
	{ "atrest --version", AR_CMD_VERSION, NULL },
	{ "atrest patch --version", AR_CMD_VERSION, NULL },
	{ "atrest help", AR_CMD_HELP, NULL },
	{ "atrest --help", AR_CMD_HELP, NULL },
	{ "atrest -h", AR_CMD_HELP, NULL },
};

START_TEST(a_command_is_known_by_its_words)
{
	struct line line;

	expect_parsed(&line, commands[_i].line);
	ck_assert_int_eq(line.opts.command, commands[_i].command);
	if (commands[_i].operand)
		ck_assert_str_eq(line.opts.operand, commands[_i].operand);
	else
		ck_assert_ptr_null(line.opts.operand);
}
END_TEST

START_TEST(values_stand_behind_a_blank_or_an_equals_sign)
{
	struct line line;

	expect_parsed(&line,
		      "atrest patch --config /a=b --name=n --mount-path=/m --keep=3 --root r");
	ck_assert_str_eq(line.opts.config, "/a=b");
	ck_assert_str_eq(line.opts.name, "n");
	ck_assert_str_eq(line.opts.mount_path, "/m");
	ck_assert_str_eq(line.opts.root, "r");
	ck_assert_uint_eq(line.opts.keep, 3);
	expect_parsed(&line, "atrest config new --key-from - --key-name=--odd");
	ck_assert_str_eq(line.opts.key_from, "-");
	ck_assert_str_eq(line.opts.key_name, "--odd");
}
END_TEST

START_TEST(what_is_not_said_has_its_default)
{
	struct line line;

	expect_parsed(&line, "atrest patch");
	ck_assert_uint_eq(line.opts.keep, AR_DEFAULT_KEEP);
	ck_assert_int_eq(line.opts.kube_minor, -1);
	ck_assert_uint_eq(line.opts.json, 0);
	ck_assert_uint_eq(line.opts.colour, AR_COLOUR_AUTO);
	ck_assert(!line.opts.dry_run && !line.opts.yes && !line.opts.check && !line.opts.quiet);
	ck_assert_ptr_null(line.opts.config);
	ck_assert_uint_eq(line.opts.accepted_count, 0);
}
END_TEST

START_TEST(choices_are_taken_from_their_list)
{
	struct line line;

	expect_parsed(
		&line,
		"atrest -o json config new --provider secretbox --identity none --color never");
	ck_assert_uint_eq(line.opts.json, 1);
	ck_assert_uint_eq(line.opts.colour, AR_COLOUR_NEVER);
	ck_assert_str_eq(line.opts.provider, "secretbox");
	ck_assert_str_eq(line.opts.identity, "none");
	expect_parsed(&line, "atrest patch --output=text --emit kubeadm-patch");
	ck_assert_uint_eq(line.opts.json, 0);
	ck_assert_str_eq(line.opts.emit, "kubeadm-patch");
	expect_parsed(&line, "atrest config check --kube-version v1.29");
	ck_assert_int_eq(line.opts.kube_minor, 29);
	expect_parsed(&line, "atrest reencrypt --engine=patch");
	ck_assert_str_eq(line.opts.engine, "patch");
}
END_TEST

START_TEST(what_is_stored_is_spoken_of_by_the_same_options)
{
	struct line line;

	expect_parsed(&line, "atrest reencrypt --in-flight 256 --rate=50 --resource a.b --list");
	ck_assert_uint_eq(line.opts.in_flight, AR_MAX_IN_FLIGHT);
	ck_assert_uint_eq(line.opts.rate, 50);
	ck_assert_str_eq(line.opts.resource, "a.b");
	ck_assert(line.opts.list && !line.opts.full);
	expect_parsed(&line, "atrest verify --full --decrypt 7 --namespace n");
	ck_assert_str_eq(line.opts.decrypt, "7");
	ck_assert_str_eq(line.opts.namespace, "n");
	ck_assert(line.opts.full && !line.opts.list);
	expect_parsed(&line, "atrest enable --no-reencrypt");
	ck_assert(line.opts.no_reencrypt);
	ck_assert_uint_eq(line.opts.in_flight, AR_DEFAULT_IN_FLIGHT);
	ck_assert_uint_eq(line.opts.rate, 0);
}
END_TEST

START_TEST(accepted_ids_are_collected_once_each)
{
	struct line line;

	expect_parsed(
		&line,
		"atrest --accept several-servers patch --accept=changed-since,several-servers");
	ck_assert_uint_eq(line.opts.accepted_count, 2);
	ck_assert_str_eq(line.opts.accepted[0], "several-servers");
	ck_assert_str_eq(line.opts.accepted[1], "changed-since");
	/* What is about one server is kept with its name. */
	expect_parsed(&line, "atrest enable --accept several-servers,server-gone=cp3 "
			     "--accept server-gone=cp4");
	ck_assert_uint_eq(line.opts.accepted_count, 3);
	ck_assert_str_eq(line.opts.accepted[1], "server-gone=cp3");
	ck_assert_str_eq(line.opts.accepted[2], "server-gone=cp4");
}
END_TEST

static const struct {
	const char *line;
	unsigned topics;
} topics[] = {
	{ "atrest help", 0 },
	{ "atrest --help", 0 },
	{ "atrest help patch", AR_ON(AR_CMD_PATCH) },
	{ "atrest patch --help", AR_ON(AR_CMD_PATCH) },
	{ "atrest patch m.yaml -h --keep 3", AR_ON(AR_CMD_PATCH) },
	{ "atrest help config new", AR_ON(AR_CMD_CONFIG_NEW) },
	{ "atrest config new --help", AR_ON(AR_CMD_CONFIG_NEW) },
	{ "atrest help config",
	  AR_ON(AR_CMD_CONFIG_NEW) | AR_ON(AR_CMD_CONFIG_CHECK) | AR_ON(AR_CMD_CONFIG_SHOW) },
	{ "atrest config -h",
	  AR_ON(AR_CMD_CONFIG_NEW) | AR_ON(AR_CMD_CONFIG_CHECK) | AR_ON(AR_CMD_CONFIG_SHOW) },
	{ "atrest undo --help", AR_ON(AR_CMD_UNDO) | AR_ON(AR_CMD_UNDO_LIST) },
};

START_TEST(help_knows_what_it_is_asked_about)
{
	struct line line;

	expect_parsed(&line, topics[_i].line);
	ck_assert_int_eq(line.opts.command, AR_CMD_HELP);
	ck_assert_uint_eq(line.opts.topics, topics[_i].topics);
}
END_TEST

/* --- bad lines ------------------------------------------------------------------------------- */

static const struct {
	const char *line, *message, *hint;
} refusals[] = {
	{ "atrest", "no command is given", "see 'atrest help'" },
	{ "atrest -- patch", "no command is given", "see 'atrest help'" },
	{ "atrest pacth", "unknown command 'pacth'", "did you mean 'patch'?" },
	{ "atrest zebra", "unknown command 'zebra'", "see 'atrest help'" },
	{ "atrest config", "command 'config' needs a second word", "see 'atrest help config'" },
	{ "atrest config chek", "unknown command 'config chek'", "did you mean 'config check'?" },
	{ "atrest config zebra", "unknown command 'config zebra'", "see 'atrest help config'" },
	{ "atrest help zebra", "unknown command 'zebra'", "see 'atrest help'" },
	{ "atrest patch a b", "one word too many: 'b'", "see 'atrest help patch'" },
	{ "atrest keygen a", "one word too many: 'a'", "see 'atrest help keygen'" },
	{ "atrest enable a", "one word too many: 'a'", "see 'atrest help enable'" },
	{ "atrest --fast status", "option '--fast' does not belong to 'atrest status'",
	  "see 'atrest help status'" },
	{ "atrest verify a b", "one word too many: 'b'", "see 'atrest help verify'" },
	{ "atrest reencrypt a", "one word too many: 'a'", "see 'atrest help reencrypt'" },
	{ "atrest verfy", "unknown command 'verfy'", "did you mean 'verify'?" },
	{ "atrest verify --rate 3", "option '--rate' does not belong to 'atrest verify'",
	  "see 'atrest help verify'" },
	{ "atrest reencrypt --decrypt all",
	  "option '--decrypt' does not belong to 'atrest reencrypt'",
	  "see 'atrest help reencrypt'" },
	{ "atrest enable --engine svm", "option '--engine' does not belong to 'atrest enable'",
	  "see 'atrest help enable'" },
	{ "atrest reencrypt --engine svn",
	  "option '--engine' cannot be 'svn'; expected patch or svm", "did you mean 'svm'?" },
	{ "atrest reencrypt --in-flight 0",
	  "option '--in-flight' cannot be '0'; expected a number from 1 to 256", "" },
	{ "atrest enable --in-flight 257",
	  "option '--in-flight' cannot be '257'; expected a number from 1 to 256", "" },
	{ "atrest reencrypt --rate 0", "option '--rate' cannot be '0'; expected a number from 1 on",
	  "" },
	{ "atrest undo list x", "one word too many: 'x'", "see 'atrest help undo list'" },
	{ "atrest patch --dryrun", "unknown option '--dryrun'", "did you mean '--dry-run'?" },
	{ "atrest patch --dry", "unknown option '--dry'", "did you mean '--dry-run'?" },
	{ "atrest patch --Yes", "unknown option '--Yes'", "did you mean '--yes'?" },
	{ "atrest patch -n", "unknown option '-n'", "did you mean '--dry-run'?" },
	{ "atrest patch --json", "unknown option '--json'", "did you mean '--output json'?" },
	{ "atrest patch -ojson", "unknown option '-ojson'",
	  "letters stand alone: write '-o FORM'" },
	{ "atrest patch --zebra=1", "unknown option '--zebra'", NULL },
	{ "atrest keygen --keep 3", "option '--keep' does not belong to 'atrest keygen'",
	  "see 'atrest help keygen'" },
	{ "atrest --strict patch", "option '--strict' does not belong to 'atrest patch'",
	  "see 'atrest help patch'" },
	{ "atrest patch --yes=1", "option '--yes' takes no value", "" },
	{ "atrest patch --config", "option '--config' needs a value; expected --config PATH", "" },
	{ "atrest patch --config --yes", "option '--config' needs a value; expected --config PATH",
	  "if '--yes' is meant as the value, write --config=--yes" },
	{ "atrest patch --config=", "option '--config' has an empty value; expected --config PATH",
	  "" },
	{ "atrest --root '' patch", "option '--root' has an empty value; expected --root DIR", "" },
	{ "atrest patch ''", "a word is empty", "a variable of your script may be unset" },
	{ "atrest --root a patch --root a", "option '--root' is given twice", "" },
	{ "atrest patch --keep 0", "option '--keep' cannot be '0'; expected a number from 1 on",
	  "" },
	{ "atrest patch --keep 1x", "option '--keep' cannot be '1x'; expected a number from 1 on",
	  "" },
	{ "atrest patch --keep 99999999999999999999",
	  "option '--keep' cannot be '99999999999999999999'; expected a number from 1 on", "" },
	{ "atrest config check --kube-version 34",
	  "option '--kube-version' cannot be '34'; expected 1.N, such as 1.34", "" },
	{ "atrest config check --kube-version 1.",
	  "option '--kube-version' cannot be '1.'; expected 1.N, such as 1.34", "" },
	{ "atrest keygen --provider aescbd",
	  "option '--provider' cannot be 'aescbd'; expected aescbc, aesgcm or secretbox",
	  "did you mean 'aescbc'?" },
	{ "atrest patch -o jsn", "option '--output' cannot be 'jsn'; expected text or json",
	  "did you mean 'json'?" },
	{ "atrest patch --accept sevral-servers",
	  "'sevral-servers' is no finding that can be accepted",
	  "did you mean '--accept several-servers'?" },
	{ "atrest enable --accept server-gone", "'--accept server-gone=' names no API server",
	  "write '--accept server-gone=NAME' for each, with the name by which 'atrest status' "
	  "calls it" },
	{ "atrest enable --accept server-gone=cp3,several-servers",
	  "'--accept server-gone=cp3,several-servers' names no API server",
	  "write '--accept server-gone=NAME' for each, with the name by which 'atrest status' "
	  "calls it" },
	{ "atrest patch --accept several-servers,", "'' is no finding that can be accepted", NULL },
	{ "atrest patch --remove --replace", "'--remove' and '--replace' contradict each other",
	  "" },
	{ "atrest patch --remove --create", "'--remove' and '--create' contradict each other", "" },
	{ "atrest patch --remove --emit kubeadm-patch",
	  "'--remove' and '--emit' contradict each other", "" },
	{ "atrest help --man --completion zsh", "'--man' and '--completion' are two documents",
	  "" },
	{ "atrest patch - -o json", "with '-' the result is the manifest itself, not JSON",
	  "say --dry-run or --check to have the plan as JSON" },
};

START_TEST(a_wrong_line_is_refused_with_the_word_and_the_remedy)
{
	struct line line;

	parse(&line, refusals[_i].line);
	ck_assert_int_eq(line.result, -1);
	ck_assert_int_eq(line.err.class, AR_USAGE);
	ck_assert_str_eq(line.err.msg, refusals[_i].message);
	if (refusals[_i].hint)
		ck_assert_str_eq(line.err.hint, refusals[_i].hint);
}
END_TEST

START_TEST(an_error_is_reported_in_the_form_asked_for_wherever_that_stands)
{
	struct line line;

	parse(&line, "atrest --zebra patch -o json --color always");
	ck_assert_int_eq(line.result, -1);
	ck_assert_str_eq(line.err.msg, "unknown option '--zebra'");
	ck_assert_uint_eq(line.opts.json, 1);
	ck_assert_uint_eq(line.opts.colour, AR_COLOUR_ALWAYS);
}
END_TEST

/* --- the tables ------------------------------------------------------------------------------ */

static void expect_one_liner(const char *who, const char *text)
{
	ck_assert_msg(text && text[0], "%s has no help", who);
	ck_assert_msg(text[strlen(text) - 1] != '.' && !strchr(text, '\n'), "%s: '%s'", who, text);
	ck_assert_msg(text[0] < 'A' || text[0] > 'Z', "%s: '%s'", who, text);
}

START_TEST(every_option_is_whole)
{
	const struct ar_option_row *row, *other;
	size_t i;

	for (i = 0; (row = ar_option_at(i)) != NULL; i++) {
		expect_one_liner(row->name, row->help);
		bool listed = row->kind == AR_OPT_CHOICE || row->kind == AR_OPT_INDEX;
		ck_assert_msg(listed == (row->choices != NULL), "%s", row->name);
		ck_assert_msg((row->kind == AR_OPT_FLAG) == (row->arg == NULL), "%s", row->name);
		ck_assert_msg(row->commands != 0 && (row->commands & ~AR_EVERYWHERE) == 0, "%s",
			      row->name);
		ck_assert_msg(row->offset < sizeof(struct ar_options), "%s", row->name);
		ck_assert_msg(strspn(row->name, "abcdefghijklmnopqrstuvwxyz-") == strlen(row->name),
			      "%s", row->name);
		for (size_t k = 0; k < i && (other = ar_option_at(k)) != NULL; k++) {
			ck_assert_str_ne(row->name, other->name);
			ck_assert(!row->letter || row->letter != other->letter);
			ck_assert_msg(row->kind == AR_OPT_ACCEPT || other->kind == AR_OPT_ACCEPT ||
					      row->offset != other->offset,
				      "--%s and --%s share a field", row->name, other->name);
		}
	}
	ck_assert_uint_le(i, 64); /* bits of `seen` */
}
END_TEST

/* What each command takes of its own, said a second time: a slip in a row's mask shows here. */
static const char *const own_options[AR_COMMANDS] = {
	[AR_CMD_PATCH] = (" config name mount-path hot-reload container replace remove create emit "
			  "follow keep"),
	[AR_CMD_KEYGEN] = " provider show recipient identity-file",
	[AR_CMD_CONFIG_NEW] =
		" hot-reload provider resources identity key-name key-from follow keep",
	[AR_CMD_CONFIG_CHECK] = " hot-reload kube-version strict follow",
	[AR_CMD_CONFIG_SHOW] = " hot-reload follow",
	[AR_CMD_UNDO] = " kubeconfig follow keep",
	[AR_CMD_UNDO_LIST] = "",
	[AR_CMD_ENABLE] =
		(" config name mount-path hot-reload container replace provider resources "
		 "key-name key-from kubeconfig fast no-return no-persist no-reencrypt in-flight "
		 "rate wait follow keep"),
	[AR_CMD_ROTATE] =
		(" config container provider resources kubeconfig fast no-return no-persist "
		 "in-flight rate to if-older-than abandon wait follow keep"),
	[AR_CMD_CONTINUE] = (" config container kubeconfig fast no-return no-persist in-flight "
			     "rate to wait follow keep"),
	[AR_CMD_DISABLE] = (" config container kubeconfig fast no-return no-persist in-flight "
			    "rate wait follow keep"),
	[AR_CMD_EXPORT] = " config replace kubeconfig passphrase-from follow",
	[AR_CMD_IMPORT] = (" config kube-version passphrase-from identity-file archive follow "
			   "keep"),
	[AR_CMD_STATUS] = " config kubeconfig follow",
	[AR_CMD_DOCTOR] = " config kubeconfig fix follow keep",
	[AR_CMD_VERIFY] = " config kubeconfig resource namespace list full decrypt follow",
	[AR_CMD_REENCRYPT] =
		" config kubeconfig resource namespace list in-flight rate engine follow",
	[AR_CMD_HELP] = " man completion",
	[AR_CMD_VERSION] = "",
};

START_TEST(a_command_takes_its_own_options_and_those_of_all)
{
	AR_BUF_AUTO struct ar_buf own = AR_BUF_INIT, everywhere = AR_BUF_INIT;
	const struct ar_option_row *row;

	for (size_t i = 0; (row = ar_option_at(i)) != NULL; i++) {
		if (row->commands & AR_ON(_i))
			ar_buf_addf(row->commands == AR_EVERYWHERE ? &everywhere : &own, " %s",
				    row->name);
	}
	ck_assert_str_eq(ar_buf_text(&own), own_options[_i]);
	ck_assert_str_eq(ar_buf_text(&everywhere),
			 " dry-run check yes accept output root color quiet "
			 "trace help version");
}
END_TEST

/* An example is a shell line: each of its parts that runs atrest must be one that is understood. */
static void expect_example(const char *command)
{
	char text[300], *rest = text, *part;
	struct line line;
	int runs = 0;

	snprintf(text, sizeof text, "%s", command);
	while ((part = strsep(&rest, "&|()")) != NULL) {
		part += strspn(part, " ");
		part[strcspn(part, "<>")] = '\0';
		if (strncmp(part, "atrest ", 7) != 0)
			continue;
		runs++;
		expect_parsed(&line, part);
	}
	ck_assert_msg(runs > 0, "'%s' does not run atrest", command);
}

START_TEST(every_command_is_whole_and_its_examples_are_understood)
{
	const struct ar_command_row *row = ar_command_at((size_t)_i);

	expect_one_liner(row->words[0], row->summary);
	ck_assert_ptr_nonnull(row->description);
	ck_assert_ptr_nonnull(row->examples[0].command);
	for (size_t i = 0; i < AR_EXAMPLES && row->examples[i].command; i++)
		expect_example(row->examples[i].command);
	char name[60];
	snprintf(name, sizeof name, "%s%s%s", row->words[0], row->words[1] ? " " : "",
		 row->words[1] ? row->words[1] : "");
	ck_assert_str_eq(ar_command_name((enum ar_command)_i), name);
}
END_TEST

START_TEST(behind_the_tables_there_is_nothing)
{
	ck_assert_ptr_null(ar_option_at(1000));
	ck_assert_ptr_null(ar_command_at(AR_COMMANDS));
	ck_assert_str_eq(ar_command_name(AR_COMMANDS), "");
	ck_assert_ptr_null(ar_exit_text(8));
}
END_TEST

/* --- chance ---------------------------------------------------------------------------------- */

static const char *const vocabulary[] = {
	"patch",
	"config",
	"new",
	"check",
	"show",
	"undo",
	"list",
	"help",
	"version",
	"keygen",
	"-",
	"--",
	"--dry-run",
	"--check",
	"--yes",
	"--accept",
	"--accept=several-servers,",
	"several-servers",
	"--root",
	"--root=",
	"/x",
	"--output",
	"-o",
	"json",
	"text",
	"--color=never",
	"-h",
	"--help",
	"--keep",
	"3",
	"--keep=99999999999",
	"--kube-version",
	"1.34",
	"--provider=aescbc",
	"",
	"=",
	"-=",
	"--=",
	"--=x",
	"-x",
	"---",
	"--\xff",
	"\xff\xfe",
	"--config",
	"--man",
	"--completion",
	"zsh",
	"--emit",
	"kubeadm-patch",
	"verify",
	"reencrypt",
	"--in-flight=256",
	"--engine=svm",
	"--decrypt",
	"\033[2J",
	"a-very-long-word-that-goes-on-and-on-and-on-and-on-and-on",
};

START_TEST(no_line_whatever_crashes_the_parser_or_passes_without_a_verdict)
{
	unsigned seed = 7;

	for (int round = 0; round < 20000; round++) {
		char storage[ARGV_MAX][120], *argv[ARGV_MAX + 1] = { NULL };
		struct ar_options opts;
		struct ar_err err = AR_ERR_INIT;
		int argc = 1 + rand_r(&seed) % (ARGV_MAX - 1);

		for (int i = 0; i < argc; i++) {
			size_t pick = (size_t)rand_r(&seed) %
				      (sizeof vocabulary / sizeof vocabulary[0]);
			snprintf(storage[i], sizeof storage[i], "%s", vocabulary[pick]);
			size_t len = strlen(storage[i]);
			if (len > 0 && rand_r(&seed) % 8 == 0)
				storage[i][(size_t)rand_r(&seed) % len] = (char)(1 + rand_r(&seed) %
											     255);
			argv[i] = storage[i];
		}
		int result = ar_options_parse(argc, argv, &opts, &err);
		ck_assert_int_eq(result, ar_err_is_set(&err) ? -1 : 0);
		ck_assert(result == 0 ? opts.command < AR_COMMANDS
				      : err.class == AR_USAGE && err.msg[0]);
	}
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

static void add_parsing(Suite *suite)
{
	TCase *tcase = tcase_create("parsing");

	tcase_add_loop_test(tcase, a_command_is_known_by_its_words, 0, COUNT(commands));
	tcase_add_test(tcase, values_stand_behind_a_blank_or_an_equals_sign);
	tcase_add_test(tcase, what_is_not_said_has_its_default);
	tcase_add_test(tcase, choices_are_taken_from_their_list);
	tcase_add_test(tcase, what_is_stored_is_spoken_of_by_the_same_options);
	tcase_add_test(tcase, accepted_ids_are_collected_once_each);
	tcase_add_loop_test(tcase, help_knows_what_it_is_asked_about, 0, COUNT(topics));
	tcase_add_loop_test(tcase, a_wrong_line_is_refused_with_the_word_and_the_remedy, 0,
			    COUNT(refusals));
	tcase_add_test(tcase, an_error_is_reported_in_the_form_asked_for_wherever_that_stands);
	tcase_add_test(tcase, no_line_whatever_crashes_the_parser_or_passes_without_a_verdict);
	suite_add_tcase(suite, tcase);
}

static void add_tables(Suite *suite)
{
	TCase *tcase = tcase_create("tables");

	tcase_add_test(tcase, every_option_is_whole);
	tcase_add_loop_test(tcase, every_command_is_whole_and_its_examples_are_understood, 0,
			    AR_COMMANDS);
	tcase_add_loop_test(tcase, a_command_takes_its_own_options_and_those_of_all, 0,
			    AR_COMMANDS);
	tcase_add_test(tcase, behind_the_tables_there_is_nothing);
	suite_add_tcase(suite, tcase);
}

Suite *options_suite(void);

Suite *options_suite(void)
{
	Suite *suite = suite_create("options");

	add_parsing(suite);
	add_tables(suite);
	return suite;
}
