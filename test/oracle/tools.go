// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package oracle keeps kubeadm among the module's requirements: build.sh builds it from here.
package oracle

import _ "k8s.io/kubernetes/cmd/kubeadm"
