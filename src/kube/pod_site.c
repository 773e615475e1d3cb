/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/pod_site.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "kube/typed.h"

#define WORD "kube-apiserver"

/* What to do instead, by what the file is. */
static int hint_kind(const struct ar_pod_site *site, const char *kind, size_t len,
		     struct ar_err *err)
{
	const struct ar_node *version = ar_map_get(site->tree, site->root, "apiVersion");
	size_t version_len = 0;
	const char *group = version && version->kind == AR_SCALAR
				    ? ar_node_text(site->tree, version, &version_len)
				    : "";

	if (version_len > 14 && memcmp(group, "kind.x-k8s.io/", 14) == 0)
		return ar_err_hint(
			err, "in a config of kind (the tool), put a ClusterConfiguration with "
			     "extraArgs and extraVolumes under kubeadmConfigPatches");
	if (len >= 4 && memcmp(kind + len - 4, "List", 4) == 0)
		return ar_err_hint(err, "the kubelet takes no lists from files: one Pod a file");
	return ar_err_hint(err, "name the static pod manifest of the API server, usually "
				"/etc/kubernetes/manifests/kube-apiserver.yaml");
}

/* The root is what the kubelet takes for a Pod. */
static int check_kind(const struct ar_pod_site *site, struct ar_err *err)
{
	const struct ar_tree *tree = site->tree;
	const struct ar_node *kind = ar_map_get(tree, site->root, "kind");
	const struct ar_node *version = ar_map_get(tree, site->root, "apiVersion");
	size_t len = 0;

	if (!kind || kind->kind != AR_SCALAR) {
		ar_node_err(err, tree, site->root, "no 'kind'; expected a manifest of kind Pod");
		return ar_err_hint(err, "the kubelet would not load this file either");
	}
	const char *text = ar_node_text(tree, kind, &len);
	if (!ar_text_is(text, len, "Pod")) {
		ar_node_err(err, tree, kind, "kind is '%.*s'; expected Pod",
			    (int)(len < 60 ? len : 60), text);
		return hint_kind(site, text, len, err);
	}
	if (!version || !ar_node_is(tree, version, "v1"))
		return ar_node_err(err, tree, version ? version : site->root,
				   "apiVersion is not v1, which a Pod has");
	return 0;
}

/* The kubelet tells a new pod by its UID, a hash of the content; one that is written in the file
 * stays what it is. */
static int check_metadata(const struct ar_pod_site *site, struct ar_err *err)
{
	const struct ar_tree *tree = site->tree;
	const struct ar_node *uid = ar_map_key(tree, site->metadata, "uid");
	const struct ar_node *notes = ar_map_get(tree, site->metadata, "annotations");
	const struct ar_node *mirror = ar_map_key(tree, notes, "kubernetes.io/config.mirror");

	if (uid && !ar_node_is_null(tree, ar_node_next(tree, uid)) &&
	    !ar_node_is(tree, ar_node_next(tree, uid), "")) {
		ar_node_err(
			err, tree, uid,
			"metadata.uid is set: the kubelet would not see that the pod has changed");
		return ar_err_hint(
			err,
			"this is a dump of a running pod; use the file that the control plane was "
			"set up with, or take out uid, resourceVersion, creationTimestamp, "
			"ownerReferences, spec.nodeName and status");
	}
	if (mirror) {
		ar_node_err(
			err, tree, mirror,
			"annotation 'kubernetes.io/config.mirror': the kubelet would take this pod "
			"for a mirror of another one, and not run it");
		return ar_err_hint(err, "this is a dump of a running pod; take out the annotations "
					"kubernetes.io/config.*");
	}
	return 0;
}

static bool is_named(const struct ar_tree *tree, const struct ar_node *container, const char *name)
{
	const struct ar_node *given = ar_map_get(tree, container, "name");
	return given && given->kind == AR_SCALAR && ar_node_is(tree, given, name);
}

