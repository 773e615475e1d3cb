/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kubeletconf.h"

#include <stdio.h>
#include <string.h>

#include "kube/etcdpod.h"
#include "yaml/scalar.h"

const char *ar_kubeletconf_static_pod_path(const struct ar_tree *tree, char *buf, size_t size)
{
	const struct ar_node *path = ar_map_get(tree, ar_tree_root(tree, 0), "staticPodPath");
	size_t len;

	if (!path || path->kind != AR_SCALAR || ar_scalar_type(tree, path) != AR_T_STRING)
		return NULL;
	const char *text = ar_node_text(tree, path, &len);
	if (len == 0 || len >= size || memchr(text, '\0', len))
		return NULL;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return buf;
}

/* --initial-cluster=a=https://…,b=https://…: one for each '='. */
static void count_members(void *user, const char *list, size_t len)
{
	size_t *most = user, count = 0;

	for (size_t i = 0; i < len; i++)
		if (list[i] == '=')
			count++;
	if (count > *most)
		*most = count;
}

size_t ar_etcd_members(const struct ar_text *manifest)
{
	size_t most = 0;

	ar__etcd_settings(manifest, "initial-cluster", count_members, &most);
	return most;
}
