/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/tree.h"

/*
 * A static pod that runs kube-apiserver: what its manifest means, and where in the file each part
 * stands.
 *
 * The typed values are filled by libcyaml from the tree's normalised JSON; the nodes come from
 * the tree, so an edit knows its bytes. Everything is borrowed from the tree, or owned by the pod;
 * the tree must outlive it.
 */

#define AR_POD_MANY 1000 /* more volumes, mounts or containers than this are refused */

struct ar_env_mount {                             /* one volumeMount of the container */
	const char *mount_path, *name, *sub_path; /* NULL where absent */
	bool read_only;
	bool sub_expr; /* has a subPathExpr: what it shows is known only at run time */
	const struct ar_node *node;
};

struct ar_volume { /* one volume of the pod */
	const char *name;
	const char *host_path, *host_type; /* NULL where it is no hostPath, or has no type */
	const struct ar_node *node;
};

struct ar_arg { /* one item of command or args */
	const char *text;
	const struct ar_node *node;
	bool in_args; /* of args, else of command */
};

struct ar_pod {
	const struct ar_tree *tree;
	const char *name, *namespace; /* metadata; namespace NULL where absent */
	const char *image;            /* the container's, NULL where absent */
	int minor, patch; /* Kubernetes version by the image's tag: 1.<minor>.<patch>; -1 unknown */
	const char *container_name;
	const struct ar_node *spec, *container; /* mappings */
	size_t container_index;                 /* in spec.containers */
	const struct ar_node *args_list;        /* the sequence that takes new flags: args where the
						 * program's flags stand there, else command */
	size_t list_start;                      /* index in args[] of its first item */
	size_t first_flag; /* index in args[] of the first item behind the kube-apiserver word */
	size_t end_flag;   /* behind the last flag: arg_count, or the index of a `--` */
	const struct ar_node *mounts_key,
		*volumes_key; /* keys in their mappings, NULL where absent */
	struct ar_arg *args;  /* command, then args, as the process will see them */
	size_t arg_count;
	struct ar_env_mount *mounts;
	size_t mount_count;
	struct ar_volume *volumes;
	size_t volume_count;
};

/* Understands document 0 of `tree` as a kube-apiserver pod. `container` names the container, NULL:
 * the one that runs kube-apiserver (by name, else by its command). Refuses, with place and remedy,
 * what must not be edited here: another kind, no or several candidates, metadata.uid (the kubelet
 * would see no change), a shell string or script, aliases or merge keys on the path, wrong types, a
 * live dump of another node. */
int ar_pod_read(const struct ar_tree *tree, const char *container, struct ar_pod **ret_pod,
		struct ar_err *err);
/* Would the kubelet take the pod, as far as a patch touches it or relies on it: names, images,
 * mounts and volumes of all containers, and the types of what people most often write wrongly
 * (labels, annotations, env, hostNetwork)? `coming`: for the container that is patched, a volume of
 * this name counts as there (NULL: none). Refuses with place and remedy. */
int ar_pod_valid(const struct ar_pod *pod, const char *coming, struct ar_err *err);
/* Accepts NULL. */
void ar_pod_free(struct ar_pod *pod);
static inline void ar_pod_free_ptr(struct ar_pod **pod)
{
	ar_pod_free(*pod);
}
#define AR_POD_AUTO __attribute__((cleanup(ar_pod_free_ptr)))

/* Is this text a Pod that bears the same namespace/name, or runs kube-apiserver? For other files of
 * a manifests folder: never fails; what cannot be parsed is judged by whether it mentions
 * kube-apiserver. `why` says in words what was seen (for example "defines the pod
 * kube-system/kube-apiserver"). */
bool ar_pod_rivals(const struct ar_text *text, const char *namespace, const char *name, char *why,
		   size_t size);

/* One setting of a flag among the arguments, by exact name (underscores are dashes to
 * kube-apiserver): --f=v, --f followed by its value as the next item, and what people write
 * although it does not work: -f=v, `--f v` in one item. */
struct ar_flag {
	size_t index;  /* of the item in pod->args that names the flag */
	bool separate; /* its value is the item behind (index + 1) */
	bool glued;    /* `--f v` in one item: kube-apiserver takes all of it for a name and
			* does not start; value is what is meant */
	size_t dashes; /* 2, or 1: kube-apiserver takes `-f` for shorthands and does not start */
	const char *value; /* NULL when it has none */
	const char
		*spelled; /* the name as used, without dashes (may be the old experimental- name) */
	size_t spelled_len;
};

/* The settings of flag `name` (without dashes), also under `old_name` (may be NULL), in order.
 * Returns how many there are, writing at most `max`. The last one wins in kube-apiserver. */
size_t ar_pod_flags(const struct ar_pod *pod, const char *name, const char *old_name,
		    struct ar_flag *ret, size_t max);

/* The host file that `path` inside the container is, by the longest mountPath that covers it and
 * that volume's hostPath: written to buf. NULL when no mount covers it (*ret_mount is NULL then
 * too) or the volume is no hostPath (*ret_mount is that mount). `ret_mount` may be NULL. */
const char *ar_pod_host_path(const struct ar_pod *pod, const char *path, char *buf, size_t size,
			     const struct ar_env_mount **ret_mount);
/* The volume of this name, NULL if there is none. */
const struct ar_volume *ar_pod_volume(const struct ar_pod *pod, const char *name);
/* `path` without doubled slashes, `/.` and a slash at the end, in buf; NULL when it does not fit.
 */
const char *ar_path_clean(const char *path, char *buf, size_t size);
/* The part of `path` below `dir` ("" when they are the same, else it begins with a slash), NULL
 * when it does not lie there. Both clean. */
const char *ar_path_below(const char *path, const char *dir);
