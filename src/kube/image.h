/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>

/*
 * The Kubernetes version that an image reference tells by its tag:
 * registry:5000/kube-apiserver:v1.34.4-x@sha256:… gives 34 and 4; 1.8.0_coreos.0 and 1.27.3-gke.1
 * are understood too. A release is asked for, nothing else: v1.30.0-alpha.1 gives 30 and 0.
 *
 * `image` may be NULL. Returns false, and -1 for both, where the tag tells none.
 */
bool ar_image_version(const char *image, int *ret_minor, int *ret_patch);
