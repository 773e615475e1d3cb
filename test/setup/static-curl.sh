#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds a static libcurl that speaks HTTPS and HTTP/2 and little else, from Debian's own source
# package, and puts it at OUT. Built once: the cache keeps it by version and recipe.
#
#   static-curl.sh OUT        e.g. build/dist/libcurl.a
#
#   ATREST_CACHE    the cache (default $XDG_CACHE_HOME/atrest or ~/.cache/atrest)
#   exit 77         no apt-get, no source list, or no way to it: the last line says which
#   exit 1          everything else, above all a signature that apt refuses
#
# The version is that of the headers installed, or the newest that there is if that one is gone.
# apt works in a folder of its own: the machine's lists and sources stay as they are.
set -eu
export LC_ALL=C

[ $# = 1 ] || { echo "usage: static-curl.sh OUT" >&2; exit 2; }
out=$1
self=$0
cache=${ATREST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/atrest}
cc=${CC:-gcc}
name=static-curl

cannot() {
	echo "$name: $*" >&2
	exit 77
}
fail() {
	echo "$name: $*" >&2
	exit 1
}

put() { # the cached library to OUT
	mkdir -p "$(dirname "$out")"
	cp "$1/libcurl.a" "$out.new"
	mv "$out.new" "$out"
	exit 0
}

for command in apt-get apt-cache dpkg-query dpkg-source; do
	command -v $command >/dev/null || cannot "there is no $command here, and so no Debian source package"
done
headers=$(dpkg-query -W -f '${source:Version}' libcurl4-openssl-dev 2>/dev/null) ||
	fail "libcurl4-openssl-dev is missing: 'test/setup/install.sh build dist' installs it"
hash=$({
	cat "$self"
	dpkg-query -W -f '${Package} ${Version}\n' libssl-dev libnghttp2-dev
	$cc --version
} | sha256sum | cut -c 1-16)
kept=$cache/$name-$headers-$hash
[ ! -f "$kept/libcurl.a" ] || put "$kept"

work=$(mktemp -d)
trap 'rm -rf "$work" "${stage:-$work}"' EXIT
trap 'exit 1' HUP INT TERM
# apt fetches as a user of its own, which must get in.
chmod 755 "$work"
log=$work/log

# --- apt, in a folder of its own -----------------------------------------------------------

# The machine's entries, as entries for sources; only those that offer the headers, if apt knows
# which they are. An entry's word that its signature need not be checked is left out.
uris=$(apt-cache policy libcurl4-openssl-dev | sed -n 's/^ *[0-9-]* \([a-z+]*:[^ ]*\) .*/\1/p' | sed 's|/$||' | sort -u)
wanted='function wanted(text,  word, n, i) {
	n = split(text, word)
	for (i = 1; i <= n; i++) {
		sub(/\/$/, "", word[i])
		if (index("\n" uris "\n", "\n" word[i] "\n"))
			return 1
	}
	return !uris
}'
one_line() {
	awk -v uris="$1" "$wanted"'
	/^[ \t]*deb(-src)?[ \t]/ && wanted($0) {
		sub(/^[ \t]*deb(-src)?/, "deb-src")
		gsub(/(trusted|allow-insecure|allow-weak|allow-downgrade-to-insecure)=[^] \t]*/, "")
		sub(/\[[ \t]*\]/, "")
		print
	}' "$2"
}
stanzas() {
	awk -v uris="$1" -v RS= -v ORS='\n\n' "$wanted"'
	wanted($0) {
		n = split($0, line, "\n")
		text = ""
		for (i = 1; i <= n; i++) {
			if (tolower(line[i]) ~ /^(trusted|allow-insecure|allow-weak|allow-downgrade-to-insecure):/)
				continue
			if (tolower(line[i]) ~ /^types:/)
				line[i] = "Types: deb-src"
			text = text line[i] "\n"
		}
		print text
	}' "$2"
}
sources() { # what it writes: $work/etc/*.list and *.sources; $1: the addresses wanted
	mkdir -p "$work/etc"
	eval "$(apt-config shell main Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
	# shellcheck disable=SC2154 # set by apt-config
	for file in "$main" "${parts%/}"/*.list "${parts%/}"/*.sources; do
		[ -f "$file" ] || continue
		case $file in
		*.sources) stanzas "$1" "$file" >"$work/etc/$(basename "$file")" ;;
		*) one_line "$1" "$file" >"$work/etc/$(basename "$file" .list).list" ;;
		esac
	done
	find "$work/etc" -type f -size -1c -delete
	[ -n "$(ls "$work/etc")" ]
}
sources "$uris" || sources '' || cannot "the machine has no source list for apt"

mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/download"
cat >"$work/apt.conf" <<END
Dir::State "$work/state";
Dir::Cache "$work/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$work/etc";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
Acquire::Languages "none";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
#clear APT::Update;
END
if [ "$(id -u)" = 0 ] && id _apt >/dev/null 2>&1; then
	chown _apt "$work/download"
fi

refused='not signed|NO_PUBKEY|BADSIG|EXPSIG|EXPKEYSIG|REVKEYSIG|GPG error|couldn.t be verified|signature'
refused="$refused|Hash Sum mismatch|unexpected size|cannot be authenticated|Clearsigned file"
apt() {
	apt-get -q -y -c "$work/apt.conf" "$@" >"$log" 2>&1 </dev/null
}
check_refused() {
	if grep -qE "$refused" "$log"; then
		cat "$log" >&2
		fail "apt refuses what it was given: nothing of it is used"
	fi
}
reason() { # apt's own, on one line
	grep -E '^(E|W|Err)' "$log" | head -n 1 | cut -c 1-200
}
updated=true
apt update || updated=false
check_refused
grep -qE '^(E|W): Failed to fetch' "$log" && updated=false
why=$(reason)
versions=$(apt-cache -c "$work/apt.conf" showsrc --only-source curl 2>/dev/null | sed -n 's/^Version: //p')
if [ -z "$versions" ]; then
	$updated || cannot "the source list cannot be had: $why"
	fail "no source package curl in the machine's source list"
fi
version=$headers
if ! printf '%s\n' "$versions" | grep -qxF "$version"; then
	version=0
	for one in $versions; do
		! dpkg --compare-versions "$one" gt "$version" || version=$one
	done
	echo "note: the headers are of curl $headers; only $version is to be had as a source" >&2
	kept=$cache/$name-$version-$hash
	[ ! -f "$kept/libcurl.a" ] || put "$kept"
fi
if ! (cd "$work/download" && apt source --download-only "curl=$version"); then
	check_refused
	cannot "the source of curl $version cannot be had: $(reason)"
fi
check_refused

# --- the build -----------------------------------------------------------------------------

run() { # output only when it fails
	"$@" >"$log" 2>&1 </dev/null || { tail -n 60 "$log" >&2; fail "'$1' failed for curl $version"; }
}
run dpkg-source --no-copy -x "$work"/download/*.dsc "$work/curl"
cd "$work/curl"
[ -x configure ] || fail "curl $version has no configure"

# The patches touch what the autotools' files are made from, but no list of files.
find . -name aclocal.m4 -exec touch {} +
find . -name Makefile.in -exec touch {} +
find . -name curl_config.h.in -exec touch {} +
touch configure

harden='-fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2'
case $($cc -dumpmachine) in
x86_64*) harden="$harden -fcf-protection=full" ;;
aarch64*) harden="$harden -mbranch-protection=standard" ;;
esac
# What atrest sets or asks for stays: proxies and netrc (so that they can be switched off), error
# texts, names looked up in a thread (so that a time limit holds for them too), unix sockets, IPv6.
off='ftp file ldap ldaps rtsp dict telnet tftp pop3 imap smb smtp gopher mqtt websockets ipfs
	ares alt-svc hsts cookies doh mime form-api manual libcurl-option headers-api
	crypto-auth basic-auth bearer-auth digest-auth kerberos-auth negotiate-auth aws
	ntlm ntlm-wb tls-srp sspi progress-meter openssl-auto-load-config docs ca-search
	shared dependency-tracking maintainer-mode debug curldebug werror'
without='zlib brotli zstd libpsl librtmp libssh2 libssh wolfssh libidn2 libgsasl gssapi ldap-lib
	gnutls mbedtls wolfssl bearssl rustls nss nghttp3 ngtcp2 quiche msh3 hyper
	ca-bundle ca-path ca-fallback zsh-functions-dir fish-functions-dir'
set --
for word in $off; do set -- "$@" "--disable-$word"; done
for word in $without; do set -- "$@" "--without-$word"; done
run ./configure "$@" --with-openssl --with-nghttp2 --enable-static --enable-http --enable-ipv6 \
	--enable-threaded-resolver --enable-unix-sockets --enable-symbol-hiding --prefix=/usr \
	CC="$cc" CPPFLAGS= LDFLAGS= \
	CFLAGS="-O2 -fPIE -fvisibility=hidden -ffunction-sections -fdata-sections -ffile-prefix-map=$work/curl=curl $harden"
run make -C lib -j"$(nproc)"
[ -f lib/.libs/libcurl.a ] || fail "curl $version built no libcurl.a"

mkdir -p "$cache"
stage=$(mktemp -d "$cache/.$name-XXXXXX")
cp lib/.libs/libcurl.a "$stage/"
strip --strip-debug "$stage/libcurl.a"
chmod 755 "$stage"
# Someone else may have been faster: theirs is as good.
mv -T "$stage" "$kept" 2>/dev/null || [ -f "$kept/libcurl.a" ] || fail "cannot write to $cache"
cd - >/dev/null
put "$kept"
