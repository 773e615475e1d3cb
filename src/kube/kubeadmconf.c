/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kubeadmconf.h"

#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "kube/kubeadmconf_impl.h"
#include "kube/typed.h"

#define GROUP        "kubeadm.k8s.io/"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- the documents -------------------------------------------------------------------------- */

/* The version of a kubeadm document ("v1beta4"), NULL when the document is none. */
static const char *version_of(const struct ar_tree *tree, const struct ar_node *root,
			      size_t *ret_len)
{
	const struct ar_node *version = ar_map_get(tree, root, "apiVersion");
	size_t len;

	if (!version || version->kind != AR_SCALAR)
		return NULL;
	const char *text = ar_node_text(tree, version, &len);
	if (len <= sizeof GROUP - 1 || memcmp(text, GROUP, sizeof GROUP - 1) != 0)
		return NULL;
	*ret_len = len - (sizeof GROUP - 1);
	return text + sizeof GROUP - 1;
}

bool ar_kubeadmconf_is(const struct ar_tree *tree)
{
	size_t len;

	for (size_t i = 0; i < ar_tree_documents(tree); i++)
		if (version_of(tree, ar_tree_root(tree, i), &len))
			return true;
	return false;
}

/* The forms that kubeadm's API versions have. */
static const struct form {
	const char *version;
	enum ar_kubeadm_form form;
} forms[] = {
	{ "v1beta1", AR_KUBEADM_MAP },
	{ "v1beta2", AR_KUBEADM_MAP },
	{ "v1beta3", AR_KUBEADM_MAP },
	{ "v1beta4", AR_KUBEADM_LIST },
};

static int check_version(const struct ar_tree *tree, const struct ar_node *root,
			 const struct form **ret_form, struct ar_err *err)
{
	size_t len = 0;
	const char *version = version_of(tree, root, &len);

	for (size_t i = 0; i < COUNT(forms); i++)
		if (ar_text_is(version, len, forms[i].version)) {
			*ret_form = &forms[i];
			return 0;
		}
	ar_node_err(err, tree, ar_map_get(tree, root, "apiVersion"),
		    "apiVersion '%s%.*s' is not one that is understood "
		    "here; expected v1beta1 to v1beta4",
		    GROUP, (int)(len < 32 ? len : 32), version);
	return ar_err_hint(err, len > 7 && memcmp(version, "v1alpha", 7) == 0
					? "turn it into a newer one with the kubeadm of its time: "
					  "kubeadm config migrate --old-config FILE"
					: "take an apiVersion that this version of atrest knows");
}

struct found {
	const struct ar_node *cluster,
		*other; /* the ClusterConfiguration; else the first kubeadm document */
	const struct form *form;
};

static int look_at(const struct ar_tree *tree, const struct ar_node *root, struct found *found,
		   struct ar_err *err)
{
	const struct ar_node *kind = ar_map_get(tree, root, "kind");
	const struct form *form = forms;
	size_t len;

	if (!version_of(tree, root, &len))
		return 0;
	if (check_version(tree, root, &form, err) != 0)
		return -1;
	bool cluster = kind && kind->kind == AR_SCALAR &&
		       ar_node_is(tree, kind, "ClusterConfiguration");
	if (cluster && found->cluster) {
		ar_node_err(err, tree, root,
			    "a second ClusterConfiguration; the first is in line %zu",
			    ar_text_place(ar_tree_text(tree), found->cluster->start).line);
		return ar_err_hint(err, "keep one of them: kubeadm takes only one");
	}
	if (cluster)
		found->cluster = root;
	if (cluster || !found->other) {
		found->form = form;
		found->other = root;
	}
	return 0;
}

static int find_documents(const struct ar_tree *tree, struct found *found, struct ar_err *err)
{
	for (size_t i = 0; i < ar_tree_documents(tree); i++)
		if (look_at(tree, ar_tree_root(tree, i), found, err) != 0)
			return -1;
	if (found->other)
		return 0;
	ar_err_at(err, ar_tree_text(tree), 0, "no document of " GROUP " here");
	return ar_err_hint(
		err, "name a file for kubeadm init --config; in a kind config, put the same under "
		     "kubeadmConfigPatches by hand");
}

/* --- the parts ------------------------------------------------------------------------------ */

/* A mapping or list below `key`, NULL where it is absent or null. */
static int take(const struct ar_tree *tree, const struct ar_node *map, const char *key,
		enum ar_kind kind, const struct ar_node **ret_value)
{
	const struct ar_node *value = ar__value(tree, map, key);

	*ret_value = NULL;
	if (!value || (value->kind == AR_SCALAR && ar_node_is_null(tree, value)))
		return 0;
	*ret_value = value;
	return value->kind == kind || value->kind == AR_ALIAS ? 0 : -1;
}

static int take_checked(const struct ar_tree *tree, const struct ar_node *map, const char *key,
			enum ar_kind kind, const struct ar_node **ret_value, struct ar_err *err)
{
	int fits = take(tree, map, key, kind, ret_value);

