/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/pod.h"

/*
 * Where the parts of a kube-apiserver pod stand, found and judged on the tree alone, before
 * anything is typed. Internal to src/kube.
 */

struct ar_program { /* the kube-apiserver word of a container */
	bool found;
	bool in_args;  /* it stands in args, else in command */
	size_t behind; /* number of items of command and args up to and including it */
	const struct ar_node *shell;   /* the first item, where it is a shell; NULL else */
	const struct ar_node *mention; /* the first item that holds the word; NULL none */
};

struct ar_pod_site {
	const struct ar_tree *tree;
	const struct ar_node *root, *metadata, *spec, *container;
	size_t container_index;
	const struct ar_node *command, *args; /* lists, NULL where absent or null */
	const struct ar_node *mounts, *volumes;
	struct ar_program program;
};

/* Finds the container and what belongs to it; refuses what must not be edited. */
int ar__site_find(const struct ar_tree *tree, const char *container, struct ar_pod_site *ret_site,
		  struct ar_err *err);
/* The program of a container mapping; tolerates anything. */
struct ar_program ar__program_find(const struct ar_tree *tree, const struct ar_node *container);