/* The containers of the pod, by a rule: how many it fits, and the last that it fits. */
struct match {
	size_t count, index;
	const struct ar_node *node;
};

enum rule { BY_NAME, RUNS, SHELL };

static bool rule_fits(const struct ar_tree *tree, const struct ar_node *container, enum rule rule,
		      const char *name)
{
	if (rule == BY_NAME)
		return is_named(tree, container, name);
	struct ar_program program = ar__program_find(tree, container);
	if (rule == SHELL)
		return program.shell && program.mention;
	return program.found && !program.shell;
}

static struct match match_containers(const struct ar_tree *tree, const struct ar_node *list,
				     enum rule rule, const char *name)
{
	struct match match = { .count = 0 };
	size_t index = 0;

	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item), index++)
		if (rule_fits(tree, ar_node_resolve(tree, item), rule, name))
			match = (struct match){ .count = match.count + 1,
						.index = index,
						.node = item };
	return match;
}

/* "'a', 'b'": the names of all containers, for messages. */
static void list_names(const struct ar_tree *tree, const struct ar_node *list, char *buf,
		       size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item)) {
		const struct ar_node *name = ar_map_get(tree, ar_node_resolve(tree, item), "name");
		size_t len = 0;
		const char *text = name && name->kind == AR_SCALAR ? ar_node_text(tree, name, &len)
								   : "";
		int wrote = snprintf(buf + at, size - at, "%s'%.*s'", at ? ", " : "",
				     (int)(len < 64 ? len : 64), text);

		if (wrote < 0 || (size_t)wrote >= size - at)
			return;
		at += (size_t)wrote;
	}
}

static int refuse_none(const struct ar_tree *tree, const struct ar_node *list, const char *wanted,
		       struct ar_err *err)
{
	struct match shell = match_containers(tree, list, SHELL, NULL);
	char names[200];

	list_names(tree, list, names, sizeof names);
	if (wanted) {
		ar_node_err(err, tree, list, "no container is called '%s'; there is %s", wanted,
			    *names ? names : "none");
		return ar_err_hint(err, "name one of these with --container");
	}
	if (shell.count) {
		ar_node_err(err, tree, shell.node,
			    "kube-apiserver is started by a shell string here; flags in a "
			    "script cannot be edited safely");
		return ar_err_hint(err, "write command as a list, one flag an item, or add the "
					"flag to the script by hand");
	}
	ar_node_err(err, tree, list, "no container runs kube-apiserver; there is %s",
		    *names ? names : "none");
	return ar_err_hint(
		err,
		"name the static pod manifest of the API server; a container of another name that "
		"runs it needs kube-apiserver as an item of its own in command or args");
}

static int pick_container(struct ar_pod_site *site, const struct ar_node *list, const char *wanted,
			  struct ar_err *err)
{
	struct match match = match_containers(site->tree, list, BY_NAME, wanted ? wanted : WORD);
	char names[200];

	if (!wanted && match.count == 0)
		match = match_containers(site->tree, list, RUNS, NULL);
	if (match.count == 0)
		return refuse_none(site->tree, list, wanted, err);
	if (match.count > 1) {
		list_names(site->tree, list, names, sizeof names);
		ar_node_err(err, site->tree, match.node,
			    "several containers fit, this is the last: %s", names);
		return ar_err_hint(err, "say which one with --container NAME");
	}
	if (ar__is_mapping(site->tree, match.node, err) != 0)
		return -1;
	site->container = match.node;
	site->container_index = match.index;
	return 0;
}

/* A list below `map`, or NULL where it is absent or null. */
static int take_list(const struct ar_pod_site *site, const struct ar_node *map, const char *key,
		     const struct ar_node **ret_list, struct ar_err *err)
{
	const struct ar_node *value = ar__value(site->tree, map, key);

	*ret_list = NULL;
	if (!value || (value->kind == AR_SCALAR && ar_node_is_null(site->tree, value)))
		return 0;
	if (ar__is_list(site->tree, value, err) != 0)
		return -1;
	*ret_list = value;
	return 0;
}

