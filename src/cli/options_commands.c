/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

static const struct ar_command_row commands[AR_COMMANDS] = {
	[AR_CMD_PATCH] = {
		.words = { "patch" },
		.operand = "[MANIFEST|KUBEADM.yaml|-]",
		.complete = AR_COMPLETE_FILE,
		.summary = "give a manifest or kubeadm config the flag, the mount and the volume",
		.description =
			"Gives the API server's static pod manifest the flag "
			"--encryption-provider-config, the mount and the volume that let it "
			"read the EncryptionConfiguration. Only what is missing is added; "
			"no other byte of the file changes. Where all is there, nothing is "
			"written. Without a name it is " AR_DEFAULT_MANIFEST ".\n\n"
			"A kubeadm config is known by its content: there the same goes into "
			"extraArgs and extraVolumes of its ClusterConfiguration, so that a "
			"cluster is born encrypted. With '-' the file comes from standard "
			"input and the new one goes to standard output.\n\n"
			"A manifest in the kubelet's folder is live: there it is first "
			"looked for what would take the API server down (a missing or "
			"invalid EncryptionConfiguration, a second manifest of the same "
			"pod, another folder that the kubelet reads, several control-plane "
			"nodes). --dry-run, '-' and files elsewhere only report these.\n\n"
			"The old file is kept in a record; 'atrest undo' puts it back.",
		.exits =
			"3: with --check, something is missing. 4: the change stands, its "
			"record is not finished: run the same command again. 5: the state "
			"is unknown, look where the message says.",
		.examples = {
			{ "what would change, and what speaks against it",
			  "atrest patch --dry-run" },
			{ "drift check, for configuration management", "atrest patch --check" },
			{ "a cluster that is born encrypted",
			  "atrest config new && atrest patch kubeadm.yaml" },
			{ "a filter, for review and pipelines",
			  "atrest patch - <kube-apiserver.yaml >patched.yaml" },
		},
	},
	[AR_CMD_KEYGEN] = {
		.words = { "keygen" },
		.summary = "print a fresh key, base64",
		.description =
			"Prints 32 random bytes in base64 on standard output, for places "
			"that take a key from elsewhere. On a terminal only with --show. "
			"'atrest config new' makes its own key and shows it nowhere.\n\n"
			"With --recipient it makes a key pair instead, for sealed files: the "
			"secret "
			"half goes into /etc/atrest/identity of the node that shall open them, or "
			"into --identity-file, mode 0600; the public half is printed, for "
			"/etc/atrest/recipients of the nodes that seal. Where the pair is there "
			"already its public half is printed again.",
		.examples = {
			{ "a key for a vault, never on the screen",
			  "atrest keygen | vault-put" },
			{ "a pair for sealed files", "atrest keygen --recipient >cp2.pub" },
		},
	},
	[AR_CMD_CONFIG_NEW] = {
		.words = { "config", "new" },
		.operand = "[FILE]",
		.complete = AR_COMPLETE_FILE,
		.summary = "write a new EncryptionConfiguration with a fresh key",
		.description =
			"Writes an EncryptionConfiguration with a fresh key: one file, mode "
			"0600, whole or not at all. A file that is there is never "
			"overwritten. Without a name it is " AR_DEFAULT_CONFIG ", with "
			"--hot-reload " AR_DEFAULT_CONFIG_HOT ".\n\n"
			"This file is the only copy of its key. Keep another one, apart "
			"from the backups of etcd: without the key what is encrypted is "
			"lost, beside it the encryption protects nothing. For that reason "
			"'atrest undo' does not take this command back.",
		.exits = "3: with --check, the file is not there.",
		.examples = {
			{ "aescbc with key1, then identity, for secrets", "atrest config new" },
			{ "secrets and configmaps, by secretbox",
			  "atrest config new --provider secretbox --resources secrets,configmaps" },
			{ "a key that is made elsewhere",
			  "vault-get | atrest config new --key-from - --yes" },
		},
	},
	[AR_CMD_CONFIG_CHECK] = {
		.words = { "config", "check" },
		.operand = "[FILE|-]",
		.complete = AR_COMPLETE_FILE,
		.summary = "judge an EncryptionConfiguration as the API server does, and more",
		.description =
			"Says whether the API server would take this "
			"EncryptionConfiguration: all errors in one run, each with the API "
			"server's own field path and a line. Then, as warnings, what it "
			"takes and people regret: resource names that do not exist, keys "
			"behind identity, two keys of one name, a file that others can "
			"read, and so on. No key and no line of the file is ever printed.",
		.exits = "3: invalid; with --strict also where there are warnings.",
		.examples = {
			{ "for a server that is not this node's",
			  "atrest config check --kube-version 1.33 enc.yaml" },
			{ "in CI", "atrest config check --strict - <enc.yaml" },
		},
	},
	[AR_CMD_CONFIG_SHOW] = {
		.words = { "config", "show" },
		.operand = "[FILE|-]",
		.complete = AR_COMPLETE_FILE,
		.summary = "show an EncryptionConfiguration as the API server understands it",
		.description =
			"Shows for each resource which provider writes and which ones read, "
			"keys as name, length and age, and the file's sha256, which is what "
			"the API server reports of it. Never a key.",
		.examples = { { "the file of this node", "atrest config show" } },
	},
	[AR_CMD_UNDO] = {
		.words = { "undo" },
		.operand = "[RECORD]",
		.complete = AR_COMPLETE_RECORD,
		.summary = "put a file back as it was before a change",
		.description =
			"Puts a file back byte for byte as it was before the newest change, "
			"or before the one that RECORD names, with its own preview and "
			"record. A file that somebody else has changed since is only put "
			"back with --accept changed-since; that change is part of the "
			"preview. On a live manifests folder etcd is asked before the flag "
			"goes: not while any value is encrypted, and only with --accept "
			"still-encrypted where that cannot be told. 'config new' is never "
			"taken back: that would delete the only copy of a key.",
		.exits = "3: with --check, the file is not as it was before.",
		.examples = {
			{ "what would be put back", "atrest undo --dry-run" },
			{ "a certain change", "atrest undo 20261124-045500-1" },
		},
	},
	[AR_CMD_UNDO_LIST] = {
		.words = { "undo", "list" },
		.summary = "list the changes that can be undone",
		.description =
			"Lists the records of this node, the newest first: when, who, which "
			"file, what was done, and what the file was.",
		.examples = { { "for programs", "atrest undo list -o json" } },
	},
	[AR_CMD_ENABLE] = {
		.words = { "enable" },
		.summary = "turn encryption on here, prove it, and go back where that fails",
		.description =
			"Turns encryption of Secrets on, on this control-plane node: writes an "
			"EncryptionConfiguration with a fresh key where there is none, gives the "
			"manifest the flag, waits until the API server runs with it, and puts the "
			"same into kubeadm-config, so that an upgrade keeps it. All of it is shown "
			"first, and confirmed. What is there already is left as it is: run again, "
			"it says what it verified. A run that was interrupted, anywhere, is gone "
			"on with by the same command.\n\n"
			"Proved means: a new pod, a process that started after the change and has "
			"the flag, /readyz of this very server by its verified certificate, the "
			"loaded file's hash as the server reports it (1.34 and later; before, the "
			"start time), and a Secret written, read back and removed.\n\n"
			"Where the proof fails the cause is said, and the way back is taken: a "
			"server that never listened is given its old manifest; once it listened it "
			"may have encrypted something, so the key stays and identity goes first. "
			"Nothing is tried twice.\n\n"
			"Then what is stored already is re-encrypted and proved in etcd, as by "
			"'atrest reencrypt'; --no-reencrypt leaves it as it is. The config is "
			"the only copy of its key: keep another one, apart from the backups of "
			"etcd.\n\n"
			"With several API servers the key becomes a reader on every node first; "
			"run it on each, after 'atrest import' of the sealed file, until it exits "
			"0. Exit 7 says which node is next.",
		.exits =
			"3: with --check, something is missing. 4: interrupted and safe: run the "
			"same command again. 5: the state is unknown, look where the message says. "
			"6: it failed and was made safe: find the cause first.",
		.examples = {
			{ "all that would be done", "atrest enable --dry-run" },
			{ "with the shortest gap", "atrest enable --fast" },
			{ "no restart for any later change of keys", "atrest enable --hot-reload" },
			{ "drift check, for configuration management", "atrest enable --check" },
		},
	},
	[AR_CMD_ROTATE] = {
		.words = { "rotate" },
		.summary = "make a new key, and bring everything under it, without losing a value",
		.description =
			"Makes a key once, under a name that was never used, says its name, and "
			"starts: the new key becomes a reader in the file, the API server loads "
			"it, the key becomes the writer, what is stored is re-encrypted and "
			"proved in etcd, old revisions are waited for, and the old key goes into "
			"the archive. Each rung is shown, done and proved by itself; with one "
			"API server the first two are one.\n\n"
			"With several API servers each node does what is safe there, and exits 7 "
			"where another node is next, saying which and with what command: no key "
			"writes before every server reads it, and none goes while a server or a "
			"stored value needs it. The file is carried by 'atrest export' and "
			"'atrest import'; the later ones each node makes of it by itself.\n\n"
			"Run again, here or elsewhere, it goes on with the same key, as 'atrest "
			"continue' does: while a rotation is under way no other key is made. "
			"--provider changes the algorithm by the same way.\n\n"
			"With --resources no key is made: the list says all that shall be "
			"encrypted, and what is not yet gets an entry in the config, first as a "
			"reader on every API server, then as a writer, and is re-encrypted. Each "
			"node makes the same entry by itself ('atrest continue'); nothing is "
			"carried. A list that leaves out what is encrypted is refused: 'atrest "
			"disable', then 'atrest enable --resources LIST' takes one away.",
		.exits =
			"3: with --check, something is to be done. 4: interrupted and safe: run "
			"the same command again. 6: it failed and was made safe. 7: done here; "
			"another node is next.",
		.examples = {
			{ "all that would be done", "atrest rotate --dry-run" },
			{ "from a timer", "atrest rotate --if-older-than 90d --yes" },
			{ "another algorithm", "atrest rotate --provider secretbox" },
			{ "ConfigMaps too", "atrest rotate --resources secrets,configmaps" },
			{ "a new key that was a mistake", "atrest rotate --abandon" },
		},
	},
	[AR_CMD_CONTINUE] = {
		.words = { "continue" },
		.summary = "go on towards the goal that is under way, as far as is safe here",
		.description =
			"Goes on with what 'atrest enable', 'rotate' or 'disable' began, here or "
			"on another node. The goal stands in the Lease kube-system/atrest; where "
			"that is lost, the files say it, and where they can be read in two ways "
			"both are said, and nothing is done (--to NAME decides). It never makes a "
			"key. Where all is done it says so.",
		.exits =
			"3: with --check, something is to be done. 4: interrupted and safe: run "
			"the same command again. 6: it failed and was made safe. 7: done here; "
			"another node is next.",
		.examples = {
			{ "on every node, in any order, until it exits 0", "atrest continue" },
			{ "what is next here", "atrest continue --dry-run" },
			{ "wait for the other nodes", "atrest continue --yes --wait 600" },
		},
	},
	[AR_CMD_DISABLE] = {
		.words = { "disable" },
		.summary = "store everything in plain text again, prove it, and take encryption "
		"out",
		.description =
			"identity becomes a reader, then the writer, on every API server; what is "
			"stored is written again in plain text, and etcd is counted: only at zero "
			"encrypted values, in old revisions too, do kubeadm-config and the "
			"manifest lose the flag, the mount and the volume. The keys go into the "
			"archive; they are not deleted, since backups of etcd need them.\n\n"
			"With several API servers each node does what is safe there, and exits 7 "
			"where another one is next.",
		.exits =
			"3: with --check, something is to be done. 4: interrupted and safe: run "
			"the same command again. 6: it failed and was made safe. 7: done here; "
			"another node is next.",
		.examples = {
			{ "all that would be done", "atrest disable --dry-run" },
			{ "do it", "atrest disable" },
		},
	},
	[AR_CMD_EXPORT] = {
		.words = { "export" },
		.operand = "[FILE|-]",
		.complete = AR_COMPLETE_FILE,
		.summary = "seal this node's config and keys into one file, to carry or to keep",
		.description =
			"Seals the EncryptionConfiguration of this node, byte for byte, into FILE "
			"(0600, whole or not at all) or, with '-' and without a name, to standard "
			"output: for the other control-plane nodes, for one before 'kubeadm join', "
			"and to be kept apart from the backups of etcd. Only what it is sealed for "
			"opens it: the recipients whose public keys stand in "
			"/etc/atrest/recipients, one a line, or a passphrase, which is asked for "
			"twice, or read with --passphrase-from.\n\n"
			"'atrest keygen --recipient' makes a recipient's key pair. A file that is "
			"there is not overwritten, unless it is an older export and --replace is "
			"said. Which keys were exported is noted here, by name: no key is retired "
			"before the one that follows it lies in an export or archive.\n\n"
			"Who has a public key can seal to it: of a file that came a way you do not "
			"trust, compare the sha256 that export and import both print.",
		.exits =
			"3: with --check, a key of the config was not exported since it was made.",
		.examples = {
			{ "to a file", "atrest export enc.sealed" },
			{ "to another node, which is a recipient",
			  "atrest export | ssh cp2 sudo atrest import - --yes" },
			{ "is every key exported?", "atrest export --check" },
		},
	},
	[AR_CMD_IMPORT] = {
		.words = { "import" },
		.operand = "[FILE|-]",
		.complete = AR_COMPLETE_FILE,
		.summary = "open a sealed file, check what is in it, and put the config in its "
		"place",
		.description =
			"Opens a file that 'atrest export' sealed, with this node's secret key "
			"(/etc/atrest/identity), one that --identity-file names, or the "
			"passphrase; "
			"checks the sha256, that an API server of this version takes the config, "
			"and what would be lost by it; shows from which host and when it is, which "
			"keys are in it, by name, and the difference to what lies here; and writes "
			"it, mode 0600, with a record. What is there already is not written "
			"again.\n\n"
			"A config that lacks a key which the file here has, or that writes with "
			"one "
			"that this node cannot read yet, is refused: the remedy says what to do "
			"first.\n\n"
			"It works before 'kubeadm join': there the config goes where it was on the "
			"other node, unless --config says otherwise; then the manifest that "
			"kubeadm writes finds it.\n\n"
			"With --archive it lists the keys in an archive, or in all of this node's, "
			"by name and date. With --config too the whole config of that archive, as "
			"it was, is written to that path: for a backup of etcd that needs an old "
			"key.",
		.exits = "3: with --check, the config is not here, or is another one.",
		.examples = {
			{ "what is in it, and what would change", "atrest import enc.sealed "
			"--dry-run" },
			{ "on a node that is to join",
			  "atrest import enc.sealed --passphrase-from pass --yes" },
			{ "which keys were retired here", "atrest import --archive" },
		},
	},
	[AR_CMD_STATUS] = {
		.words = { "status" },
		.summary = "show what is encrypted here, and with what, as far as it can be seen",
		.description =
			"Shows this node's state: the flag in the manifest and in the running "
			"process, the EncryptionConfiguration (valid, mode, owner, sha256, write "
			"key and its age, readers per resource), what the server has loaded, "
			"whether kubeadm-config has it too, hot reload, stray files, records, and "
			"what is under way. With several control-plane nodes it shows every API "
			"server, each asked directly: version, start, last reload, which file it "
			"has loaded and what that one writes and reads. Works with the API server "
			"down, and then says what it could not see. Changes nothing.",
		.exits = "3: with --check, something has drifted.",
		.examples = {
			{ "at a glance", "atrest status" },
			{ "for monitoring", "atrest status --check --quiet" },
			{ "for programs", "atrest status -o json" },
		},
	},
	[AR_CMD_DOCTOR] = {
		.words = { "doctor" },
		.summary = "say why it does not work, and what mends it",
		.description =
			"Looks at what can be seen without the API server: manifest, config, "
			"folder, processes, the logs of the kubelet and of the API server. Says "
			"for each thing found where it stands, what it means, and the command "
			"that mends it; and whether a record here holds the key that a server "
			"misses.\n\n"
			"With --fix it does what is safe, after showing it: mode and owner of the "
			"config.",
		.exits = "3: with --check, something is wrong.",
		.examples = {
			{ "the API server does not come back", "atrest doctor" },
			{ "mend mode and owner", "atrest doctor --fix" },
		},
	},
	[AR_CMD_VERIFY] = {
		.words = { "verify" },
		.operand = "[NAMESPACE/NAME]",
		.summary = "prove what every stored value is encrypted with",
		.description =
			"Asks etcd, not the API server: for every resource that this node's "
			"config encrypts, how many values there are, by provider and key, how "
			"many are in plain text, and which ones are not under the key that "
			"writes now. Where all are, etcd says so itself by comparing them, "
			"and no value leaves it; else their beginnings are read. Nothing of a "
			"value is kept or shown.\n\n"
			"etcd is reached as the API server reaches it: by the manifest's own "
			"flags and certificates. So it works with the API server down.\n\n"
			"With NAMESPACE/NAME it says the same of one Secret. Then: what may "
			"still hold plain text (revisions that are not compacted, free pages "
			"of each member's file, snapshots and kubeadm's backup folders).",
		.exits =
			"3: not all are under the writer. 5: it could not be seen, or only in "
			"part.",
		.examples = {
			{ "is all of it encrypted?", "atrest verify" },
			{ "and can it be read with these keys?", "atrest verify --decrypt all" },
			{ "one Secret", "atrest verify kube-system/bootstrap-token-abcdef" },
			{ "for monitoring", "atrest verify --quiet -o json" },
		},
	},
	[AR_CMD_REENCRYPT] = {
		.words = { "reencrypt" },
		.summary = "write again what is not under the key that writes now, and prove it",
		.description =
			"Takes the names of stale values from etcd, and sends an empty patch "
			"for each to this node's API server, which encrypts it anew with the "
			"key that writes now. Neither patch nor answer has a Secret in it. "
			"Then etcd is asked again: only what it shows counts.\n\n"
			"What is current already is never written, so a run that was "
			"interrupted, anywhere, is gone on with by the same command. Objects "
			"that the server refuses (an admission policy, a quota, today's "
			"validation) are named with its reason, and the rest goes on. etcd's "
			"size is watched: well before its quota the run pauses until old "
			"revisions are compacted.\n\n"
			"Before it, every API server must have loaded the config that lies here.",
		.exits =
			"3: with --check, something is stale. 4: stopped, or not all could be "
			"written: run the same command again.",
		.examples = {
			{ "how many, and what it costs", "atrest reencrypt --dry-run" },
			{ "gently, on a busy cluster", "atrest reencrypt --rate 50" },
			{ "one resource of several", "atrest reencrypt --resource configmaps" },
			{ "by the cluster's own controller", "atrest reencrypt --engine svm" },
		},
	},
	[AR_CMD_HELP] = {
		.words = { "help" },
		.operand = "[COMMAND]",
		.complete = AR_COMPLETE_COMMAND,
		.summary = "explain a command, or print the manual or a completion script",
		.description =
			"Explains COMMAND: what it does, its options, its exit codes, examples.",
		.examples = {
			{ "the manual", "atrest help --man | man -l -" },
			{ "completion for this bash", "source <(atrest help --completion bash)" },
			{ "completion for zsh, in a folder of fpath",
			  "atrest help --completion zsh >_atrest" },
		},
	},
	[AR_CMD_VERSION] = {
		.words = { "version" },
		.summary = "print the version of atrest and of its libraries",
		.description =
			"Prints the version of atrest, and of each library that it runs with.",
		.examples = { { "for bug reports", "atrest version" } },
	},
};

