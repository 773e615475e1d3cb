#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make dist` gives one file that needs nothing but libc and passes every case; its libcurl speaks
# HTTPS and HTTP/2 and nothing else, passes every net test, and is never built from a source that apt
# could not verify.
#
# Exit 77: Debian's source package cannot be had here; the last line says why.
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
# apt-get's user reads the sources made here.
umask 022
passed=0 failed=0 skipped=0
ok() { # what, command…
	if "${@:2}" >"$work/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: failed"
		cat "$work/log"
	fi
}
same() { [ "$1" = "$2" ] || { printf 'expected:\n%s\ncame:\n%s\n' "$1" "$2"; return 1; }; }

test/setup/install.sh build dist test || exit 1
test/setup/static-curl.sh build/dist/libcurl.a || exit
make --no-print-directory dist build/dist/drive-net >"$work/made" || exit 1
sed -n 's/^build.*bytes/note: &/p' "$work/made"
bin=build/dist/atrest

# --- the file ------------------------------------------------------------------------------

only_libc() { # by its own word and by the loader's
	same '' "$(objdump -p $bin | awk '/NEEDED/ { print $2 }' | grep -vE '^(libc\.so|ld-linux)')" &&
		same '' "$(ldd $bin | grep -vE '^[[:space:]]*(linux-vdso|libc\.so|/.*/ld-linux)')"
}
hardened() {
	readelf -ldW $bin >"$work/elf"
	grep -q 'GNU_RELRO' "$work/elf" && grep -q 'Flags:.*NOW.*PIE' "$work/elf" &&
		grep -qE 'GNU_STACK .* RW +0x' "$work/elf"
}
no_paths() {
	strings -a $bin | grep -nF -e "$PWD" -e "${HOME%/}/" -e /root/ -e /tmp/ >"$work/paths"
	same '' "$(cat "$work/paths")"
}
patches() {
	$bin patch - <fixtures/kubeadm/1.34.4/file/plain.yaml >"$work/out" &&
		same "$(cat fixtures/kubeadm/1.34.4/file/patched.yaml)" "$(cat "$work/out")"
}
ok 'needs only libc' only_libc
ok 'hardened' hardened
ok 'no path of the build' no_paths
ok '--version' $bin --version
ok 'patch' patches

# --- its libcurl ---------------------------------------------------------------------------

cat >"$work/curl.c" <<'END'
#include <curl/curl.h>
#include <stdio.h>
int main(void)
{
	const curl_version_info_data *have = curl_version_info(CURLVERSION_NOW);

	for (const char *const *one = have->protocols; *one; one++)
		printf("%s ", *one);
#define SAY(bit) printf("%s", have->features & CURL_VERSION_##bit ? #bit " " : "")
	SAY(SSL), SAY(HTTP2), SAY(ASYNCHDNS), SAY(UNIX_SOCKETS), SAY(IPV6);
	SAY(HTTP3), SAY(LIBZ), SAY(BROTLI), SAY(ZSTD), SAY(IDN), SAY(PSL), SAY(NTLM), SAY(NTLM_WB);
	SAY(SPNEGO), SAY(GSSAPI), SAY(KERBEROS5), SAY(SSPI), SAY(ALTSVC), SAY(HSTS), SAY(TLSAUTH_SRP);
	SAY(DEBUG), SAY(CURLDEBUG), SAY(MULTI_SSL);
	return 0;
}
END
speaks() { # curl lists http wherever it has https: atrest admits https alone
	gcc -w -o "$work/curl" "$work/curl.c" build/dist/libcurl.a -l:libnghttp2.a -l:libssl.a \
		-l:libcrypto.a -ldl -pthread &&
		same 'http https SSL HTTP2 ASYNCHDNS UNIX_SOCKETS IPV6 ' "$("$work/curl")"
}
no_others() { # no library but OpenSSL, nghttp2 and libc is asked for anything
	same '' "$(nm -u build/dist/libcurl.a 2>/dev/null | awk '{ print $2 }' | sort -u |
		grep -E '^(inflate|Brotli|ZSTD_|ldap_|ber_|libssh|ssh_|RTMP_|idn2_|psl_|gss_|nghttp3|ngtcp2)')"
}
ok 'libcurl speaks HTTPS and HTTP/2 only' speaks
ok 'libcurl asks no other library' no_others

