#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One run of each command under valgrind, in a sandbox root: no error, no leak, no descriptor left open.
cd "$(dirname "$0")/../.." || exit 1
atrest=$PWD/${1:-build/release/atrest}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
gcc -shared -fPIC -O1 -o "$root/openat2.so" test/house/openat2.c || exit 1
manifests=$root/etc/kubernetes/manifests
mkdir -p "$manifests"
cp fixtures/kubeadm/1.34.4/file/plain.yaml "$manifests/kube-apiserver.yaml"
printf 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n' >"$root/kubeadm.yaml"
printf 'a: [\n' >"$root/bad.yaml"
passed=0 failed=0

run() { # wanted exit status, arguments
	local wanted=$1 status
	shift
	valgrind -q --trace-children=yes --leak-check=full --show-leak-kinds=definite,indirect,possible --error-exitcode=99 \
		--errors-for-leak-kinds=definite,indirect,possible --log-file="$root/log" \
		env LD_PRELOAD="$root/openat2.so" "$atrest" "$@" </dev/null >"$root/out" 2>&1
	status=$?
	if [ "$status" = "$wanted" ] && [ ! -s "$root/log" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "atrest $*: exit $status, expected $wanted"
		cat "$root/log" "$root/out"
	fi
}

run 0 --version
run 0 --help
run 0 help patch
run 0 help --man
run 0 help --completion bash
run 0 help --completion zsh
run 2 no-such-command
run 0 keygen
run 0 --root "$root" config new --yes
run 0 --root "$root" config check
run 0 --root "$root" config check -o json
run 0 --root "$root" config show
run 0 --root "$root" patch --dry-run
run 3 --root "$root" patch --check
run 0 --root "$root" patch --yes
run 0 --root "$root" patch --dry-run -o json
run 0 --root "$root" undo list
run 0 --root "$root" undo --yes --accept still-encrypted
run 0 --root "$root" patch --yes kubeadm.yaml
run 0 --root "$root" patch --remove --yes kubeadm.yaml
run 1 --root "$root" patch --yes bad.yaml
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
