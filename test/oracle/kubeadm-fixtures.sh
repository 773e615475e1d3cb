#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Remakes fixtures/kubeadm/VERSION by really running kubeadm (`init phase control-plane apiserver
# --dry-run`) over each case's two configs. Nothing of the machine is written.
#
#   kubeadm-fixtures.sh [VERSION...]     all versions that have a folder
#
# A case is a folder with plain.config.yaml and patched.config.yaml: what kubeadm makes of them is
# plain.yaml and patched.yaml. Which CA folders kubeadm mounts depends on what the machine has, so
# it runs where there are all three of Debian's.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
fixtures=$(cd "$here/../../fixtures/kubeadm" && pwd)

for folder in /etc/ca-certificates /usr/share/ca-certificates /usr/local/share/ca-certificates; do
	[ -d "$folder" ] || {
		echo "kubeadm-fixtures: this needs $folder (kubeadm looks for it)" >&2
		exit 77
	}
done

# kubeadm_of VERSION prints the path of that kubeadm: build.sh's, or one built from its own module.
kubeadm_of() {
	pinned=$("$here/build.sh")/kubeadm
	if [ "$("$pinned" version -o short)" = "v$1" ]; then
		echo "$pinned"
	else
		"$here/kubeadm-build.sh" "$1"
	fi
}

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

if [ $# = 0 ]; then
	# shellcheck disable=SC2046,SC2011 # version numbers have no blanks
	set -- $(ls -d "$fixtures"/*/ | xargs -n 1 basename)
fi
for version; do
	kubeadm=$(kubeadm_of "$version")
	for case in "$fixtures/$version"/*/; do
		for half in plain patched; do
			run "$case$half.config.yaml" "$case$half.yaml"
		done
		echo "$version/$(basename "$case")"
	done
done
