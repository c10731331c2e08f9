#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs the packages that building faultline takes, those that are missing
# and no others. When none is missing it does nothing: no root, no network.
#
#   scripts/setup.sh           what build, run and report need
#   scripts/setup.sh --tests   and what the tests need
#   scripts/setup.sh --lab     and what lab/verify needs besides: kernels of our
#                              own, arm64, a module, machines that reboot
#
# Debian and Ubuntu: installs. Fedora and SUSE: prints the command. Without
# root: prints the command. Refuses to add package sources.
set -euo pipefail

usage="usage: scripts/setup.sh [--tests | --lab]"
tests=no
own=no
for arg in "$@"; do
	case $arg in
	--tests) tests=yes ;;
	--lab) tests=yes own=yes ;;
	-h | --help)
		echo "$usage"
		echo "Installs the packages that are missing: run as root."
		exit 0
		;;
	*)
		echo "setup: no option '$arg'; $usage" >&2
		exit 1
		;;
	esac
done

# How it is seen to be there     for    Debian, Ubuntu      Fedora                   SUSE
# opt: the suite builds without; see without() for what is then absent. lab: the
# same of the tests; own: the same of --lab. -: there is no such package.
table='
cmd:cmake                        build  cmake               cmake                    cmake
cmd:ninja                        build  ninja-build         ninja-build              ninja
cmd:gcc                          build  gcc                 gcc                      gcc
header:stdio.h                   build  libc6-dev           glibc-devel              glibc-devel
cmd:pkg-config                   build  pkg-config          pkgconf-pkg-config       pkg-config
module:hwloc                     build  libhwloc-dev        hwloc-devel              hwloc-devel
module:jansson                   build  libjansson-dev      jansson-devel            libjansson-devel
module:inih                      build  libinih-dev         inih-devel               inih-devel
cmd:make                         build  make                make                     make
cmd:xz                           build  xz-utils            xz                       xz
cmd:gnuplot                      build  gnuplot-nox         gnuplot                  gnuplot
font:DejaVuSans.ttf              build  fonts-dejavu-core   dejavu-sans-fonts        dejavu-fonts
header:perfmon/pfmlib.h          opt    libpfm4-dev         libpfm-devel             libpfm-devel
module:fuse3                     opt    libfuse3-dev        fuse3-devel              fuse3-devel
libperf                          opt    linux-source        libperf-devel            libperf-devel
module:libbpf                    opt    libbpf-dev          libbpf-devel             libbpf-devel
cmd:bpftool                      opt    bpftool             bpftool                  bpftool
cmd:clang                        opt    clang               clang                    clang
libfuzzer                        lab    libclang-rt-dev     clang                    clang
cmd:clang-format                 tests  clang-format        clang-tools-extra        clang
module:cmocka                    tests  libcmocka-dev       libcmocka-devel          libcmocka-devel
python:jsonschema                tests  python3-jsonschema  python3-jsonschema       python3-jsonschema
cmd:shellcheck                   tests  shellcheck          ShellCheck               ShellCheck
cmd:lstopo-no-graphics           tests  hwloc               hwloc                    hwloc
cmd:git                          tests  git                 git                      git
cmd:xmllint                      tests  libxml2-utils       libxml2                  libxml2-tools
cmd:qemu-system-x86_64           lab    qemu-system-x86     qemu-system-x86-core     qemu-x86
cmd:busybox                      lab    busybox-static      busybox                  busybox-static
cmd:mke2fs                       lab    e2fsprogs           e2fsprogs                e2fsprogs
cmd:cpio                         lab    cpio                cpio                     cpio
cmd:flex                         own    flex                flex                     flex
cmd:bison                        own    bison               bison                    bison
cmd:bc                           own    bc                  bc                       bc
cmd:patch                        own    patch               patch                    patch
cmd:pahole                       own    pahole              dwarves                  dwarves
header:gelf.h                    own    libelf-dev          elfutils-libelf-devel    libelf-devel
cmd:ccache                       own    ccache              ccache                   ccache
cmd:zstd                         own    zstd                zstd                     zstd
cmd:aarch64-linux-gnu-gcc        own    gcc-aarch64-linux-gnu  gcc-aarch64-linux-gnu  cross-aarch64-gcc14
file:/usr/aarch64-linux-gnu/include/stdio.h  own  libc6-dev-arm64-cross  -            -
cmd:qemu-system-aarch64          own    qemu-system-arm     qemu-system-aarch64-core  qemu-arm
cmd:kexec                        own    kexec-tools         kexec-tools              kexec-tools
cmd:debootstrap                  own    debootstrap         debootstrap              debootstrap
cmd:prove                        tests  perl                perl-Test-Harness        perl
cmd:cmark-gfm                    tests  cmark-gfm           cmark-gfm                cmark-gfm
'

