#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make install` puts what it should where it should, all of it works from there, `make uninstall`
# takes out exactly that; the man page in docs/ is the one that the program writes.
cd "$(dirname "$0")/../.." || exit 1
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
passed=0 failed=0
ok() { # what, command…
	if "${@:2}" >"$stage.log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: failed"
		cat "$stage.log"
	fi
	rm -f "$stage.log"
}
listed() { (cd "$stage" && find . -type f -o -type l | sort); }
wanted='./usr/bin/atrest
./usr/share/bash-completion/completions/atrest
./usr/share/man/man8/atrest.8
./usr/share/zsh/site-functions/_atrest'
same() { [ "$1" = "$2" ] || { printf 'expected:\n%s\ncame:\n%s\n' "$1" "$2"; return 1; }; }
man_page() {
	local warnings
	warnings=$(MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null)
	[ -z "$warnings" ] || { echo "$warnings"; return 1; }
	MANWIDTH=80 man -l "$1" | grep -q '^NAME'
}
complete_bash() {
	bash -c '. "$1"; COMP_WORDS=(atrest pat); COMP_CWORD=1; COMP_LINE="atrest pat"; COMP_POINT=10
		fn=$(complete -p atrest | sed "s/.*-F \([^ ]*\).*/\1/"); "$fn" atrest pat atrest
		[[ " ${COMPREPLY[*]} " == *" patch"* ]]' - "$1"
}

ok 'make install' make --no-print-directory install PREFIX=/usr DESTDIR="$stage"
ok 'files installed' same "$wanted" "$(listed)"
ok 'installed program' "$stage/usr/bin/atrest" --version
ok 'man page' man_page "$stage/usr/share/man/man8/atrest.8"
ok 'bash completion' complete_bash "$stage/usr/share/bash-completion/completions/atrest"
ok 'zsh completion' grep -q '^#compdef atrest' "$stage/usr/share/zsh/site-functions/_atrest"
ok 'docs/man/atrest.8 is up to date' \
	same "$(cat docs/man/atrest.8)" "$(build/release/atrest help --man)"
ok 'make uninstall' make --no-print-directory uninstall PREFIX=/usr DESTDIR="$stage"
ok 'nothing left' same '' "$(listed)"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
