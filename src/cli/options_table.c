/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#define STRING(number) #number
#define NUMBER(number) STRING(number)
#define AT(field)      offsetof(struct ar_options, field)
#define PATCH          AR_ON(AR_CMD_PATCH)
#define KEYGEN         AR_ON(AR_CMD_KEYGEN)
#define NEW            AR_ON(AR_CMD_CONFIG_NEW)
#define CHECK          AR_ON(AR_CMD_CONFIG_CHECK)
#define SHOW           AR_ON(AR_CMD_CONFIG_SHOW)
#define UNDO           AR_ON(AR_CMD_UNDO)
#define ENABLE         AR_ON(AR_CMD_ENABLE)
#define ROTATE         AR_ON(AR_CMD_ROTATE)
#define CONTINUE       AR_ON(AR_CMD_CONTINUE)
#define DISABLE        AR_ON(AR_CMD_DISABLE)
#define EXPORT         AR_ON(AR_CMD_EXPORT)
#define IMPORT         AR_ON(AR_CMD_IMPORT)
#define STATUS         AR_ON(AR_CMD_STATUS)
#define DOCTOR         AR_ON(AR_CMD_DOCTOR)
#define VERIFY         AR_ON(AR_CMD_VERIFY)
#define REENCRYPT      AR_ON(AR_CMD_REENCRYPT)
#define HELP           AR_ON(AR_CMD_HELP)
#define STORED         (VERIFY | REENCRYPT)
#define CLIMBS         (ROTATE | CONTINUE | DISABLE)
#define STEPS          (ENABLE | CLIMBS)
#define LIVE           (STEPS | STATUS | DOCTOR | STORED)
#define CHANGES        (PATCH | NEW | UNDO | STEPS | DOCTOR | IMPORT)
#define READS          (CHANGES | CHECK | SHOW | STATUS | STORED | EXPORT)

static const char *const providers[] = { "aescbc", "aesgcm", "secretbox", NULL };
static const char *const identities[] = { "first", "last", "none", NULL };
static const char *const emits[] = { "kubeadm-patch", NULL };
static const char *const engines[] = { "patch", "svm", NULL };
static const char *const shells[] = { "bash", "zsh", NULL };
static const char *const forms[] = { "text", "json", NULL };
static const char *const colours[] = {
	[AR_COLOUR_AUTO] = "auto",
	[AR_COLOUR_ALWAYS] = "always",
	[AR_COLOUR_NEVER] = "never",
	[AR_COLOUR_NEVER + 1] = NULL,
};

