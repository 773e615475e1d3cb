/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/scope.h"
#include "kube/encconf_impl.h"
#include "kube/resources.h"
#include "yaml/json.h"
#include "yaml/scalar.h"

/* A value of the header, found as Go's own JSON reader finds it: without regard to case, the last
 * one that is set. JSON made of YAML has its keys sorted. */
struct header {
	const struct ar_tree *tree;
	const char *name;
	const struct ar_node *key, *value; /* what counts so far */
	const struct ar_node *wrong; /* of another spelling, and of no type that it could have */
};

static bool is_text(const struct ar_tree *tree, const struct ar_node *value)
{
	return value->kind == AR_SCALAR && ar_scalar_type(tree, value) == AR_T_STRING;
}

/* Would `key` be set later than the one that counts so far? Both have the length of the name. */
static bool comes_later(const struct header *header, const struct ar_node *key)
{
	size_t len;

	if (!header->key || ar_tree_is_json(header->tree))
		return true;
	const char *text = ar_node_text(header->tree, key, &len);
	return memcmp(text, ar_node_text(header->tree, header->key, &len), len) >= 0;
}

static bool replaces(const struct header *header, const struct ar_node *key)
{
	size_t len;

	if (!header->key || ar_tree_is_json(header->tree))
		return false;
	const char *text = ar_node_text(header->tree, key, &len);
	return memcmp(text, ar_node_text(header->tree, header->key, &len), len) == 0;
}

static bool find(void *context, const struct ar_node *key, const struct ar_node *value)
{
	struct header *header = context;
	size_t len;
	const char *text = ar_node_text(header->tree, key, &len);

	if (key->kind != AR_SCALAR || strlen(header->name) != len ||
	    strncasecmp(text, header->name, len) != 0)
		return true;
	bool null = ar_node_is_null(header->tree, value);
	if (!null && !is_text(header->tree, value) && memcmp(text, header->name, len) != 0)
		header->wrong = value;
	/* a null sets nothing, but in YAML it takes the place of what the same key was before */
	if (null ? !header->value || replaces(header, key) : comes_later(header, key)) {
		header->key = null ? NULL : key;
		header->value = value;
	}
	return true;
}

/* The string, in *ret_text; false where there is none (a wrong type is the decoder's to tell). */
static bool header_value(struct header *header, const struct ar_node *root, char ret_text[80])
{
	bool oom;
	size_t len;

	ar__fields_visit(header->tree, root, find, header, &oom);
	if (!header->value || !is_text(header->tree, header->value))
		return false;
	const char *text = ar_node_text(header->tree, header->value, &len);
	snprintf(ret_text, 80, "%.*s", (int)(len > 79 ? 79 : len), text);
	return len > 0;
}

/* Is this the pair that a server takes? A leading slash makes an empty group. */
static bool header_fits(const char *version, const char *kind)
{
	if (strcmp(kind, "EncryptionConfig") == 0)
		return strcmp(version + (*version == '/'), "v1") == 0;
	return strcmp(version, "apiserver.config.k8s.io/v1") == 0;
}

static int header_problem(struct ar_enc_problems *problems, const struct ar_tree *tree,
			  const struct ar_node *node, const char *where, const char *what)
{
	return ar__problem_add(problems, AR_ENC_HEADER, tree, node, where, "%s", what);
}

/* Is the value there at all, of whatever type? */
static bool is_there(const struct ar_tree *tree, const struct ar_node *node)
{
	return node && !ar_node_is_null(tree, node) &&
	       !(node->kind == AR_SCALAR && node->text_len == 0);
}

static bool kind_fits(const char *kind)
{
	return strcmp(kind, "EncryptionConfiguration") == 0 ||
	       strcmp(kind, "EncryptionConfig") == 0;
}

/* What is wrong with the kind, where a string is given; NULL where it is one of ours. */
static const char *wrong_kind(const char *kind, int minor)
{
	if (!kind_fits(kind))
		return "another kind; expected EncryptionConfiguration";
	if (minor >= 0 && minor < 13 && strcmp(kind, "EncryptionConfiguration") == 0)
		return "not known before 1.13; expected kind EncryptionConfig, apiVersion v1";
	return NULL;
}

static int check_there(const struct header *header, bool has, const struct ar_node *root,
		       struct ar_enc_problems *problems, const char *what)
{
	const struct ar_tree *tree = header->tree;
	const struct ar_node *node = header->value ? header->value : root;

	if (header->wrong)
		return ar__problem_add(problems, AR_ENC_TYPE, tree, header->wrong, header->name,
				       "expected a string, in this spelling of the field too");
	if (has || is_there(tree, header->value))
		return 0;
	return header_problem(problems, tree, node, header->name, what);
}

