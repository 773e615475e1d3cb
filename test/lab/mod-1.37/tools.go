//go:build tools

// SPDX-License-Identifier: Apache-2.0

// Names the commands that build.sh builds from this module, so that go.mod and go.sum carry all they need.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)
