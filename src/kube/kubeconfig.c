/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kubeconfig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/secret.h"
#include "yaml/scalar.h"
#include "yaml/tree.h"

void ar_kubeconfig_done(struct ar_kubeconfig *conf)
{
	for (size_t i = 0; i < AR_KUBECONFIG_PARTS; i++)
		ar_secret_free(conf->parts[i].data);
	*conf = (struct ar_kubeconfig)AR_KUBECONFIG_INIT;
}

/* A string, copied; "" where it is absent. One that does not fit counts as an error. */
static int copy_string(const struct ar_tree *tree, const struct ar_node *node, char *buf,
		       size_t size, struct ar_err *err)
{
	size_t len = 0;
	const char *text = "";

	buf[0] = '\0';
	if (!node || ar_node_is_null(tree, node))
		return 0;
	if (node->kind != AR_SCALAR || ar_scalar_type(tree, node) != AR_T_STRING)
		return ar_node_err(err, tree, node, "expected a string");
	text = ar_node_text(tree, node, &len);
	if (len >= size || memchr(text, '\0', len))
		return ar_node_err(err, tree, node, "this string is too long, or holds a NUL");
	memcpy(buf, text, len);
	buf[len] = '\0';
	return 0;
}

/* The value under `inner` of the item of `list` that bears the name. */
static const struct ar_node *named(const struct ar_tree *tree, const char *list, const char *name,
				   const char *inner)
{
	const struct ar_node *items = ar_map_get(tree, ar_tree_root(tree, 0), list);

	if (!items || items->kind != AR_SEQUENCE)
		return NULL;
	for (const struct ar_node *item = ar_node_first(tree, items); item;
	     item = ar_node_next(tree, item)) {
		const struct ar_node *map = ar_node_resolve(tree, item);
		const struct ar_node *own = ar_map_get(tree, map, "name");
		if (own && ar_node_is(tree, own, name))
			return ar_map_get(tree, map, inner);
	}
	return NULL;
}

static int find(const struct ar_tree *tree, const char *list, const char *name, const char *inner,
		const struct ar_node **ret, struct ar_err *err)
{
	*ret = named(tree, list, name, inner);
	if (*ret && (*ret)->kind == AR_MAPPING)
		return 0;
	ar_err_set(err, "there is no %s '%s' in it", inner, name);
	return ar_err_hint(err, "give another kubeconfig with --kubeconfig");
}

int ar_kubeconfig_fill(struct ar_kubeconfig *conf, enum ar_kubeconfig_part part, const char *data,
		       size_t len, struct ar_err *err)
{
	struct ar_kubeconfig_blob *blob = &conf->parts[part];

	while (part == AR_KUBECONFIG_TOKEN && len > 0 && strchr(" \t\r\n", data[len - 1]))
		len--;
	while (part == AR_KUBECONFIG_TOKEN && len > 0 && strchr(" \t\r\n", data[0]))
		data++, len--;
	char *copy = ar_secret_alloc(len + 1);
	if (!copy)
		return ar_err_oom(err);
	memcpy(copy, data, len);
	copy[len] = '\0';
	ar_secret_free(blob->data);
	blob->data = copy;
	blob->len = len;
	return 0;
}

static int decode(const struct ar_tree *tree, const struct ar_node *node,
		  struct ar_kubeconfig_blob *blob, struct ar_err *err)
{
	size_t len = 0;
	const char *text = node->kind == AR_SCALAR ? ar_node_text(tree, node, &len) : "%";
	long bytes = ar_base64_decode(text, node->kind == AR_SCALAR ? len : 1, NULL, NULL);

	if (bytes < 0)
		return ar_node_err(err, tree, node, "this is not base64");
	blob->data = ar_secret_alloc(len / 4 * 3 + 1);
	if (!blob->data)
		return ar_err_oom(err);
	ar_base64_decode(text, len, (uint8_t *)blob->data, NULL);
	blob->data[bytes] = '\0';
	blob->len = (size_t)bytes;
	return 0;
}

/* Where each part stands: as base64, or as a file. */
static const struct {
	bool in_user;
	const char *data, *file;
} parts[AR_KUBECONFIG_PARTS] = {
	[AR_KUBECONFIG_CA] = { false, "certificate-authority-data", "certificate-authority" },
	[AR_KUBECONFIG_CERT] = { true, "client-certificate-data", "client-certificate" },
	[AR_KUBECONFIG_KEY] = { true, "client-key-data", "client-key" },
	[AR_KUBECONFIG_TOKEN] = { true, NULL, "tokenFile" },
};

static int read_part(const struct ar_tree *tree, const struct ar_node *map, size_t index,
		     struct ar_kubeconfig *conf, struct ar_err *err)
{
	struct ar_kubeconfig_blob *blob = &conf->parts[index];
	const struct ar_node *data = parts[index].data ? ar_map_get(tree, map, parts[index].data)
						       : NULL;

	if (data && !ar_node_is_null(tree, data) && !ar_node_is(tree, data, ""))
		return decode(tree, data, blob, err);
	return copy_string(tree, ar_map_get(tree, map, parts[index].file), blob->path,
			   sizeof blob->path, err);
}

static int read_token(const struct ar_tree *tree, const struct ar_node *user,
		      struct ar_kubeconfig *conf, struct ar_err *err)
{
	const struct ar_node *token = ar_map_get(tree, user, "token");
	size_t len = 0;

	if (!token || token->kind != AR_SCALAR || ar_node_is_null(tree, token))
		return 0;
	const char *text = ar_node_text(tree, token, &len);
	return len ? ar_kubeconfig_fill(conf, AR_KUBECONFIG_TOKEN, text, len, err) : 0;
}