/* A value of a wrong type is the decoder's to tell. */
static int check_header(const struct ar_tree *tree, const struct ar_node *root, int minor,
			struct ar_enc_problems *problems, struct ar_err *err)
{
	struct header of_kind = { .tree = tree, .name = "kind" };
	struct header of_version = { .tree = tree, .name = "apiVersion" };
	char kind[80], version[80];
	bool has_kind = header_value(&of_kind, root, kind);
	bool has_version = header_value(&of_version, root, version);
	const char *wrong = has_kind ? wrong_kind(kind, minor) : NULL;
	int result = 0;

	if (wrong)
		result |= header_problem(problems, tree, of_kind.value, "kind", wrong);
	result |= check_there(&of_kind, has_kind, root, problems,
			      "missing; expected EncryptionConfiguration");
	result |= check_there(&of_version, has_version, root, problems,
			      "missing; expected apiserver.config.k8s.io/v1");
	if (has_kind && has_version && !wrong && !header_fits(version, kind))
		result |= header_problem(
			problems, tree, of_version.value, "apiVersion",
			"does not go with this kind; expected apiserver.config.k8s.io/v1");
	return result ? ar_err_oom(err) : 0;
}

/* Is this an EncryptionConfiguration, however bad, so that the rest is worth being judged? */
static bool looks_like_one(const struct ar_tree *tree, const struct ar_node *root)
{
	const struct ar_node *node = ar_encconf_field(tree, root, "resources");
	struct header header = { .tree = tree, .name = "kind" };
	char kind[80];

	if (root->kind != AR_MAPPING)
		return false;
	if (header_value(&header, root, kind))
		return strncasecmp(kind, "Encrypt", 7) == 0 ||
		       ar_word_distance(kind, strlen(kind), "EncryptionConfiguration", 23, 4) <= 4;
	return is_there(tree, header.value) || (node && node->kind == AR_SEQUENCE);
}

/* What YAML says and JSON cannot: the API server makes the one into the other first. */
static int check_converts(const struct ar_tree *tree, const struct ar_node *root,
			  struct ar_enc_problems *problems, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf json = { .secret = true };
	struct ar_err why = AR_ERR_INIT;

	if (ar_tree_is_json(tree) || ar_json_write(tree, root, "secret", &json, &why) == 0)
		return 0;
	if (why.sys == ENOMEM)
		return ar_err_oom(err);
	return ar__problem_from(problems, AR_ENC_SYNTAX, &why, err);
}

static int read_root(const struct ar_tree *tree, const struct ar_node *root, int minor,
		     struct ar_enc_problems *problems, struct ar_encconf **ret_conf,
		     struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf json = AR_BUF_INIT;

	if (root->kind != AR_MAPPING && !ar_node_is_null(tree, root)) {
		if (ar__problem_add(problems, AR_ENC_TYPE, tree, root, "",
				    "the document is no mapping") != 0)
			return ar_err_oom(err);
		return 0;
	}
	if (check_header(tree, root, minor, problems, err) != 0)
		return -1;
	if (!looks_like_one(tree, root))
		return 0;
	if (check_converts(tree, root, problems, err) != 0 ||
	    ar__encconf_decode(tree, root, minor, problems, &json, err) != 0)
		return -1;
	return ar__encconf_load(tree, root, &json, ret_conf, err);
}

static int nothing_there(struct ar_enc_problems *problems, enum ar_enc_problem_kind kind,
			 const char *where, const char *what, struct ar_err *err)
{
	return ar__problem_add(problems, kind, NULL, NULL, where, "%s", what) != 0 ? ar_err_oom(err)
										   : 0;
}

int ar_encconf_read(const struct ar_text *text, int minor, struct ar_enc_problems *problems,
		    struct ar_tree **ret_tree, struct ar_encconf **ret_conf, struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	struct ar_encconf *conf = NULL;
	struct ar_err why = AR_ERR_INIT;

	*ret_tree = NULL;
	*ret_conf = NULL;
	if (text->len == 0)
		return nothing_there(problems, AR_ENC_EMPTY, "", "the file is empty", err);
	if (ar_tree_parse(text, AR_TREE_FIRST, &tree, &why) != 0)
		return why.sys == ENOMEM ? ar_err_oom(err)
					 : ar__problem_from(problems, AR_ENC_SYNTAX, &why, err);
	const struct ar_node *root = ar_tree_root(tree, 0);
	if (!root && nothing_there(problems, AR_ENC_HEADER, "kind", "missing; there is no document",
				   err) != 0)
		return -1;
	if (root && read_root(tree, ar_node_resolve(tree, root), minor, problems, &conf, err) != 0)
		return -1;
	*ret_tree = AR_TAKE(tree);
	*ret_conf = conf;
	return 0;
}
