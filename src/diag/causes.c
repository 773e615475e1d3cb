/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/causes_impl.h"

#include <string.h>

/*
 * The one table of causes. Ids are stable: they stand behind --accept and in other people's
 * automation, so a row may be added or worded better, but not renamed. Meaning: what follows.
 * Remedy: what to do.
 */
static const struct ar_cause causes_files[] = {
	/* --- what stops a change of a live manifest --- */
	{ "config-missing", AR_STOP, false,
	  "an API server that is pointed at a file that is not there does not start",
	  "make it first: 'atrest config new'" },
	{ "config-unreadable", AR_STOP, false,
	  "the file cannot be read, so nothing can be said about what the API server would do with "
	  "it",
	  "see that root can read it, then run again" },
	{ "config-not-regular", AR_STOP, false,
	  "what stands there is no plain file, and the API server would read something else than "
	  "was checked",
	  "put a regular file there" },
	{ "config-invalid", AR_STOP, false, "an API server that is given this file does not start",
	  "see what is wrong with it: 'atrest config check'" },
	{ "config-mode", AR_STOP, true,
	  "whoever can read this file can decrypt every Secret in etcd and in its backups",
	  "chmod 600 FILE" },
	{ "config-not-root", AR_STOP, true,
	  "the owner of this file can read the keys, and can change what the API server does",
	  "chown root:root FILE" },
	{ "rival-manifest", AR_STOP, false,
	  "the kubelet reads every file of this folder, and of two that define one pod it takes "
	  "either",
	  "move the other file out of the folder (a backup belongs elsewhere), then run again" },
	{ "static-pod-path", AR_STOP, true,
	  "the kubelet does not read this folder, so a change here has no effect",
	  "give the manifest in the kubelet's folder" },
	{ "several-servers", AR_STOP, true,
	  "a Secret that this server encrypts cannot be read by one that does not have the key yet",
	  "'atrest enable' on every node brings the key to all of them as a reader first, and then "
	  "makes it write; '--accept several-servers' once every server reads the key" },
	{ "still-encrypted", AR_STOP, true,
	  "without the flag no API server can read what is encrypted in etcd",
	  "put identity first in the config, 'atrest reencrypt', then take the flag away; "
	  "'--accept still-encrypted' where you know that nothing is encrypted" },
	{ "values-encrypted", AR_STOP, false,
	  "without the flag no API server can read what is encrypted in etcd",
	  "put identity first in the config, let the API server load it ('atrest enable --accept "
	  "identity-writes'), then 'atrest reencrypt' writes all of it in plain text; 'atrest "
	  "verify' shows what is left" },
	{ "none-encrypted", AR_NOTE, false,
	  "nothing needs the flag any more: all of etcd was counted", "nothing is to be done" },
	{ "key-missing", AR_STOP, true,
	  "values in etcd are encrypted with a key that this file has not: with it no API server "
	  "could read them",
	  "bring back the file that was used before (a backup, or another control-plane node); "
	  "'--accept key-missing' where these values are given up" },
	{ "changed-since", AR_STOP, true,
	  "somebody changed the file after this record was made; going back would undo that change "
	  "too",
	  "look at the diff, then '--accept changed-since'" },
	{ "owned-elsewhere", AR_STOP, true,
	  "another tool makes this file, and would write over the change",
	  "make the change where that tool takes its settings from" },
	{ "flag-unsupported", AR_STOP, false,
	  "this version of kube-apiserver does not know the flag, and would not start",
	  "upgrade to 1.13 or later (before, it was --experimental-encryption-provider-config)" },
	{ "hot-reload-version", AR_STOP, true,
	  "before 1.29 a reload can be missed, and before 1.26 the flag does not exist",
	  "patch without --hot-reload; the file is then read when the server starts" },
	{ "aesgcm-write-limit", AR_STOP, true,
	  "aesgcm uses a random nonce: its key must be replaced before some two hundred thousand "
	  "writes, and nothing counts them",
	  "use aescbc or secretbox, or '--accept aesgcm-write-limit' and rotate often" },

	/* --- why an API server refuses the config --- */
	{ "config-empty", AR_ERROR, false, "the API server refuses an empty file",
	  "make it anew: 'atrest config new'" },
	{ "config-syntax", AR_ERROR, false, "the file is not read any further",
	  "correct the YAML at this place (or the JSON, where the file begins with '{')" },
	{ "config-kind", AR_ERROR, false, "the API server does not know what this file is",
	  "begin the file with 'apiVersion: apiserver.config.k8s.io/v1' and 'kind: "
	  "EncryptionConfiguration'" },
	{ "config-type", AR_ERROR, false, "the API server cannot decode this value",
	  "write a value of the expected type" },
	{ "field-unknown", AR_ERROR, false, "from 1.31 on a field that does not exist is refused",
	  "correct the field's name, or take it out" },
	{ "field-twice", AR_ERROR, false, "from 1.31 on a field that stands twice is refused",
	  "keep one of the two" },
	{ "resources-none", AR_ERROR, false, "there is nothing that could be encrypted",
	  "name a resource, such as secrets" },
	{ "providers-none", AR_ERROR, false, "there is nothing to encrypt with",
	  "give a provider, such as aescbc" },
	{ "resource-duplicate", AR_ERROR, false, "one entry may name a resource only once",
	  "take the second one out" },
	{ "resource-overlap", AR_ERROR, false, "in one entry a wildcard would hide the other name",
	  "put the wildcard into an entry of its own, behind the others" },
	{ "resource-masked", AR_ERROR, false,
	  "a wildcard before this name already covers it, so its providers would never be used",
	  "move the wildcard behind the names that it covers" },
	{ "resource-name", AR_ERROR, false, "the API server refuses this name of a resource",
	  "write the plural in lower case, with its group: secrets, deployments.apps, '*.' or "
	  "'*.*'" },
	{ "provider-none", AR_ERROR, false,
	  "the element names none of aescbc, aesgcm, secretbox, kms, identity",
	  "give it one; identity is written 'identity: {}'" },
	{ "provider-several", AR_ERROR, false, "each element of the list may hold one provider",
	  "make an element of its own for each, with a dash" },
	{ "keys-none", AR_ERROR, false, "the provider has no key",
	  "add one: 'atrest keygen' makes it" },
	{ "key-name-missing", AR_ERROR, false,
	  "the key's name is stored with every value, and must be there",
	  "give the key a name that was never used before" },
	{ "key-secret-missing", AR_ERROR, false, "the key has no bytes",
	  "put the key in: 'atrest keygen' makes one" },
	{ "key-base64", AR_ERROR, false,
	  "the secret is no base64 (standard alphabet, with its = at the end, no blanks)",
	  "copy the key again, or make a fresh one: 'atrest keygen'" },
	{ "key-length", AR_ERROR, false, "the key has a length that the provider does not take",
	  "use 32 bytes: 'atrest keygen' makes them" },
	{ "kms-name", AR_ERROR, false, "the API server refuses this name of a KMS provider",
	  "give every KMS provider a name of its own" },
	{ "kms-timeout", AR_ERROR, false, "the timeout must be greater than zero",
	  "leave it out for three seconds" },
	{ "kms-endpoint", AR_ERROR, false,
	  "the API server reaches a KMS plugin only by a unix socket",
	  "write it as unix:///path/to/socket" },
	{ "kms-cachesize", AR_ERROR, false, "v1 takes no cachesize of zero, v2 none at all",
	  "leave cachesize out" },
	{ "kms-version", AR_ERROR, false, "there are v1 and v2 only", "write 'apiVersion: v2'" },
	{ "kms-v1-off", AR_ERROR, false,
	  "KMS v1 is off from 1.29 on, and the server would not start",
	  "move to KMS v2, or start the server with --feature-gates=KMSv1=true" },
	{ "kms-v2-off", AR_ERROR, false,
	  "KMS v2 is off before 1.27, and the server would not start",
	  "upgrade, or start the server with --feature-gates=KMSv2=true" },

	/* --- what API servers take and users regret --- */
	{ "resource-unknown", AR_WARNING, false,
	  "Kubernetes takes any name here, and encrypts nothing under one that does not exist",
	  "write the plural, with its group: secrets, deployments.apps" },
	{ "resource-twice", AR_WARNING, false,
	  "the provider lists of both entries are joined: the first entry's first one writes",
	  "name the resource in one entry only" },
	{ "key-name-twice", AR_WARNING, false,
	  "with two keys of one name, values of the second are tried with the first: with aescbc "
	  "that can return garbage",
	  "give every key a name that was never used before" },
	{ "key-bytes-twice", AR_WARNING, false,
	  "two names with the same bytes: a rotation between them rotates nothing",
	  "make a fresh key for the new name: 'atrest keygen'" },
	{ "key-short", AR_WARNING, false, "upstream's documentation asks for 32 bytes",
	  "use 32 bytes: 'atrest keygen' makes them" },
	{ "key-weak", AR_WARNING, false,
	  "these bytes look typed or counted, not random: such a key can be guessed",
	  "rotate to a random one: 'atrest keygen'" },
	{ "key-sample", AR_WARNING, false, "this key stands in a public example: everybody has it",
	  "rotate to a random one: 'atrest keygen'" },
	{ "key-name-odd", AR_WARNING, false,
	  "the name becomes part of every stored value, where a colon ends it",
	  "use lower-case letters, digits and hyphens" },
	{ "identity-first", AR_WARNING, false,
	  "identity writes: new and changed values are stored in plain text",
	  "right while keys are rolled out or encryption is taken back; else move a key first" },
	{ "identity-missing", AR_NOTE, false, "values that are not encrypted yet cannot be read",
	  "right once every value is encrypted; until then put 'identity: {}' last" },
	{ "provider-aesgcm", AR_WARNING, false,
	  "aesgcm uses a random nonce: its key must be replaced before some two hundred thousand "
	  "writes, and nothing counts them",
	  "use aescbc or secretbox, or rotate often" },
	{ "kms-v1", AR_WARNING, false, "KMS v1 is deprecated since 1.28 and off from 1.29 on",
	  "move to KMS v2" },
	{ "kms-endpoint-path", AR_WARNING, false,
	  "the API server takes this endpoint, and then dials another socket than is meant",
	  "write it with three slashes: unix:///path/to/socket" },
	{ "document-ignored", AR_WARNING, false, "the API server reads the first document only",
	  "put everything into one document" },
	{ "field-ignored", AR_WARNING, false,
	  "this version ignores the field, and 1.31 refuses the file because of it",
	  "correct the field's name, or take it out" },
	{ "wildcard-churn", AR_WARNING, false,
	  "the wildcard covers events and leases, which are written all the time: each write "
	  "costs, and counts against the key",
	  "put events and leases.coordination.k8s.io with 'identity: {}' into an entry before the "
	  "wildcard" },
	{ "wildcard-unsupported", AR_WARNING, false,
	  "before 1.27 a wildcard is the name of no resource, and encrypts nothing",
	  "name the resources" },
	{ "custom-unsupported", AR_WARNING, false,
	  "before 1.26 custom resources are stored unencrypted whatever this file says",
	  "upgrade to 1.26 or later" },
	{ "legacy-kind", AR_WARNING, false,
	  "kind EncryptionConfig of v1 is an old alias that is still taken",
	  "use kind EncryptionConfiguration, apiVersion apiserver.config.k8s.io/v1" },
	{ "kube-bench", AR_NOTE, false,
	  "kube-bench looks for the provider by its line, does not find it here, and reports a "
	  "failure",
	  "write block YAML with the first provider on the line behind 'providers:', and no "
	  "comment between" },
	{ "findings-cut", AR_NOTE, false, "there is more of the same",
	  "correct these first, then check again" },
	{ NULL, AR_NOTE, false, NULL, NULL },
};

static const struct ar_cause *const parts[] = { causes_files, ar__causes_live, ar__causes_doctor,
						ar__causes_log };

const struct ar_cause *ar_cause_at(size_t index)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		for (const struct ar_cause *row = parts[i]; row->id; row++)
			if (index-- == 0)
				return row;
	return NULL;
}

const struct ar_cause *ar_cause_find(const char *id)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		for (const struct ar_cause *row = parts[i]; row->id; row++)
			if (strcmp(row->id, id) == 0)
				return row;
	return NULL;
}
