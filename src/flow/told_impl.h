/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/told.h"

/* What told*.c share. */

#define AR__TOLD_PREFIX "atrest.io/"
#define AR__TOLD_GOAL   AR__TOLD_PREFIX "goal"
#define AR__TOLD_FILES  AR__TOLD_PREFIX "files"
#define AR__TOLD_NODE   AR__TOLD_PREFIX "node-"
/* Kubernetes lets an object's annotations have 256 KiB together, names and all. */
#define AR__TOLD_FILES_MAX ((size_t)160 << 10)

/* An annotation's name ends after 63 characters: a longer host is cut, and told apart by a hash. */
void ar__told_node_key(const char *host, char buf[80]);
/* What a config means, as it stands in the annotation; NULL: no memory. `at` may be "". */
json_t *ar__told_meaning(const struct ar_encconf *conf, const char *at);
/* Adds a file that `from` describes. 1: it is not as it should be; -1: no memory. */
int ar__told_add(struct ar_told *told, const char *sha256, json_t *from);
void ar__told_free_file(struct ar_told_file *file);
