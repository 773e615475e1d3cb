/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/tree.h"

/*
 * What a scalar is, by the rules of the YAML 1.1 reader that the kubelet and the API server
 * use (sigs.k8s.io/yaml over go-yaml v2), not by YAML 1.2 and not by libyaml: `on`, `y` and `no`
 * are booleans, 010 is eight, 1_000 a thousand, 190:20:30 and dates are strings. In a JSON text
 * JSON's own types hold.
 */

enum ar_type { AR_T_NULL, AR_T_BOOL, AR_T_INT, AR_T_FLOAT, AR_T_STRING };

enum ar_type ar_scalar_type(const struct ar_tree *tree, const struct ar_node *scalar);

/* Would a plain scalar with this text be read as a string, and can it stand in block (or flow)
 * context without quotes? Decides how new text is quoted. */
bool ar_scalar_plain_is_safe(const char *text, size_t len, bool in_flow);
