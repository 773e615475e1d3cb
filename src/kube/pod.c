/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/pod.h"

#include <string.h>

#include "base/buf.h"
#include "kube/image.h"
#include "kube/pod_model.h"
#include "kube/pod_site.h"
#include "kube/typed.h"

void ar_pod_free(struct ar_pod *pod)
{
	ar__model_free(pod);
}

/* Gives each typed item the node it was made from: both are in document order. */
static void attach_args(struct ar_pod *pod, const struct ar_node *list, size_t *index)
{
	const struct ar_node *item = list ? ar_node_first(pod->tree, list) : NULL;

	for (; item; item = ar_node_next(pod->tree, item))
		pod->args[(*index)++].node = item;
}

static void attach(struct ar_pod *pod, const struct ar_pod_site *site)
{
	const struct ar_node *mount = site->mounts ? ar_node_first(site->tree, site->mounts) : NULL;
	const struct ar_node *volume = site->volumes ? ar_node_first(site->tree, site->volumes)
						     : NULL;
	size_t index = 0;

	pod->tree = site->tree;
	pod->spec = site->spec;
	pod->container = site->container;
	pod->container_index = site->container_index;
	pod->mounts_key = ar_map_key(site->tree, site->container, "volumeMounts");
	pod->volumes_key = ar_map_key(site->tree, site->spec, "volumes");
	attach_args(pod, site->command, &index);
	attach_args(pod, site->args, &index);
	for (size_t i = 0; mount; mount = ar_node_next(site->tree, mount))
		pod->mounts[i++].node = mount;
	for (size_t i = 0; volume; volume = ar_node_next(site->tree, volume))
		pod->volumes[i++].node = volume;
}

/* Which list takes new flags: the one where the program's own flags stand. */
static void place_flags(struct ar_pod *pod, const struct ar_pod_site *site)
{
	size_t in_command = site->command ? ar_node_count(site->tree, site->command) : 0;
	bool args = site->program.in_args ||
		    (site->program.behind == in_command && pod->arg_count > in_command);

	pod->first_flag = site->program.behind;
	pod->args_list = args ? site->args : site->command;
	pod->list_start = args ? in_command : 0;
	pod->end_flag = pod->arg_count;
	for (size_t i = pod->first_flag; i < pod->end_flag; i++)
		if (strcmp(pod->args[i].text, "--") == 0)
			pod->end_flag = i;
}

static int refuse_template(const struct ar_pod *pod, const struct ar_node *node, const char *marker,
			   struct ar_err *err)
{
	ar_node_err(err, pod->tree, node,
		    "'%s' marks a template; what this file will say is known only once it is "
		    "rendered",
		    marker);
	return ar_err_hint(err, "patch the rendered manifest, or put the flag, mount and volume "
				"into the template by hand");
}

/* A placeholder (${x}, @@x@@, __X__) that may stand for anything: harmless as the value of a flag,
 * not where it may turn into flags of its own, or hide which path is mounted. Only the first
 * `prefix` bytes of `text` are asked about. */
static const char *placeholder(const char *text, size_t prefix)
{
	static const struct {
		const char *open, *close;
	} markers[] = { { "${", "}" }, { "@@", "@@" }, { "__", "__" } };

	for (size_t i = 0; i < sizeof markers / sizeof *markers; i++) {
		const char *open = strstr(text, markers[i].open);

		if (open && (size_t)(open - text) < prefix && strstr(open + 2, markers[i].close))
			return markers[i].open;
	}
	return NULL;
}

static int check_item(const struct ar_pod *pod, const char *text, const struct ar_node *node,
		      size_t prefix, struct ar_err *err)
{
	const char *marker = text ? ar__template(text) : NULL;

	if (text && !marker)
		marker = placeholder(text, prefix);
	return marker ? refuse_template(pod, node, marker, err) : 0;
}

static int check_templates(const struct ar_pod *pod, struct ar_err *err)
{
	for (size_t i = 0; i < pod->arg_count; i++) {
		const char *text = pod->args[i].text;
		size_t name = strcspn(text, "=");

		if (check_item(pod, text, pod->args[i].node, name, err) != 0)
			return -1;
	}
	for (size_t i = 0; i < pod->mount_count; i++) {
		const struct ar_env_mount *mount = &pod->mounts[i];

		if (check_item(pod, mount->name, mount->node, SIZE_MAX, err) != 0 ||
		    check_item(pod, mount->mount_path, mount->node, SIZE_MAX, err) != 0)
			return -1;
	}
	for (size_t i = 0; i < pod->volume_count; i++) {
		const struct ar_volume *volume = &pod->volumes[i];

		if (check_item(pod, volume->name, volume->node, SIZE_MAX, err) != 0 ||
		    check_item(pod, volume->host_path, volume->node, SIZE_MAX, err) != 0)
			return -1;
	}
	return check_item(pod, pod->name, pod->container, SIZE_MAX, err);
}

int ar_pod_read(const struct ar_tree *tree, const char *container, struct ar_pod **ret_pod,
		struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf json = AR_BUF_INIT;
	AR_POD_AUTO struct ar_pod *pod = NULL;
	struct ar_pod_site site;

	if (ar__site_find(tree, container, &site, err) != 0 ||
	    ar__model_write(&site, &json, err) != 0 || ar__model_load(&json, &pod, err) != 0)
		return -1;
	attach(pod, &site);
	place_flags(pod, &site);
	ar_image_version(pod->image, &pod->minor, &pod->patch);
	if (check_templates(pod, err) != 0)
		return -1;
	*ret_pod = pod;
	pod = NULL;
	return 0;
}

static bool name_is(const char *text, size_t len, const char *name)
{
	if (!name || strlen(name) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((text[i] == '_' ? '-' : text[i]) != name[i])
			return false;
	return true;
}

/* Reads item `index` as a setting of one of the two names. */
static bool flag_at(const struct ar_pod *pod, size_t index, const char *name, const char *old_name,
		    struct ar_flag *ret)
{
	const char *text = pod->args[index].text;
	size_t dashes = strspn(text, "-");
	const char *spelled = text + dashes;
	size_t len = strcspn(spelled, "= \t\n");

	if (dashes < 1 || dashes > 2 ||
	    !(name_is(spelled, len, name) || name_is(spelled, len, old_name)))
		return false;
	*ret = (struct ar_flag){
		.index = index, .dashes = dashes, .spelled = spelled, .spelled_len = len
	};
	if (spelled[len] == '=') {
		ret->value = spelled + len + 1;
	} else if (spelled[len] != '\0') {
		ret->glued = true;
		ret->value = spelled + len + strspn(spelled + len, " \t\n=");
	} else if (index + 1 < pod->end_flag && pod->args[index + 1].text[0] != '-') {
		ret->separate = true;
		ret->value = pod->args[index + 1].text;
	}
	return true;
}

size_t ar_pod_flags(const struct ar_pod *pod, const char *name, const char *old_name,
		    struct ar_flag *ret, size_t max)
{
	size_t count = 0;

	for (size_t i = pod->first_flag; i < pod->end_flag; i++) {
		struct ar_flag flag;

		if (!flag_at(pod, i, name, old_name, &flag))
			continue;
		if (count < max)
			ret[count] = flag;
		count++;
	}
	return count;
}
