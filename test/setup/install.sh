#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages of the groups named (build, test, ci, lab, dist) that are missing.
# Nothing missing: no output. Needs apt-get, and root or sudo.
set -eu

build='gcc libc6-dev make pkg-config libyaml-dev libcyaml-dev libsodium-dev libjansson-dev libcurl4-openssl-dev libssl-dev'
test='check python3 python3-yaml python3-h2 patch strace gdb openssl clang libclang-rt-14-dev'
ci='clang-tidy clang-format valgrind gcovr universal-ctags man-db diffutils binutils shellcheck'
lab='containerd runc iptables iproute2 util-linux mount procps gcc libc6-dev python3 strace'
dist='libcurl4-openssl-dev libssl-dev libnghttp2-dev dpkg-dev patch xz-utils binutils ca-certificates'

wanted=
for group in "$@"; do
	case $group in
	build) wanted="$wanted $build" ;;
	test) wanted="$wanted $test" ;;
	ci) wanted="$wanted $ci" ;;
	lab) wanted="$wanted $lab" ;;
	dist) wanted="$wanted $dist" ;;
	*) echo "usage: install.sh build|test|ci|lab|dist…" >&2; exit 2 ;;
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

log=$(mktemp) policy=
trap 'rm -f "$log"; [ -z "$policy" ] || $sudo rm -f "$policy"' EXIT

# The lab starts its own containerd; a package's must not run on this machine for it.
case " $missing " in
*" containerd "*)
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		policy=/usr/sbin/policy-rc.d
		printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
		$sudo chmod 755 "$policy"
	fi
	;;
esac
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
