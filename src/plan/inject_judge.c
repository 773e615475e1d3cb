/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "plan/inject_impl.h"

static bool same_path(const char *a, const char *b)
{
	char x[4096], y[4096];

	return ar_path_clean(a, x, sizeof x) && ar_path_clean(b, y, sizeof y) && strcmp(x, y) == 0;
}

/* Does a mount show exactly the one file, so that it stays the old one when the file is replaced by
 * rename? */
static bool is_file_mount(const struct ar_pod *pod, const struct ar_env_mount *mount,
			  const struct ar_wanted *wanted)
{
	char host[4096];
	const char *shown = ar_pod_host_path(pod, mount->mount_path, host, sizeof host, NULL);

	return mount->sub_path || (shown && same_path(shown, wanted->config));
}

/* Where in the container a mount shows the wanted file, "" where it does not. */
static bool shown_at(const struct ar_pod *pod, const struct ar_env_mount *mount, const char *file,
		     char *buf, size_t size)
{
	const struct ar_volume *volume = ar_pod_volume(pod, mount->name);
	const struct ar_env_mount *top = NULL;
	char root[4096], at[4096], back[4096], joined[8192];

	/* A relative mountPath is the runtime's to place: nothing is said of where it shows the
	 * file. */
	if (!volume || !volume->host_path || mount->sub_expr || mount->mount_path[0] != '/')
		return false;
	snprintf(joined, sizeof joined, "%s/%s", volume->host_path,
		 mount->sub_path ? mount->sub_path : "");
	const char *rest = ar_path_clean(joined, root, sizeof root) ? ar_path_below(file, root)
								    : NULL;
	if (!rest)
		return false;
	snprintf(joined, sizeof joined, "%s%s", mount->mount_path, rest);
	if (!ar_path_clean(joined, at, sizeof at) || strlen(at) >= size)
		return false;
	/* Another mount may lie over that place. */
	const char *host = ar_pod_host_path(pod, at, back, sizeof back, &top);
	if (!host || top != mount || strcmp(host, file) != 0)
		return false;
	memcpy(buf, at, strlen(at) + 1);
	return true;
}

/* The best mount that shows the file already: where it is wanted, else the first. */
static const struct ar_env_mount *find_cover(const struct ar_pod *pod,
					     const struct ar_wanted *wanted, char *buf, size_t size)
{
	const struct ar_env_mount *found = NULL;
	char file[4096], at[4096];

	if (!ar_path_clean(wanted->config, file, sizeof file))
		return NULL;
	for (size_t i = 0; i < pod->mount_count; i++) {
		const struct ar_env_mount *mount = &pod->mounts[i];

		if (!shown_at(pod, mount, file, at, sizeof at) ||
		    (wanted->hot_reload && is_file_mount(pod, mount, wanted)))
			continue;
		if (found && !same_path(at, wanted->flag_path))
			continue;
		found = mount;
		snprintf(buf, size, "%s", at);
	}
	return found;
}

static int refuse_mount_path(const struct ar_pod *pod, const struct ar_env_mount *mount,
			     struct ar_err *err)
{
	ar_node_err(err, pod->tree, mount->node, "mountPath '%s' is taken by volume '%s'%s",
		    mount->mount_path, mount->name, mount->sub_path ? " (with a subPath)" : "");
	return ar_err_hint(err,
			   "choose another place with --mount-path, or another file with --config");
}

static int refuse_volume_name(const struct ar_pod *pod, const struct ar_volume *volume,
			      struct ar_err *err)
{
	if (volume->host_path)
		ar_node_err(err, pod->tree, volume->node,
			    "volume name '%s' is taken, by hostPath '%s'", volume->name,
			    volume->host_path);
	else
		ar_node_err(err, pod->tree, volume->node,
			    "volume name '%s' is taken, by a volume that is no hostPath",
			    volume->name);
	return ar_err_hint(err, "choose another name with --name");
}

/* A mount of our name elsewhere would show our volume, once that is there. */
static int refuse_waiting_mount(const struct ar_pod *pod, const struct ar_env_mount *mount,
				struct ar_err *err)
{
	ar_node_err(err, pod->tree, mount->node,
		    "a mount at '%s' names volume '%s', which the pod does not have",
		    mount->mount_path, mount->name);
	return ar_err_hint(err, "take this mount out, or choose another name with --name");
}

/* What is missing of our own mount and volume. */
static int judge_own(const struct ar_pod *pod, const struct ar_wanted *wanted,
		     struct ar__judgement *ret, struct ar_err *err)
{
	for (size_t i = 0; i < pod->mount_count; i++) {
		const struct ar_env_mount *mount = &pod->mounts[i];

		bool ours = strcmp(mount->name, wanted->name) == 0;

		if (!same_path(mount->mount_path, wanted->mount_path)) {
			if (ours && !ar_pod_volume(pod, wanted->name))
				return refuse_waiting_mount(pod, mount, err);
			continue;
		}
		if (!ours || mount->sub_path || mount->sub_expr)
			return refuse_mount_path(pod, mount, err);
		ret->mount = mount;
	}
	ret->volume = ar_pod_volume(pod, wanted->name);
	if (ret->volume &&
	    !(ret->volume->host_path && same_path(ret->volume->host_path, wanted->mount_host)))
		return refuse_volume_name(pod, ret->volume, err);
	ret->states[AR_PART_MOUNT] = ret->mount ? AR_PRESENT : AR_ADD;
	ret->states[AR_PART_VOLUME] = ret->volume ? AR_PRESENT : AR_ADD;
	snprintf(ret->flag_path, sizeof ret->flag_path, "%s", wanted->flag_path);
	return 0;
}

