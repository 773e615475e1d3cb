/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "kube/pod_site.h"

/* The typed half of a pod: written as JSON from the tree, filled by libcyaml. Internal to src/kube.
 */

/* Appends the JSON of everything that struct ar_pod types; refuses wrong types with their place. */
int ar__model_write(const struct ar_pod_site *site, struct ar_buf *json, struct ar_err *err);
/* A pod whose nodes are still unset; release it with ar__model_free(), which accepts NULL. */
int ar__model_load(const struct ar_buf *json, struct ar_pod **ret_pod, struct ar_err *err);
void ar__model_free(struct ar_pod *pod);
