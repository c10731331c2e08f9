#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds libperf from a kernel source tarball of the distribution
# (/usr/src/linux-source-*.tar.*), once, and prints the directory that has
# include/, lib/libperf.a, lib/libapi.a and version.
#
#   build-libperf.sh DIR [TARBALL]
#
# The result is kept in ${XDG_CACHE_HOME:-~/.cache}/faultline, in a directory
# named after the tarball, or below DIR where that cannot be written. The
# build itself happens below /tmp: make in tools/ cannot stand spaces in a path.
# Takes about 10 s, most of it to unpack. CMake calls this (FindLibperf.cmake).
#
# For another machine than this one: CROSS=aarch64-linux-gnu- in the environment,
# the prefix of its compiler, and SYSROOT, where its C library is.
set -euo pipefail

fail() {
	echo "build-libperf: $*" >&2
	exit 1
}

[[ $# -ge 1 ]] || fail "usage: build-libperf.sh DIR [TARBALL]"
fallback=$1
tarball=${2:-}
if [[ -z $tarball ]]; then
	tarball=$(find -L /usr/src -maxdepth 2 -name 'linux-source-*.tar.*' |
		sort -V | tail -n 1)
fi
[[ -n $tarball ]] || fail "no /usr/src/linux-source-*.tar.*: install linux-source, then configure again"
[[ -r $tarball ]] || fail "cannot read $tarball"
tarball=$(readlink -f "$tarball")

name=$(basename "$tarball")
name=${name%.tar.*}
machine=$(uname -m)
cross=()
if [[ -n ${CROSS:-} ]]; then
	machine=${CROSS%%-*}
	# The kernel's name of it, where that is another.
	cross=("CROSS_COMPILE=$CROSS" "ARCH=${machine/aarch64/arm64}")
fi
key=libperf-$name-$(stat -c '%s-%Y' "$tarball")-$machine

cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
for top in ${cache:+"$cache/faultline"} "$fallback"; do
	if [[ -r $top/$key/version ]]; then
		echo "$top/$key"
		exit 0
	fi
done
top=$fallback
if [[ -n $cache ]] && mkdir -p "$cache/faultline" 2>/dev/null &&
	[[ -w $cache/faultline ]]; then
	top=$cache/faultline
fi
mkdir -p "$top"

tmp=$(TMPDIR=/tmp mktemp -d /tmp/libperf.XXXXXX)
trap 'rm -rf "$tmp"' EXIT
log=$tmp/log

tar -xf "$tarball" -C "$tmp" --strip-components=1 \
	--wildcards --no-wildcards-match-slash \
	'*/Makefile' '*/tools/lib/*.c' \
	'*/tools/'{lib/perf,lib/api,include,arch,build,scripts} \
	>"$log" 2>&1 || fail "cannot unpack $tarball: $(head -n 1 "$log")"
version=$(awk -F ' *= *' '
	$1 == "VERSION" { v = $2 }
	$1 == "PATCHLEVEL" { p = $2 }
	$1 == "SUBLEVEL" { print v "." p "." $2; exit }' "$tmp/Makefile")

# Nothing of a surrounding make or of the user's flags: tools/ is touchy. And
# a newer compiler's warnings are no errors.
for step in libs install_headers; do
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u CFLAGS -u CPPFLAGS \
		-u LDFLAGS -u CC -u V -u O -u ARCH -u CROSS_COMPILE \
		make -C "$tmp/tools/lib/perf" -j "$(nproc)" prefix=/ \
		DESTDIR="$tmp/out" WERROR=0 ${cross[@]+"${cross[@]}"} \
		EXTRA_CFLAGS="-Wno-error${SYSROOT:+ --sysroot=$SYSROOT}" \
		"$step" >>"$log" 2>&1 ||
		fail "make $step failed: $(grep -E 'error|Error' "$log" |
			head -n 1)"
done

# Into place in one step, so that two builds at a time do not meet.
new=$(mktemp -d "$top/.new.XXXXXX")
mkdir "$new/lib"
cp -r "$tmp/out/include" "$new/"
find "$tmp/tools/lib" \( -name libperf.a -o -name libapi.a \) \
	-exec cp -t "$new/lib" {} +
echo "$version (built from $name)" >"$new/version"
chmod -R u=rwX,go=rX "$new"
mv -T "$new" "$top/$key" 2>/dev/null || rm -rf "$new"
[[ -r $top/$key/version ]] || fail "cannot write $top/$key"
echo "$top/$key"
