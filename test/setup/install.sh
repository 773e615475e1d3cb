#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages of the groups named (build, test, ci) that are missing.
# Nothing missing: no output. Needs apt-get, and root or sudo.
set -eu

build='gcc libc6-dev make pkg-config libyaml-dev libcyaml-dev libsodium-dev libjansson-dev'
test='check python3 python3-yaml python3-yaml patch strace gdb clang libclang-rt-14-dev'
ci='clang-tidy clang-format valgrind gcovr universal-ctags man-db diffutils binutils shellcheck'

wanted=
for group in "$@"; do
	case $group in
	build) wanted="$wanted $build" ;;
	test) wanted="$wanted $test" ;;
	ci) wanted="$wanted $ci" ;;
	*) echo "usage: install.sh build|test|ci…" >&2; exit 2 ;;
	esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "install.sh: no apt-get here; what is needed, by its Debian name:$wanted" >&2
	exit 0
fi

# shellcheck disable=SC2086 # a list of words
have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null || true)
missing=
for package in $wanted; do
	case "
$have
" in
	*"
$package installed
"*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "install.sh: missing, and neither root nor sudo to install it:$missing" >&2
		exit 1
	}
	sudo=sudo
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >"$log" 2>&1 </dev/null
}
echo "installing with apt-get:$missing"
# shellcheck disable=SC2086
if ! apt install --no-install-recommends $missing; then
	# No package lists yet, or old ones.
	apt update || { cat "$log" >&2; exit 1; }
	apt install --no-install-recommends $missing || { cat "$log" >&2; exit 1; }
fi
