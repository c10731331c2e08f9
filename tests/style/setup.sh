#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# setup.sh SOURCE-DIR
#
# The table of scripts/setup.sh: each row is whole, says in a known way how the
# package is seen to be there, and who goes on without a package is told what
# that costs.
set -euo pipefail

script=$1/scripts/setup.sh
failed=0
wrong() {
	echo "scripts/setup.sh: $*"
	failed=1
}

table=$(sed -n "/^table='/,/^'/p" "$script" | sed '1d;$d')
# shellcheck disable=SC1090
source <(sed -n '/^without() {/,/^}/p' "$script")
unknown=$(without no-such-package)

nr=0
while read -r how kind debian fedora suse more; do
	nr=$((nr + 1))
	[[ -n $suse && -z $more ]] || wrong "$how: a row has five columns"
	[[ $how =~ ^(cmd|header|module|python|font|file):. || $how =~ ^lib(perf|fuzzer)$ ]] ||
		wrong "$how: no such way to see a package"
	case $kind in
	build | tests) continue ;;
	opt | lab | own) ;;
	*) wrong "$how: $kind is none of build, opt, tests, lab, own" ;;
	esac
	[[ $how == libperf ]] && continue
	for package in "$debian" "$fedora" "$suse"; do
		[[ $package == - || $(without "$package") != "$unknown" ]] ||
			wrong "$package: without() does not know what it is for"
	done
done <<<"$table"
[[ $nr -gt 30 ]] || wrong "$nr rows only"

# Options.
[[ $("$script" --help) == *--lab* ]] || wrong "--help does not name --lab"
if "$script" --no-such-option 2>/dev/null; then
	wrong "an unknown option is taken"
fi
exit "$failed"