present() {
	case $1 in
	cmd:*) PATH=$PATH:/usr/sbin:/sbin command -v "${1#cmd:}" ;;
	file:*) [[ -e ${1#file:} ]] ;;
	header:*) [[ -e /usr/include/${1#header:} ]] ;;
	module:*) pkg-config --exists "${1#module:}" ;;
	python:*) /usr/bin/python3 -c "import ${1#python:}" ;;
	font:*) find /usr/share/fonts -name "${1#font:}" -print -quit | grep -q . ;;
	libperf) pkg-config --exists libperf ||
		compgen -G '/usr/src/linux-source-*.tar.*' ;;
	libfuzzer) compgen -G "$(clang --print-runtime-dir)/libclang_rt.fuzzer*" ;;
	esac >/dev/null 2>&1
}

without() {
	case $1 in
	*fuse3*) echo "no slow files: the scenarios fuse-read and fuse-mkwrite are skipped" ;;
	qemu-system-x86* | qemu-x86 | busybox* | e2fsprogs) echo "no guests of other kernels: lab/faultlab and its tests" ;;
	flex | bison | bc | patch | pahole | dwarves | libelf* | elfutils*)
		echo "no kernels of our own: lab/faultlab build" ;;
	cpio) echo "one test of the lab is skipped" ;;
	ccache) echo "each kernel of our own is compiled as if it were the first" ;;
	zstd) echo "no kernels whose modules are packed with it" ;;
	*aarch64* | *arm64* | qemu-system-arm | qemu-arm) echo "nothing for arm64 in the lab" ;;
	kexec-tools | debootstrap) echo "no trial of machines that start another kernel by kexec" ;;
	libpfm*) echo "hardware events (cycles, TLB misses) cannot be counted" ;;
	libclang-rt*) echo "the fuzz targets are not fuzzed, only replayed" ;;
	libbpf* | bpftool | clang) echo "no census by BPF: the witness cannot tell why a fault was retried" ;;
	*) echo "no events can be counted: no witness, so locks and retries stay unproven" ;;
	esac
}

run() {
	echo "+ $*"
	"$@"
}

# shellcheck disable=SC1091
family=$(. /etc/os-release 2>/dev/null && echo " ${ID:-} ${ID_LIKE:-} ") || family=
case $family in
*" debian "* | *" ubuntu "*) column=debian ;;
*" fedora "* | *" rhel "*) column=fedora ;;
*suse*) column=suse ;;
*) column=unknown ;;
esac

needed=()
optional=()
while read -r how kind debian fedora suse; do
	[[ -n $how ]] || continue
	[[ $kind == tests || $kind == lab ]] && [[ $tests == no ]] && continue
	[[ $kind == own && $own == no ]] && continue
	present "$how" && continue
	case $column in
	fedora) package=$fedora ;;
	suse) package=$suse ;;
	*) package=$debian ;;
	esac
	[[ $package != - ]] || continue
	if [[ $kind == opt || $kind == lab || $kind == own ]]; then
		optional+=("$package")
	else
		needed+=("$package")
	fi
done <<<"$table"

if [[ ${#needed[@]} -eq 0 && ${#optional[@]} -eq 0 ]]; then
	echo "setup: nothing is missing"
	exit 0
fi

# What a person is to type, as root.
advise() {
	local sudo=""

	if [[ $EUID -ne 0 && $column != unknown ]] && command -v sudo >/dev/null; then
		sudo="sudo "
	fi
	echo "    $sudo$*"
}

case $column in
debian) install="apt-get install --yes --no-install-recommends" ;;
fedora) install="dnf install" ;;
suse) install="zypper install" ;;
*) install="(Debian's names; install what corresponds to)" ;;
esac
if [[ $column != debian || $EUID -ne 0 ]]; then
	for package in "${optional[@]}"; do
		echo "setup: $package is missing: $(without "$package")"
	done
	if [[ ${#needed[@]} -eq 0 ]]; then
		echo "setup: going on without; to have it:"
		advise "$install ${optional[*]}"
		exit 0
	fi
	echo "setup: missing: ${needed[*]}"
	echo "setup: run this as root, then start again:"
	advise "$install ${needed[*]}"
	[[ ${#optional[@]} -eq 0 ]] || advise "$install ${optional[*]}"
	if [[ $column == debian ]]; then
		echo "setup: or the same by this script:"
		advise "scripts/setup.sh${*:+ $*}"
	fi
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
updated=no
update() {
	[[ $updated == no ]] || return 0
	updated=yes
	run apt-get update ||
		echo "setup: apt-get update failed: going on with the package lists at hand"
}

has_candidate() {
	LC_ALL=C apt-cache policy "$1" | grep '^  Candidate: [^(]' >/dev/null
}

# The lists are fetched when they lack a package, and once more when they
# promised one that is no longer there.
install_packages() {
	local package

	for package in "$@"; do
		has_candidate "$package" || update
	done
	# shellcheck disable=SC2086
	run $install "$@" && return
	[[ $updated == no ]] || return
	update
	# shellcheck disable=SC2086
	run $install "$@"
}

if [[ ${#needed[@]} -gt 0 ]] && ! install_packages "${needed[@]}"; then
	echo "setup: FAILED to install: ${needed[*]}: is there a network, are the package sources right?"
	exit 1
fi
for package in "${optional[@]}"; do
	install_packages "$package" ||
		echo "setup: going on without $package: $(without "$package")"
done
echo "setup: done"
