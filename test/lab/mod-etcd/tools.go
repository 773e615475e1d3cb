//go:build tools

// SPDX-License-Identifier: Apache-2.0

// Names the commands that build.sh builds from this module, so that go.mod and go.sum carry all they need.
package tools

import (
	_ "go.etcd.io/etcd/etcdctl/v3"
	_ "go.etcd.io/etcd/etcdutl/v3"
	_ "go.etcd.io/etcd/server/v3"
)
