/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * Names of resources as an EncryptionConfiguration gives them, and those that Kubernetes itself
 * brings.
 *
 * The API server takes any name and encrypts nothing under one that does not exist, so a typo is
 * told from a custom resource here: a custom resource's group has a dot and is none of Kubernetes'
 * own.
 */

/* A name split at its first dot: resource, and group ("" for core). Both point into it. */
struct ar_group_resource {
	const char *resource, *group;
	size_t resource_len, group_len;
};

/* Splits a name; compares two. */
struct ar_group_resource ar_group_resource_split(const char *name);
bool ar_group_resource_same(struct ar_group_resource a, struct ar_group_resource b);
/* Is the resource (or, for the second, the group) the one `*`? */
bool ar_group_resource_any(struct ar_group_resource a);
bool ar_group_resource_any_group(struct ar_group_resource a);

enum ar_resource_sort {
	AR_RESOURCE_KNOWN,   /* Kubernetes brings it, and stores it */
	AR_RESOURCE_CUSTOM,  /* may be one: its group is somebody's own */
	AR_RESOURCE_WILD,    /* a wildcard */
	AR_RESOURCE_UNKNOWN, /* cannot exist: nothing is encrypted by it */
};

/* What `name` is. Where it is unknown, *ret_meant (may be NULL) is the name that was most likely
 * meant, or NULL. */
enum ar_resource_sort ar_resource_sort_of(const char *name, const char **ret_meant);

/* The names of those that Kubernetes brings, by index from 0; NULL behind the last. */
const char *ar_resource_builtin(size_t index);

/* Edits (insert, delete, replace, swap of neighbours) that turn one into the other; `limit` + 1
 * where there are more. */
size_t ar_word_distance(const char *a, size_t a_len, const char *b, size_t b_len, size_t limit);
