/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/tree.h"

/* What a kubelet's config and a local etcd manifest tell about this node. Pure look-ups: they never
 * fail, they find or do not. */

/* staticPodPath of a KubeletConfiguration (tree of /var/lib/kubelet/config.yaml): a decoded string
 * in buf, NULL when it is absent, empty or no string. */
const char *ar_kubeletconf_static_pod_path(const struct ar_tree *tree, char *buf, size_t size);

/* Number of members that a local etcd static pod starts with (--initial-cluster), by its manifest's
 * text: 0 when it cannot be told. More than one means several control-plane nodes. Never fails. */
size_t ar_etcd_members(const struct ar_text *manifest);