const struct ar_command_row *ar_command_at(size_t index)
{
	return index < AR_COMMANDS ? &commands[index] : NULL;
}

/* Two words in one string: kept here, since a row has them apart. */
static const char *const names[AR_COMMANDS] = {
	[AR_CMD_PATCH] = "patch",
	[AR_CMD_KEYGEN] = "keygen",
	[AR_CMD_CONFIG_NEW] = "config new",
	[AR_CMD_CONFIG_CHECK] = "config check",
	[AR_CMD_CONFIG_SHOW] = "config show",
	[AR_CMD_UNDO] = "undo",
	[AR_CMD_UNDO_LIST] = "undo list",
	[AR_CMD_ENABLE] = "enable",
	[AR_CMD_ROTATE] = "rotate",
	[AR_CMD_CONTINUE] = "continue",
	[AR_CMD_DISABLE] = "disable",
	[AR_CMD_EXPORT] = "export",
	[AR_CMD_IMPORT] = "import",
	[AR_CMD_STATUS] = "status",
	[AR_CMD_DOCTOR] = "doctor",
	[AR_CMD_VERIFY] = "verify",
	[AR_CMD_REENCRYPT] = "reencrypt",
	[AR_CMD_HELP] = "help",
	[AR_CMD_VERSION] = "version",
};

const char *ar_command_name(enum ar_command command)
{
	return command < AR_COMMANDS ? names[command] : "";
}