static int check_program(const struct ar_pod_site *site, struct ar_err *err)
{
	const struct ar_program *program = &site->program;

	if (program->shell) {
		ar_node_err(err, site->tree, program->shell,
			    "the container starts a shell; flags in a script "
			    "cannot be edited safely");
		return ar_err_hint(err, "write command as a list, kube-apiserver first and one "
					"flag an item, or add "
					"the flag to the script by hand");
	}
	if (program->found)
		return 0;
	if (!site->command && !site->args) {
		ar_node_err(err, site->tree, site->container,
			    "the container has neither command nor args");
		return ar_err_hint(
			err,
			"this is no whole manifest (a patch for kubeadm's --patches?); name the "
			"manifest that the kubelet loads");
	}
	if (program->mention) {
		ar_node_err(err, site->tree, program->mention,
			    "this is one argument, of which kube-apiserver is only a part");
		return ar_err_hint(err,
				   "make the program and each flag an item of its own; a line that "
				   "is indented deeper than its dash continues the item above");
	}
	ar_node_err(err, site->tree, site->command ? site->command : site->args,
		    "no item of command or args is kube-apiserver");
	return ar_err_hint(err, "name the container that runs it with --container");
}

static int check_shared(const struct ar_pod_site *site, const struct ar_node *containers,
			struct ar_err *err)
{
	const struct ar_node *path[] = { site->spec, containers,   site->container, site->command,
					 site->args, site->mounts, site->volumes };

	for (size_t i = 0; i < sizeof path / sizeof *path; i++)
		if (path[i] && ar__not_shared(site->tree, path[i], err) != 0)
			return -1;
	return 0;
}

static int find_mappings(struct ar_pod_site *site, struct ar_err *err)
{
	const struct ar_tree *tree = site->tree;

	if (!site->root) {
		ar_err_at(err, ar_tree_text(tree), 0,
			  "the file is empty; expected a manifest of kind Pod");
		return ar_err_hint(err, "the kubelet would not load it either");
	}
	if (ar__is_mapping(tree, site->root, err) != 0 || check_kind(site, err) != 0)
		return -1;
	site->metadata = ar__value(tree, site->root, "metadata");
	site->spec = ar__value(tree, site->root, "spec");
	if (!site->metadata || !site->spec)
		return ar_node_err(err, tree, site->root, "'%s' is missing",
				   site->metadata ? "spec" : "metadata");
	if (ar__is_mapping(tree, site->metadata, err) != 0 ||
	    ar__is_mapping(tree, site->spec, err) != 0)
		return -1;
	return check_metadata(site, err);
}

int ar__site_find(const struct ar_tree *tree, const char *container, struct ar_pod_site *ret_site,
		  struct ar_err *err)
{
	struct ar_pod_site site = { .tree = tree, .root = ar_tree_root(tree, 0) };

	if (find_mappings(&site, err) != 0)
		return -1;
	const struct ar_node *containers = ar__value(tree, site.spec, "containers");
	if (!containers)
		return ar_node_err(err, tree, site.spec, "'containers' is missing");
	if (ar__is_list(tree, containers, err) != 0 ||
	    pick_container(&site, containers, container, err) != 0)
		return -1;
	if (take_list(&site, site.container, "command", &site.command, err) != 0 ||
	    take_list(&site, site.container, "args", &site.args, err) != 0 ||
	    take_list(&site, site.container, "volumeMounts", &site.mounts, err) != 0 ||
	    take_list(&site, site.spec, "volumes", &site.volumes, err) != 0)
		return -1;
	site.program = ar__program_find(tree, site.container);
	if (check_program(&site, err) != 0 || check_shared(&site, containers, err) != 0)
		return -1;
	*ret_site = site;
	return 0;
}