static void judge_covered(const struct ar_pod *pod, const struct ar_wanted *wanted,
			  const struct ar_env_mount *mount, struct ar__judgement *ret)
{
	bool own = strcmp(mount->name, wanted->name) == 0;

	ret->mount = mount;
	ret->volume = ar_pod_volume(pod, mount->name);
	ret->states[AR_PART_MOUNT] = ret->states[AR_PART_VOLUME] = own ? AR_PRESENT : AR_COVERED;
}

static int refuse_file_mount(const struct ar_pod *pod, const struct ar_env_mount *mount,
			     struct ar_err *err)
{
	ar_node_err(err, pod->tree, mount->node,
		    "the config is mounted as a single file, which stays the old one when the file "
		    "is replaced; hot reload needs its folder mounted");
	return ar_err_hint(err, "take flag, mount and volume out with --remove first, and put the "
				"file into a folder of its own");
}

/* The flag is not there, or gets a new value: the file is shown already, or needs a mount. */
static int judge_free(const struct ar_pod *pod, const struct ar_wanted *wanted,
		      struct ar__judgement *ret, struct ar_err *err)
{
	const struct ar_env_mount *mount = find_cover(pod, wanted, ret->flag_path,
						      sizeof ret->flag_path);

	if (!mount)
		return judge_own(pod, wanted, ret, err);
	judge_covered(pod, wanted, mount, ret);
	return 0;
}

static int refuse_value(const struct ar_pod *pod, const struct ar_wanted *wanted,
			const struct ar_flag *flag, const char *host, struct ar_err *err)
{
	const struct ar_node *node = pod->args[flag->index].node;

	if (host && same_path(host, flag->value))
		ar_node_err(err, pod->tree, node, "'--%.*s' is set to '%s'; wanted '%s'",
			    (int)flag->spelled_len, flag->spelled, flag->value, wanted->flag_path);
	else if (host)
		ar_node_err(err, pod->tree, node,
			    "'--%.*s' is set to '%s', which is '%s' on the host; wanted '%s'",
			    (int)flag->spelled_len, flag->spelled, flag->value, host,
			    wanted->config);
	else
		ar_node_err(err, pod->tree, node,
			    "'--%.*s' is set to '%s', which no mount shows; wanted '%s'",
			    (int)flag->spelled_len, flag->spelled, flag->value, wanted->flag_path);
	return ar_err_hint(
		err,
		"to change it, run again with --replace; to keep it, name its file with --config");
}

/* The flag is there: it may be what is wanted, or lack its mount, or say something else. */
static int judge_present(const struct ar_pod *pod, const struct ar_wanted *wanted,
			 struct ar__judgement *ret, struct ar_err *err)
{
	const struct ar_flag *flag = &ret->flags[0];
	const struct ar_env_mount *mount = NULL;
	char buf[4096];
	const char *host = ar_pod_host_path(pod, flag->value, buf, sizeof buf, &mount);
	bool own_place = same_path(flag->value, wanted->flag_path);

	ret->states[AR_PART_FLAG] = AR_PRESENT;
	if (host && same_path(host, wanted->config)) {
		snprintf(ret->flag_path, sizeof ret->flag_path, "%s", flag->value);
		if (wanted->hot_reload && is_file_mount(pod, mount, wanted))
			return refuse_file_mount(pod, mount, err);
		judge_covered(pod, wanted, mount, ret);
		return 0;
	}
	if (own_place &&
	    (!mount || same_path(mount->mount_path, wanted->mount_path) || wanted->replace))
		return judge_own(pod, wanted, ret, err);
	if (!wanted->replace)
		return refuse_value(pod, wanted, flag, host, err);
	ret->states[AR_PART_FLAG] = AR_CHANGE;
	return judge_free(pod, wanted, ret, err);
}

int ar__judge(const struct ar_pod *pod, const struct ar_wanted *wanted, struct ar__judgement *ret,
	      struct ar_err *err)
{
	*ret = (struct ar__judgement){ .flag_count = 0 };
	if (ar__judge_flags(pod, wanted, ret, err) != 0 ||
	    ar__judge_reload(pod, wanted, ret, err) != 0)
		return -1;
	if (ret->flag_count)
		return judge_present(pod, wanted, ret, err);
	ret->states[AR_PART_FLAG] = AR_ADD;
	return judge_free(pod, wanted, ret, err);
}