/* What belongs to single commands first, then what is taken everywhere. */
static const struct ar_option_row options[] = {
	{
		.name = "config",
		.arg = "PATH",
		.complete = AR_COMPLETE_FILE,
		.kind = AR_OPT_TEXT,
		.offset = AT(config),
		.commands = PATCH | LIVE | EXPORT | IMPORT,
		.help = "the EncryptionConfiguration on this host (" AR_DEFAULT_CONFIG ")",
		.more = "The path decides the mount: a file in a folder of its own "
			"(" AR_DEFAULT_CONFIG_HOT ") is mounted as that folder, one in a shared "
			"folder as the file itself.",
	},
	{
		.name = "name",
		.arg = "NAME",
		.kind = AR_OPT_TEXT,
		.offset = AT(name),
		.commands = PATCH | ENABLE,
		.help = "name of the volume (" AR_DEFAULT_VOLUME ")",
	},
	{
		.name = "mount-path",
		.arg = "PATH",
		.kind = AR_OPT_TEXT,
		.offset = AT(mount_path),
		.commands = PATCH | ENABLE,
		.help = "where the container sees it (the path on the host)",
	},
	{
		.name = "hot-reload",
		.kind = AR_OPT_FLAG,
		.offset = AT(hot_reload),
		.commands = PATCH | NEW | CHECK | SHOW | ENABLE,
		.help = "use a folder of its own and reload without a restart",
		.more = "The file is " AR_DEFAULT_CONFIG_HOT ", the mount is its folder, and the "
			"server is told --encryption-provider-config-automatic-reload=true. For "
			"servers from 1.29 on. With 'config check': the file must also satisfy "
			"the rules of a reload.",
	},
	{
		.name = "container",
		.arg = "NAME",
		.kind = AR_OPT_TEXT,
		.offset = AT(container),
		.commands = PATCH | STEPS,
		.help = "container to change (the one that runs kube-apiserver)",
	},
	{
		.name = "replace",
		.kind = AR_OPT_FLAG,
		.offset = AT(replace),
		.commands = PATCH | ENABLE | EXPORT,
		.help = "give a flag that has another value this one; or replace an older export",
	},
	{
		.name = "remove",
		.kind = AR_OPT_FLAG,
		.offset = AT(remove),
		.commands = PATCH,
		.help = "take flag, mount and volume out again",
		.more = "Takes out exactly what 'atrest patch' with the same options puts in. On a "
			"live manifests folder etcd is asked first: without the flag no API "
			"server can read what is encrypted. Where that cannot be told, only with "
			"--accept still-encrypted.",
	},
	{
		.name = "create",
		.kind = AR_OPT_FLAG,
		.offset = AT(create),
		.commands = PATCH,
		.help = "add a ClusterConfiguration to a kubeadm config that has none",
	},
	{
		.name = "emit",
		.arg = "WHAT",
		.kind = AR_OPT_CHOICE,
		.offset = AT(emit),
		.choices = emits,
		.commands = PATCH,
		.help = "print a JSON patch for kubeadm's --patches folder instead",
		.more = "Made from the manifest where one is named, else as for a pristine one. "
			"Save it as kube-apiserver+json.json in the folder given to kubeadm "
			"--patches.",
	},
	{
		.name = "provider",
		.arg = "NAME",
		.kind = AR_OPT_CHOICE,
		.offset = AT(provider),
		.choices = providers,
		.commands = KEYGEN | NEW | ENABLE | ROTATE,
		.help = "aescbc, aesgcm or secretbox (" AR_DEFAULT_PROVIDER ")",
		.more = "aesgcm draws its nonces at random, so a key wears out with its writes; "
			"'config new' takes it only with --accept aesgcm-write-limit.",
	},
	{
		.name = "show",
		.kind = AR_OPT_FLAG,
		.offset = AT(show),
		.commands = KEYGEN,
		.help = "print the key even on a terminal",
	},
	{
		.name = "resources",
		.arg = "LIST",
		.kind = AR_OPT_TEXT,
		.offset = AT(resources),
		.commands = NEW | ENABLE | ROTATE,
		.help = "what to encrypt, comma-separated (a new config: " AR_DEFAULT_RESOURCES ")",
		.more = "Plural names as the API server knows them, with their group where they "
			"have one: secrets,configmaps,widgets.example.com. With 'rotate': all "
			"that shall be encrypted from now on, those of before too; what the "
			"config has no entry for gets one, under the key that writes now, and no "
			"key is made.",
	},
	{
		.name = "identity",
		.arg = "PLACE",
		.kind = AR_OPT_CHOICE,
		.offset = AT(identity),
		.choices = identities,
		.commands = NEW,
		.help = "where plain text stands: first, last or none (" AR_DEFAULT_IDENTITY ")",
		.more = "last: new values are encrypted, old plain ones are still read. first: "
			"nothing is encrypted yet, but every server can read what others encrypt: "
			"the first step with several servers. none: plain values are not read "
			"any more.",
	},
	{
		.name = "key-name",
		.arg = "NAME",
		.kind = AR_OPT_TEXT,
		.offset = AT(key_name),
		.commands = NEW | ENABLE,
		.help = "name of the key (" AR_DEFAULT_KEY_NAME ")",
	},
	{
		.name = "key-from",
		.arg = "FILE|-",
		.complete = AR_COMPLETE_FILE,
		.kind = AR_OPT_TEXT,
		.offset = AT(key_from),
		.commands = NEW | ENABLE,
		.help = "take the base64 key from a file or standard input",
		.more = "For keys that are made elsewhere. There is no way to give a key as an "
			"argument: other users could read it from the process list.",
	},
	{
		.name = "kube-version",
		.arg = "1.N",
		.kind = AR_OPT_MINOR,
		.offset = AT(kube_minor),
		.commands = CHECK | IMPORT,
		.help = "judge as this server does (the manifest's, else the newest)",
	},
	{
		.name = "strict",
		.kind = AR_OPT_FLAG,
		.offset = AT(strict),
		.commands = CHECK,
		.help = "exit 3 for warnings too",
	},
	{
		.name = "kubeconfig",
		.arg = "FILE",
		.complete = AR_COMPLETE_FILE,
		.kind = AR_OPT_TEXT,
		.offset = AT(kubeconfig),
		.commands = LIVE | UNDO | EXPORT,
		.help = "credentials for the API server (admin.conf, else super-admin.conf)",
		.more = "Its user and its certificate authority are used; the server spoken to is "
			"this node's own, whatever address the file names.",
	},
	{
		.name = "fast",
		.kind = AR_OPT_FLAG,
		.offset = AT(fast),
		.commands = STEPS,
		.help = "end the old API server once it has stopped listening",
		.more = "By itself it waits up to 30 s for watches to end, while it answers "
			"nobody. "
			"Cut off are these watches, which break in any restart, and requests that "
			"take longer than a second to finish after it stopped listening.",
	},
	{
		.name = "no-return",
		.kind = AR_OPT_FLAG,
		.offset = AT(no_return),
		.commands = STEPS,
		.help = "leave things as they are when the proof fails",
		.more = "For those who want to look. By default the old manifest is put back where "
			"the new server never listened, and identity goes first where it did.",
	},
	{
		.name = "no-persist",
		.kind = AR_OPT_FLAG,
		.offset = AT(no_persist),
		.commands = STEPS,
		.help = "leave kubeadm-config alone",
		.more = "The next kubeadm upgrade then writes a manifest without the flag, and the "
			"API server cannot read what is encrypted.",
	},
	{
		.name = "no-reencrypt",
		.kind = AR_OPT_FLAG,
		.offset = AT(no_reencrypt),
		.commands = ENABLE,
		.help = "leave existing Secrets as they are",
		.more = "They stay in plain text until somebody writes them, or until 'atrest "
			"reencrypt'.",
	},
	{
		.name = "resource",
		.arg = "NAME",
		.kind = AR_OPT_TEXT,
		.offset = AT(resource),
		.commands = STORED,
		.help = "only this one of the resources that the config encrypts",
		.more = "As the config or the API server names it: secrets, widgets.example.com.",
	},
	{
		.name = "namespace",
		.arg = "NAME",
		.kind = AR_OPT_TEXT,
		.offset = AT(namespace),
		.commands = STORED,
		.help = "only this namespace",
	},
	{
		.name = "list",
		.kind = AR_OPT_FLAG,
		.offset = AT(list),
		.commands = STORED,
		.help = "name every object that is not as it should be (the first 20 else)",
	},
	{
		.name = "full",
		.kind = AR_OPT_FLAG,
		.offset = AT(full),
		.commands = VERIFY,
		.help = "read every value, also where etcd's own comparison is proof enough",
		.more = "etcd can say by itself whether all values begin with the writer's prefix; "
			"then none leaves it. With this they are read, and counted by what they "
			"begin with.",
	},
	{
		.name = "decrypt",
		.arg = "all|N|NAMESPACE/NAME",
		.kind = AR_OPT_TEXT,
		.offset = AT(decrypt),
		.commands = VERIFY,
		.help = "decrypt all values, N of each resource, or one, and look what comes out",
		.more = "With the keys of this host's config, in guarded memory: finds values "
			"under the right name that were written with other bytes, which a look at "
			"their beginning cannot. Nothing of them is shown.",
	},
	{
		.name = "in-flight",
		.arg = "N",
		.kind = AR_OPT_COUNT,
		.offset = AT(in_flight),
		.commands = STEPS | REENCRYPT,
		.max = AR_MAX_IN_FLIGHT,
		.help = "requests on their way at a time (" NUMBER(AR_DEFAULT_IN_FLIGHT) ")",
	},
	{
		.name = "rate",
		.arg = "N",
		.kind = AR_OPT_COUNT,
		.offset = AT(rate),
		.commands = STEPS | REENCRYPT,
		.help = "objects per second at most (as fast as the server answers)",
		.more = "Each rewrite is an event to whoever watches the object: kubelets and "
			"controllers.",
	},
	{
		.name = "to",
		.arg = "NAME",
		.kind = AR_OPT_TEXT,
		.offset = AT(to),
		.commands = ROTATE | CONTINUE,
		.help = "the key that shall write, which is in the file already",
		.more = "For a key that was made elsewhere, and to say which of two is meant where "
			"the Lease that says it is lost. PROVIDER/NAME where two providers have a "
			"key of that name.",
	},
	{
		.name = "if-older-than",
		.arg = "AGE",
		.kind = AR_OPT_TEXT,
		.offset = AT(if_older),
		.commands = ROTATE,
		.help = "begin only if the key that writes is older: 90d, 12w",
		.more = "For timers. By the date that atrest puts behind a key's name; one without "
			"a date counts as old. A rotation that is under way is gone on with.",
	},
	{
		.name = "abandon",
		.kind = AR_OPT_FLAG,
		.offset = AT(abandon),
		.commands = ROTATE,
		.help = "take back a new key that nothing is encrypted with",
	},
	{
		.name = "passphrase-from",
		.arg = "FILE|-",
		.complete = AR_COMPLETE_FILE,
		.kind = AR_OPT_TEXT,
		.offset = AT(passphrase_from),
		.commands = EXPORT | IMPORT,
		.help = "take the passphrase from the first line of a file or standard input",
		.more = "Where recipients are configured (/etc/atrest/recipients) none is needed "
			"to "
			"seal; else it is asked for on the terminal. There is no way to give one "
			"as an argument or by the environment.",
	},
	{
		.name = "recipient",
		.kind = AR_OPT_FLAG,
		.offset = AT(recipient),
		.commands = KEYGEN,
		.help = "make a key pair to seal files to, and print its public half",
	},
	{
		.name = "identity-file",
		.arg = "FILE|-",
		.complete = AR_COMPLETE_FILE,
		.kind = AR_OPT_TEXT,
		.offset = AT(identity_file),
		.commands = KEYGEN | IMPORT,
		.help = "the secret half of such a pair (/etc/atrest/identity)",
		.more = "With 'keygen --recipient': where it is written to, mode 0600; '-' is "
			"standard "
			"output. With 'import': what opens the file.",
	},
	{
		.name = "archive",
		.kind = AR_OPT_FLAG,
		.offset = AT(archive),
		.commands = IMPORT,
		.help = "say which keys an archive holds; without FILE: those of this node",
	},
	{
		.name = "wait",
		.arg = "SECONDS",
		.kind = AR_OPT_COUNT,
		.offset = AT(wait),
		.commands = STEPS,
		.max = 86400,
		.help = "wait so long for other nodes before leaving with 7 (not at all)",
	},
	{
		.name = "engine",
		.arg = "NAME",
		.kind = AR_OPT_CHOICE,
		.offset = AT(engine),
		.choices = engines,
		.commands = REENCRYPT,
		.help = "patch (from here, fast) or svm (the cluster's own, slow)",
		.more = "svm makes a StorageVersionMigration for each resource and watches it: for "
			"clusters from 1.35 on that serve it and run its controller. It goes on "
			"when "
			"this command ends. The proof is the same.",
	},
	{
		.name = "fix",
		.kind = AR_OPT_FLAG,
		.offset = AT(fix),
		.commands = DOCTOR,
		.help = "mend what can be mended safely: mode and owner of the config",
	},
	{
		.name = "man",
		.kind = AR_OPT_FLAG,
		.offset = AT(man),
		.commands = HELP,
		.help = "print the manual page, as roff",
	},
	{
		.name = "completion",
		.arg = "SHELL",
		.kind = AR_OPT_CHOICE,
		.offset = AT(completion),
		.choices = shells,
		.commands = HELP,
		.help = "print the completion script for bash or zsh",
	},
	{
		.name = "follow",
		.kind = AR_OPT_FLAG,
		.offset = AT(follow),
		.commands = READS,
		.help = "follow symbolic links (refused else)",
		.more = "The file that the link names is read and replaced, the link stays.",
	},
	{
		.name = "keep",
		.arg = "N",
		.kind = AR_OPT_COUNT,
		.offset = AT(keep),
		.commands = CHANGES,
		.help = "records to keep per file (" NUMBER(AR_DEFAULT_KEEP) ")",
		.more = "Of a file with keys only the newest predecessor is kept, whatever N is.",
	},
	{
		.name = "dry-run",
		.kind = AR_OPT_FLAG,
		.offset = AT(dry_run),
		.commands = AR_EVERYWHERE,
		.help = "show what would be done, and what speaks against it",
	},
	{
		.name = "check",
		.kind = AR_OPT_FLAG,
		.offset = AT(check),
		.commands = AR_EVERYWHERE,
		.help = "the same, and exit 3 where something is to be done",
	},
	{
		.name = "yes",
		.kind = AR_OPT_FLAG,
		.offset = AT(yes),
		.commands = AR_EVERYWHERE,
		.help = "do not ask; never an answer to a finding",
		.more = "Without a terminal and without --yes nothing is changed.",
	},
	{
		.name = "accept",
		.arg = "ID",
		.kind = AR_OPT_ACCEPT,
		.commands = AR_EVERYWHERE,
		.help = "accept the finding with this id, or several: ID,ID",
	},
	{
		.name = "output",
		.letter = 'o',
		.arg = "FORM",
		.kind = AR_OPT_INDEX,
		.offset = AT(json),
		.choices = forms,
		.commands = AR_EVERYWHERE,
		.help = "text for people (text) or one JSON document (json)",
		.more = "Every document names its schema and its version, errors too; they are "
			"described in docs/json.md. A key never stands in one: 'keygen' prints "
			"the key alone in either form.",
	},
	{
		.name = "root",
		.arg = "DIR",
		.complete = AR_COMPLETE_FOLDER,
		.kind = AR_OPT_TEXT,
		.offset = AT(root),
		.commands = AR_EVERYWHERE,
		.help = "take every path inside DIR, symbolic links too",
		.more = "For images and tests. Nothing outside DIR is touched: records and lock "
			"lie in it, and syslog is not used.",
	},
	{
		.name = "color",
		.arg = "WHEN",
		.kind = AR_OPT_INDEX,
		.offset = AT(colour),
		.choices = colours,
		.commands = AR_EVERYWHERE,
		.help = "auto, always or never (auto)",
	},
	{
		.name = "quiet",
		.kind = AR_OPT_FLAG,
		.offset = AT(quiet),
		.commands = AR_EVERYWHERE,
		.help = "say only what is wrong",
	},
	{
		.name = "trace",
		.kind = AR_OPT_FLAG,
		.offset = AT(trace),
		.commands = AR_EVERYWHERE,
		.help = "say each step on standard error, without keys",
	},
	{
		.name = "help",
		.letter = 'h',
		.kind = AR_OPT_FLAG,
		.offset = AT(help),
		.commands = AR_EVERYWHERE,
		.help = "what this command does, and its options",
	},
	{
		.name = "version",
		.kind = AR_OPT_FLAG,
		.offset = AT(version),
		.commands = AR_EVERYWHERE,
		.help = "version of atrest and of its libraries",
	},
};

const struct ar_option_row *ar_option_at(size_t index)
{
	return index < sizeof options / sizeof options[0] ? &options[index] : NULL;
}