	if (!*ret_value)
		return 0;
	if (fits == 0)
		return kind == AR_MAPPING ? ar__is_mapping(tree, *ret_value, err)
					  : ar__is_list(tree, *ret_value, err);
	bool list = kind == AR_SEQUENCE;
	ar_node_err(err, tree, *ret_value, "'%s' is %s; expected %s", key,
		    ar__kind_name(tree, *ret_value), list ? "a list" : "a mapping");
	if (strcmp(key, "extraArgs") != 0)
		return -1;
	return ar_err_hint(err, list ? "v1beta4 has a list of {name, value}"
				     : "a list of {name, value} is what v1beta4 has; up to "
				       "v1beta3 it is a mapping");
}

static int find_parts(struct ar__kubeadm_parts *parts, struct ar_err *err)
{
	const struct ar_tree *tree = parts->tree;
	const struct ar_node *path[4];

	if (!parts->cluster)
		return 0;
	if (ar__is_mapping(tree, parts->cluster, err) != 0 ||
	    take_checked(tree, parts->cluster, "apiServer", AR_MAPPING, &parts->api_server, err) !=
		    0)
		return -1;
	if (parts->api_server &&
	    (take_checked(tree, parts->api_server, "extraArgs",
			  parts->form == AR_KUBEADM_MAP ? AR_MAPPING : AR_SEQUENCE, &parts->args,
			  err) != 0 ||
	     take_checked(tree, parts->api_server, "extraVolumes", AR_SEQUENCE, &parts->volumes,
			  err) != 0))
		return -1;
	memcpy(path,
	       (const struct ar_node *[4]){ parts->cluster, parts->api_server, parts->args,
					    parts->volumes },
	       sizeof path);
	for (size_t i = 0; i < COUNT(path); i++)
		if (path[i] && ar__not_shared(tree, path[i], err) != 0)
			return -1;
	return 0;
}

/* Gives each typed item the node it was made from: both are in document order. */
static void attach(struct ar_kubeadmconf *conf, const struct ar__kubeadm_parts *parts)
{
	const struct ar_tree *tree = parts->tree;
	const struct ar_node *item = parts->args ? ar_node_first(tree, parts->args) : NULL;

	conf->tree = tree;
	conf->cluster = parts->cluster;
	conf->form = parts->form;
	conf->api_server_key = ar_map_key(tree, parts->cluster, "apiServer");
	conf->args_key = ar_map_key(tree, parts->api_server, "extraArgs");
	conf->volumes_key = ar_map_key(tree, parts->api_server, "extraVolumes");
	for (size_t i = 0; item; i++) {
		bool map = parts->form == AR_KUBEADM_MAP;
		const struct ar_node *value = map ? ar_node_next(tree, item)
						  : ar__value(tree, ar_node_resolve(tree, item),
							      "value");

		conf->args[i].node = item;
		conf->args[i].value_node = value;
		item = ar_node_next(tree, map ? value : item);
	}
	item = parts->volumes ? ar_node_first(tree, parts->volumes) : NULL;
	for (size_t i = 0; item; item = ar_node_next(tree, item))
		conf->volumes[i++].node = item;
}

static int check_template(const struct ar_tree *tree, const struct ar_node *node, const char *text,
			  struct ar_err *err)
{
	const char *marker = text ? ar__template(text) : NULL;

	if (!marker)
		return 0;
	ar_node_err(
		err, tree, node,
		"'%s' marks a template; what this file will say is known only once it is rendered",
		marker);
	return ar_err_hint(
		err,
		"patch the rendered file, or put argument and volume into the template by hand");
}

static int check_templates(const struct ar_kubeadmconf *conf, struct ar_err *err)
{
	for (size_t i = 0; i < conf->arg_count; i++)
		if (check_template(conf->tree, conf->args[i].node, conf->args[i].name, err) != 0 ||
		    check_template(conf->tree, conf->args[i].node, conf->args[i].value, err) != 0)
			return -1;
	for (size_t i = 0; i < conf->volume_count; i++)
		if (check_template(conf->tree, conf->volumes[i].node, conf->volumes[i].host_path,
				   err) != 0 ||
		    check_template(conf->tree, conf->volumes[i].node, conf->volumes[i].mount_path,
				   err) != 0)
			return -1;
	return 0;
}

int ar_kubeadmconf_read(const struct ar_tree *tree, struct ar_kubeadmconf **ret_conf,
			struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf json = AR_BUF_INIT;
	AR_KUBEADMCONF_AUTO struct ar_kubeadmconf *conf = NULL;
	struct found found = { .form = forms };

	if (find_documents(tree, &found, err) != 0)
		return -1;
	struct ar__kubeadm_parts parts = { .tree = tree,
					   .cluster = found.cluster,
					   .form = found.form->form };
	if (find_parts(&parts, err) != 0 ||
	    ar__kubeadm_write(&parts, found.other, &json, err) != 0 ||
	    ar__kubeadm_load(&json, &conf, err) != 0)
		return -1;
	attach(conf, &parts);
	if (check_templates(conf, err) != 0)
		return -1;
	*ret_conf = AR_TAKE(conf);
	return 0;
}
