/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "kube/pod.h"

const char *ar_path_clean(const char *path, char *buf, size_t size)
{
	size_t len = 0;

	for (const char *at = path; *at;) {
		size_t part = strcspn(at, "/");
		bool keep = part && !(part == 1 && *at == '.');

		if (keep) {
			if (len + part + 2 > size)
				return NULL;
			if (len || *path == '/')
				buf[len++] = '/';
			memcpy(buf + len, at, part);
			len += part;
		}
		at += part + (at[part] == '/');
	}
	if (len == 0 && size >= 2)
		buf[len++] = *path == '/' ? '/' : '.';
	if (len >= size)
		return NULL;
	buf[len] = '\0';
	return buf;
}

const char *ar_path_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return strcmp(path, "/") == 0 ? "" : path;
	if (strncmp(path, dir, len) != 0 || (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return path + len;
}

const struct ar_volume *ar_pod_volume(const struct ar_pod *pod, const char *name)
{
	for (size_t i = 0; name && i < pod->volume_count; i++)
		if (strcmp(pod->volumes[i].name, name) == 0)
			return &pod->volumes[i];
	return NULL;
}

/* The mount with the longest mountPath that covers `path` (clean), and how much of it. */
static const struct ar_env_mount *covering(const struct ar_pod *pod, const char *path,
					   const char **ret_rest)
{
	const struct ar_env_mount *best = NULL;

	for (size_t i = 0; i < pod->mount_count; i++) {
		char clean[4096];
		const char *dir = ar_path_clean(pod->mounts[i].mount_path, clean, sizeof clean);
		const char *rest = dir ? ar_path_below(path, dir) : NULL;

		if (!rest || (best && strlen(rest) > strlen(*ret_rest)))
			continue;
		best = &pod->mounts[i];
		*ret_rest = rest;
	}
	return best;
}

const char *ar_pod_host_path(const struct ar_pod *pod, const char *path, char *buf, size_t size,
			     const struct ar_env_mount **ret_mount)
{
	char clean[4096], joined[4096];
	const char *rest = "";
	const struct ar_env_mount *mount = NULL;

	if (path && ar_path_clean(path, clean, sizeof clean))
		mount = covering(pod, clean, &rest);
	if (ret_mount)
		*ret_mount = mount;
	const struct ar_volume *volume = mount ? ar_pod_volume(pod, mount->name) : NULL;
	if (!volume || !volume->host_path || mount->sub_expr)
		return NULL;
	const char *sub = mount->sub_path ? mount->sub_path : "";
	int len = snprintf(joined, sizeof joined, "%s%s%s%s", volume->host_path, *sub ? "/" : "",
			   sub, rest);
	if (len < 0 || (size_t)len >= sizeof joined)
		return NULL;
	return ar_path_clean(joined, buf, size);
}
