#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The main job on real input: a node's /etc/kubernetes in a sandbox folder, with the manifest that
# kubeadm 1.34 writes. Every command is printed before it runs. Nothing outside the sandbox is
# touched, and the sandbox is removed at the end.
#
#   docs/demo.sh [path of atrest]
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "${1:-build/release/atrest}")
ROOT=$(mktemp -d)
trap 'rm -rf "$ROOT"' EXIT
manifest=$ROOT/etc/kubernetes/manifests/kube-apiserver.yaml
bold='' plain=''
[ ! -t 1 ] || { bold=$'\e[1m' plain=$'\e[0m'; }

say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
atrest() {
	printf '%s$ atrest --root ROOT %s%s\n' "$bold" "$*" "$plain"
	"$program" --root "$ROOT" "$@" </dev/null 2>&1
}

mkdir -p "$ROOT/etc/kubernetes/manifests"
cp fixtures/kubeadm/1.34.4/file/plain.yaml "$manifest"
before=$(sha256sum <"$manifest")

say "A node as kubeadm 1.34 leaves it, in a sandbox (ROOT is $ROOT)"
(cd "$ROOT" && find . -type f)

say 'A fresh key and its EncryptionConfiguration: root-only, never overwritten'
atrest config new --yes

say 'What would change in the manifest; nothing is written'
atrest patch --dry-run

say 'The same, for real: with a record first, then one rename'
atrest patch --yes

say 'Again: nothing to do, and nothing touched'
atrest patch --yes

say 'And back. On a live node a person has to say that Secrets may still be encrypted'
atrest undo --yes --accept still-encrypted

say 'The manifest is byte for byte what it was'
[ "$before" = "$(sha256sum <"$manifest")" ]
echo "sha256 ${before%% *}, before and after"