/* The port behind the host: 443 where there is none, 0 where it is no port. */
static unsigned port_of(const char *text)
{
	unsigned port = 0;

	if (*text == '\0' || *text == '/')
		return 443;
	if (*text++ != ':')
		return 0;
	for (; *text >= '0' && *text <= '9' && port <= 65535; text++)
		port = port * 10 + (unsigned)(*text - '0');
	return (*text == '\0' || *text == '/') && port <= 65535 ? port : 0;
}

/* https://HOST[:PORT][/…] */
static int split_server(struct ar_kubeconfig *conf, struct ar_err *err)
{
	const char *at = conf->server + strlen("https://"), *end;
	size_t len;

	if (strchr(conf->server, '@')) /* what stands before it may be a password */
		return ar_err_set(err, "its server has a user in front of the host");
	if (strncmp(conf->server, "https://", strlen("https://")) != 0)
		return ar_err_set(err, "its server '%s' is not https", conf->server);
	if (*at == '[' && strchr(at, ']')) {
		at++;
		end = strchr(at, ']');
		len = (size_t)(end++ - at);
	} else {
		len = strcspn(at, ":/");
		end = at + len;
	}
	if (len == 0)
		return ar_err_set(err, "its server '%s' names no host", conf->server);
	memcpy(conf->host, at, len);
	conf->host[len] = '\0';
	conf->port = port_of(end);
	if (conf->port == 0)
		return ar_err_set(err, "its server '%s' has no proper port", conf->server);
	return 0;
}

static int read_cluster(const struct ar_tree *tree, const struct ar_node *cluster,
			struct ar_kubeconfig *conf, struct ar_err *err)
{
	const struct ar_node *skip = ar_map_get(tree, cluster, "insecure-skip-tls-verify");

	if (skip && !ar_node_is_null(tree, skip) && !ar_node_is(tree, skip, "false")) {
		ar_node_err(err, tree, skip, "it does not want the server's certificate verified");
		return ar_err_hint(err, "take this line out, and give certificate-authority-data: "
					"who is not verified could be anybody");
	}
	if (copy_string(tree, ar_map_get(tree, cluster, "server"), conf->server,
			sizeof conf->server, err) != 0 ||
	    copy_string(tree, ar_map_get(tree, cluster, "tls-server-name"), conf->server_name,
			sizeof conf->server_name, err) != 0)
		return -1;
	return split_server(conf, err);
}

/* Users that are somebody else than a certificate or a token says. */
static const struct {
	const char *key, *what;
} foreign[] = {
	{ "exec", "its credentials are made by another program (exec)" },
	{ "auth-provider", "its credentials are made by another program (auth-provider)" },
	{ "as", "it acts as somebody else (as)" },
};

static int read_user(const struct ar_tree *tree, const struct ar_node *user,
		     struct ar_kubeconfig *conf, struct ar_err *err)
{
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		const struct ar_node *made = ar_map_get(tree, user, foreign[i].key);
		if (!made || ar_node_is_null(tree, made))
			continue;
		ar_node_err(err, tree, made, "%s", foreign[i].what);
		return ar_err_hint(err, "give one with a client certificate or a token: admin.conf "
					"of this node has it");
	}
	return read_token(tree, user, conf, err);
}

static int read_parts(const struct ar_tree *tree, const struct ar_node *cluster,
		      const struct ar_node *user, struct ar_kubeconfig *conf, struct ar_err *err)
{
	for (size_t i = 0; i < AR_KUBECONFIG_PARTS; i++)
		if (!conf->parts[i].data &&
		    read_part(tree, parts[i].in_user ? user : cluster, i, conf, err) != 0)
			return -1;
	return 0;
}

static int read_tree(const struct ar_tree *tree, struct ar_kubeconfig *conf, struct ar_err *err)
{
	const struct ar_node *root = ar_tree_root(tree, 0), *context, *cluster, *user;
	char name[256], cluster_name[256];

	if (!root || root->kind != AR_MAPPING)
		return ar_err_set(err, "'%s' is no kubeconfig", conf->from);
	if (copy_string(tree, ar_map_get(tree, root, "current-context"), name, sizeof name, err) !=
		    0 ||
	    find(tree, "contexts", name, "context", &context, err) != 0 ||
	    copy_string(tree, ar_map_get(tree, context, "cluster"), cluster_name,
			sizeof cluster_name, err) != 0 ||
	    copy_string(tree, ar_map_get(tree, context, "user"), conf->user, sizeof conf->user,
			err) != 0 ||
	    find(tree, "clusters", cluster_name, "cluster", &cluster, err) != 0 ||
	    find(tree, "users", conf->user, "user", &user, err) != 0 ||
	    read_cluster(tree, cluster, conf, err) != 0 || read_user(tree, user, conf, err) != 0)
		return -1;
	return read_parts(tree, cluster, user, conf, err);
}

int ar_kubeconfig_read(const struct ar_text *text, struct ar_kubeconfig *ret, struct ar_err *err)
{
	const struct ar_text secret = {
		.name = text->name, .data = text->data, .len = text->len, .secret = true
	};
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_KUBECONFIG_AUTO struct ar_kubeconfig conf = AR_KUBECONFIG_INIT;

	snprintf(conf.from, sizeof conf.from, "%s", text->name);
	if (ar_tree_parse(&secret, AR_TREE_FIRST, &tree, err) != 0 ||
	    read_tree(tree, &conf, err) != 0) {
		if (!err->path[0])
			snprintf(err->path, sizeof err->path, "%s", text->name);
		return ar_err_wrap(err, "the kubeconfig cannot be used");
	}
	*ret = conf;
	conf = (struct ar_kubeconfig)AR_KUBECONFIG_INIT;
	return 0;
}