# --- sources that must not be used ---------------------------------------------------------

# What static-curl.sh says to a machine with other sources: $1 exit code, $2 a part of its last words.
with_sources() {
	mkdir -p "$work/etc"
	printf 'Dir::Etc::sourcelist "%s";\nDir::Etc::sourceparts "%s";\nDir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n' \
		"$work/none.list" "$work/etc" >"$work/apt.conf"
	APT_CONFIG=$work/apt.conf ATREST_CACHE=$work/cache test/setup/static-curl.sh "$work/lib.a" \
		>"$work/said" 2>&1
	local status=$?
	cat "$work/said"
	rm -rf "${work:?}/etc"
	same "$1" $status && tail -n 1 "$work/said" | grep -q "$2" && [ ! -e "$work/lib.a" ]
}
repository() { # an archive that offers a curl and signs nothing
	local dist=$work/repo/dists/s
	mkdir -p "$dist/main/source" "$work/etc"
	printf 'Package: curl\nVersion: 99\nDirectory: pool\nFormat: 3.0 (quilt)\nFiles:\n d41d8cd98f00b204e9800998ecf8427e 0 curl_99.dsc\n\n' \
		>"$dist/main/source/Sources"
	{
		printf 'Suite: s\nCodename: s\nComponents: main\nArchitectures: amd64\nDate: %s\nSHA256:\n' \
			"$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S UTC')"
		(cd "$dist" && printf ' %s %s main/source/Sources\n' \
			"$(sha256sum main/source/Sources | cut -d ' ' -f 1)" "$(stat -c %s main/source/Sources)")
	} >"$dist/Release"
}
unsigned_line() {
	repository
	echo "deb [ trusted=yes ] file:$work/repo s main" >"$work/etc/a.list"
	with_sources 1 'apt refuses'
}
unsigned_stanza() {
	repository
	printf 'Types: deb\nURIs: file:%s\nSuites: s\nComponents: main\nTrusted: yes\n' "$work/repo" \
		>"$work/etc/a.sources"
	with_sources 1 'apt refuses'
}
changed() { # Debian's own signature, over other words
	local dist=$work/repo/dists/s
	repository
	sed 's/^Suite: .*/Suite: s/; s/^Codename: .*/Codename: s/' "$signed" >"$dist/InRelease"
	echo "deb file:$work/repo s main" >"$work/etc/a.list"
	with_sources 1 'apt refuses'
}
away() { # nothing listens on port 9 (discard)
	mkdir -p "$work/etc"
	echo 'deb http://127.0.0.1:9/debian s main' >"$work/etc/a.list"
	with_sources 77 'cannot be had'
}
ok 'unsigned source, one-line entry' unsigned_line
ok 'unsigned source, stanza' unsigned_stanza
signed=$(find /var/lib/apt/lists -maxdepth 1 -name '*_InRelease' 2>/dev/null | head -n 1)
if [ -n "$signed" ]; then
	ok 'signature over other words' changed
else
	echo 'skip: signature over other words (apt has no signed list here)'
	skipped=$((skipped + 1))
fi
ok 'no way to the source' away
ok 'no source list' with_sources 77 'no source list'

# --- everything else that the plain build passes -------------------------------------------

add() { # command…: its own sum, or 77
	"$@" >"$work/part" 2>&1
	local status=$? p f s
	if [ $status = 77 ]; then
		echo "skip: $(tail -n 1 "$work/part")"
		skipped=$((skipped + 1))
	elif [[ $(tail -n 1 "$work/part") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
		p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]} s=${BASH_REMATCH[4]:-0}
		[ $status = 0 ] || [ "$f" != 0 ] || f=1
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
		if [ "$f" != 0 ]; then cat "$work/part"; else grep '^skip: ' "$work/part"; fi
	else
		failed=$((failed + 1))
		cat "$work/part"
	fi
}
add test/net/run.py --bin build/dist/drive-net
add test/cases/run.py --bin $bin

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
