#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Remakes fixtures/kubeadm/VERSION by really running kubeadm (`init phase control-plane apiserver
# --dry-run`) over each case's two configs.
#
#   kubeadm-fixtures.sh                  1.34.4, built by build.sh
#   kubeadm-fixtures.sh KUBEADM VERSION  another one, whose configs lie in fixtures/kubeadm/VERSION
#
# A case is a folder with plain.config.yaml and patched.config.yaml: what kubeadm makes of them is
# plain.yaml and patched.yaml. Which CA folders kubeadm mounts depends on what the machine has, so
# it runs where there are all three of Debian's.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kubeadm=${1:-$("$here/build.sh")/kubeadm}
version=${2:-1.34.4}
root=$here/../../fixtures/kubeadm/$version

for folder in /etc/ca-certificates /usr/share/ca-certificates /usr/local/share/ca-certificates; do
	[ -d "$folder" ] || {
		echo "kubeadm-fixtures: this needs $folder (kubeadm looks for it)" >&2
		exit 77
	}
done
case $("$kubeadm" version -o short) in
"v$version") ;;
*)
	echo "kubeadm-fixtures: $kubeadm is not v$version" >&2
	exit 1
	;;
esac

run() {
	dry=$(mktemp -d)
	KUBEADM_INIT_DRYRUN_DIR=$dry "$kubeadm" init phase control-plane apiserver --dry-run \
		--config "$1" >"$dry/log" 2>&1 || {
		cat "$dry/log" >&2
		exit 1
	}
	find "$dry" -name kube-apiserver.yaml -exec cat {} + >"$2"
	rm -rf "$dry"
	[ -s "$2" ]
}

for case in "$root"/*/; do
	for half in plain patched; do
		run "$case$half.config.yaml" "$case$half.yaml"
	done
	echo "$case"
done
