/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kube/encconf_impl.h"

static const struct {
	const char *name;
	size_t key_len;
} providers[AR_PROVIDER_KINDS] = {
	[AR_KMS] = { "kms", 0 },           [AR_AESGCM] = { "aesgcm", 32 },
	[AR_AESCBC] = { "aescbc", 32 },    [AR_SECRETBOX] = { "secretbox", 32 },
	[AR_IDENTITY] = { "identity", 0 },
};

const char *ar_provider_name(enum ar_provider_kind kind)
{
	return kind < AR_PROVIDER_KINDS ? providers[kind].name : "none";
}

int ar_provider_by_name(const char *name)
{
	for (int i = 0; i < AR_PROVIDER_KINDS; i++)
		if (strcmp(providers[i].name, name) == 0)
			return i;
	return -1;
}

size_t ar_provider_key_len(enum ar_provider_kind kind)
{
	return kind < AR_PROVIDER_KINDS ? providers[kind].key_len : 0;
}

/* Double-quoted, so that no reader takes it for anything but a string. */
static int add_quoted(struct ar_buf *out, const char *text, struct ar_err *err)
{
	size_t len = strlen(text);

	ar_buf_addc(out, '"');
	for (size_t i = 0; i < len;) {
		uint32_t rune;
		size_t used = ar_utf8_len(text + i, len - i, &rune);

		if (used == 0)
			return ar_err_set(err, "a name is no valid UTF-8");
		if (rune == '"' || rune == '\\')
			ar_buf_addf(out, "\\%c", (char)rune);
		else if (rune >= 0x20 && rune < 0x7f)
			ar_buf_addc(out, (char)rune);
		else
			ar_buf_addf(out, rune > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)rune);
		i += used;
	}
	ar_buf_addc(out, '"');
	return 0;
}

static void add_identity(struct ar_buf *out)
{
	ar_buf_adds(out, "      - identity: {}\n");
}

static int add_key(const struct ar_encconf_new *conf, struct ar_buf *out, struct ar_err *err)
{
	ar_buf_addf(out, "      - %s:\n          keys:\n            - name: ",
		    ar_provider_name(conf->provider));
	if (add_quoted(out, conf->key_name, err) != 0)
		return -1;
	if (conf->made)
		ar_buf_addf(out, AR_MADE_FORM, conf->made);
	ar_buf_adds(out, "\n              secret: ");
	if (add_quoted(out, conf->key_base64, err) != 0)
		return -1;
	ar_buf_addc(out, '\n');
	return 0;
}

int ar_encconf_write(const struct ar_encconf_new *conf, struct ar_buf *out, struct ar_err *err)
{
	if (ar_provider_key_len(conf->provider) == 0)
		return ar_err_set(err, "provider %s has no key in this file",
				  ar_provider_name(conf->provider));
	ar_buf_adds(out, "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
			 "resources:\n  - resources:\n");
	for (size_t i = 0; i < conf->resource_count; i++) {
		ar_buf_adds(out, "      - ");
		if (add_quoted(out, conf->resources[i], err) != 0)
			return -1;
		ar_buf_addc(out, '\n');
	}
	ar_buf_adds(out, "    providers:\n");
	if (conf->identity == AR_IDENTITY_FIRST)
		add_identity(out);
	if (add_key(conf, out, err) != 0)
		return -1;
	if (conf->identity == AR_IDENTITY_LAST)
		add_identity(out);
	return ar_buf_check(out, err);
}

static bool is_date(const char *text)
{
	static const char shape[] = "dddd-dd-dd";

	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
			return false;
	return true;
}

void ar__encconf_made(const struct ar_tree *tree, const struct ar_node *key, char ret_date[11])
{
	static const char before[] = "# made ", behind[] = " by atrest";
	const struct ar_text *text = ar_tree_text(tree);
	const struct ar_node *name = ar_encconf_field(tree, key, "name");
	size_t start, end;

	ret_date[0] = '\0';
	if (!name || name->kind != AR_SCALAR || ar_tree_is_json(tree))
		return;
	ar_text_line(text, name->end, &start, &end);
	start = name->end;
	while (start < end && (text->data[start] == ' ' || text->data[start] == '\t'))
		start++;
	const char *at = text->data + start;
	if (start == name->end || end - start < sizeof before + 10 + sizeof behind - 2 ||
	    memcmp(at, before, sizeof before - 1) != 0 || !is_date(at + sizeof before - 1) ||
	    memcmp(at + sizeof before + 9, behind, sizeof behind - 1) != 0)
		return;
	memcpy(ret_date, at + sizeof before - 1, 10);
	ret_date[10] = '\0';
}
