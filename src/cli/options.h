/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * The command line, from tables.
 *
 * One row per option and one per command say everything that is known of them: the parser, the
 * usage text, the man page and the completions are made from these rows, so they cannot differ.
 *
 * Rules: exact long names (no abbreviations, so that a new option never breaks a script),
 * `--opt value` and `--opt=value`, `--` ends the options, `-o` and `-h` are the only letters, no
 * bundling; options stand before or behind the command's words. What does not belong to a command
 * is refused, and so are an option given twice and an empty value (`--root "$UNSET"`).
 */

/* The user's guide's own values, which hold where nothing else is said. */
#define AR_DEFAULT_MANIFEST   "/etc/kubernetes/manifests/kube-apiserver.yaml"
#define AR_DEFAULT_CONFIG     "/etc/kubernetes/enc.yaml"
#define AR_DEFAULT_CONFIG_HOT "/etc/kubernetes/enc/enc.yaml" /* with --hot-reload */
#define AR_DEFAULT_VOLUME     "encryption-config"
#define AR_DEFAULT_PROVIDER   "aescbc"
#define AR_DEFAULT_RESOURCES  "secrets"
#define AR_DEFAULT_IDENTITY   "last"
#define AR_DEFAULT_KEY_NAME   "key1"
#define AR_DEFAULT_KEEP       10
#define AR_DEFAULT_IN_FLIGHT  32
#define AR_MAX_IN_FLIGHT      256

enum ar_command {
	AR_CMD_PATCH,
	AR_CMD_KEYGEN,
	AR_CMD_CONFIG_NEW,
	AR_CMD_CONFIG_CHECK,
	AR_CMD_CONFIG_SHOW,
	AR_CMD_UNDO,
	AR_CMD_UNDO_LIST,
	AR_CMD_ENABLE,
	AR_CMD_ROTATE,
	AR_CMD_CONTINUE,
	AR_CMD_DISABLE,
	AR_CMD_EXPORT,
	AR_CMD_IMPORT,
	AR_CMD_STATUS,
	AR_CMD_DOCTOR,
	AR_CMD_VERIFY,
	AR_CMD_REENCRYPT,
	AR_CMD_HELP,
	AR_CMD_VERSION,
	AR_COMMANDS,
};

enum ar_colour { AR_COLOUR_AUTO, AR_COLOUR_ALWAYS, AR_COLOUR_NEVER };

#define AR_ACCEPTED_MAX 32

/* What was asked for. Strings are argv's own or constants: they live as long as argv. */
struct ar_options {
	enum ar_command command;
	const char *operand; /* FILE, RECORD or "-"; NULL: none given */
	bool dry_run, check, yes, quiet, trace;
	bool strict, show, replace, remove, create, hot_reload, follow;
	bool fast, no_return, no_persist, no_reencrypt, fix;
	bool list, full;
	bool abandon;
	bool recipient, archive;
	bool help, version, man;
	unsigned json;   /* 0: text, 1: JSON */
	unsigned colour; /* enum ar_colour */
	size_t keep;
	size_t in_flight, rate; /* rate 0: not given */
	size_t wait;            /* seconds; 0: not given */
	int kube_minor;         /* N of --kube-version 1.N, -1: not given */
	const char *root, *config, *kubeconfig, *name, *mount_path, *container;
	const char *provider, *resources, *identity, *key_name, *key_from;
	const char *emit, *completion;
	const char *resource, *namespace, *decrypt, *engine;
	const char *to, *if_older;
	const char *passphrase_from, *identity_file;
	const char *accepted[AR_ACCEPTED_MAX]; /* ids of the table of causes, each known and
						* acceptable; and "server-gone=NAME" */
	size_t accepted_count;
	unsigned topics; /* AR_CMD_HELP: one bit per command asked about; 0: the overview */
};

/*
 * Reads argv[1…] into *ret. Pure: prints nothing.
 *
 * Returns 0, or -1 with an error of class AR_USAGE that names the word in question and, as its
 * hint, what was probably meant or where to read on. Even then `json`, `colour` and `quiet` of
 * *ret hold what the rest of argv says, so that the error is reported in the form asked for.
 */
int ar_options_parse(int argc, char **argv, struct ar_options *ret, struct ar_err *err);

/* --- the tables, for help, man page, completion and tests ---------------------------------- */

enum ar_option_kind {
	AR_OPT_FLAG,   /* bool */
	AR_OPT_TEXT,   /* const char * */
	AR_OPT_CHOICE, /* const char *, one of `choices` */
	AR_OPT_INDEX,  /* unsigned, which of `choices` */
	AR_OPT_COUNT,  /* size_t, at least 1 */
	AR_OPT_MINOR,  /* int, N of 1.N */
	AR_OPT_ACCEPT, /* ids of acceptable causes, repeatable, comma-separated */
};

/* How a shell completes a value or operand. */
enum ar_complete {
	AR_COMPLETE_NONE,
	AR_COMPLETE_FILE,
	AR_COMPLETE_FOLDER,
	AR_COMPLETE_RECORD,
	AR_COMPLETE_COMMAND,
};

#define AR_ON(command) (1u << (command))
#define AR_EVERYWHERE  (AR_ON(AR_COMMANDS) - 1)

struct ar_option_row {
	const char *name; /* "dry-run" */
	char letter;      /* 'o' for -o; 0: none */
	const char *arg;  /* "PATH"; NULL: takes no value */
	enum ar_option_kind kind;
	enum ar_complete complete;
	size_t offset;              /* of the field in struct ar_options */
	unsigned commands;          /* AR_ON(…) of each command that takes it */
	long max;                   /* of AR_OPT_COUNT; 0: 100000 */
	const char *const *choices; /* NULL-terminated; NULL: any value */
	const char *help;           /* one line, lower case, no full stop */
	const char *more;           /* sentences for the man page; NULL: `help` says it all */
};

struct ar_example {
	const char *what;    /* "what would change, and nothing else" */
	const char *command; /* "atrest patch --dry-run"; NULL ends the list */
};

#define AR_EXAMPLES 5

struct ar_command_row {
	const char *words[2];      /* {"config", "new"}; {"patch", NULL} */
	const char *operand;       /* "[FILE]"; NULL: takes none */
	enum ar_complete complete; /* of the operand */
	const char *summary;       /* one line, lower case, no full stop */
	const char *description;   /* paragraphs, separated by empty lines */
	const char *exits; /* what its exit codes mean beyond the common ones; NULL: nothing */
	struct ar_example examples[AR_EXAMPLES];
};

/* Row `index` of the options, in the order of the usage text; NULL behind the last. */
const struct ar_option_row *ar_option_at(size_t index);
/* The row of a command; NULL for AR_COMMANDS and beyond. */
const struct ar_command_row *ar_command_at(size_t index);
/* The command's words in one: "config new". */
const char *ar_command_name(enum ar_command command);
