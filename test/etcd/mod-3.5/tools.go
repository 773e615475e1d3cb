//go:build tools

// SPDX-License-Identifier: Apache-2.0

// Names the command that build.sh builds from this module, so that go.mod and go.sum carry all it needs.
package tools

import _ "go.etcd.io/etcd/server/v3"
