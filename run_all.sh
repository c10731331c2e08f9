#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# From nothing to a report: installs what is missing, builds, looks at the
# machine, runs a config, reports. Each stage is one command, which is echoed.
set -euo pipefail

usage() {
	cat <<'END'
Usage: run_all.sh [CONFIG] [-o DIR] [--label LABEL] [--resume]

Set up, build, look at the machine, run CONFIG, report.

  CONFIG          the plan to run, a file or the name of one in configs/
                  (default: headline.conf)
  -o DIR          where results and report go
                  (default: results/<name of the config>-<date-time>)
  --label LABEL   what these results are called in comparisons
                  (default: the kernel's release)
  --resume        go on with the results.jsonl that is in DIR

Exit status: 0 done; 1 done, but a run failed or a witness was broken, or a
stage failed; 2 trouble or wrong usage; 130 interrupted.
END
}

for arg in "$@"; do
	if [[ $arg == -h || $arg == --help ]]; then
		usage
		exit 0
	fi
done

# shellcheck source=scripts/stages.sh
source "$(dirname "$(readlink -f "$0")")/scripts/stages.sh"

config='' dir='' label=() resume=()
while [[ $# -gt 0 ]]; do
	case $1 in
	-o | --output | --label)
		[[ $# -ge 2 && -n $2 ]] || refuse "$1 wants a value; see --help"
		if [[ $1 == --label ]]; then label=(--label "$2"); else dir=$2; fi
		shift
		;;
	--output=?*) dir=${1#*=} ;;
	--label=?*) label=(--label "${1#*=}") ;;
	--resume) resume=(--resume) ;;
	-*) refuse "no option '$1'; see --help" ;;
	*)
		[[ -z $config ]] || refuse "one CONFIG, not '$config' and '$1'"
		config=$1
		;;
	esac
	shift
done

# A path as the user meant it, as short as it is from the top of the tree.
from_here() {
	realpath -m --relative-base="$PWD" "$(cd "$cwd" && realpath -m -- "$1")"
}

if [[ -z $config ]]; then
	config=configs/headline.conf
elif [[ -e $cwd/$config || $config == /* ]]; then
	config=$(from_here "$config")
elif [[ -e configs/$config ]]; then
	config=configs/$config
fi
[[ -r $config ]] || refuse "cannot read the config '$config'; there are: $(echo configs/*.conf)"

if [[ -n $dir ]]; then
	dir=$(from_here "$dir")
else
	[[ ${#resume[@]} -eq 0 ]] || refuse "--resume takes -o DIR: what is to be gone on with?"
	dir=results/$(basename "$config" .conf)-$(date +%Y%m%d-%H%M%S)
fi
results=$dir/results.jsonl
if [[ ${#resume[@]} -eq 0 && -e $results ]]; then
	refuse "there is a $results already: go on with it by --resume, or name another -o DIR"
fi
if [[ ${#resume[@]} -ne 0 && ! -e $results ]]; then
	refuse "there is no $results to go on with: leave --resume out"
fi

again=$(printf '%q ' ./run_all.sh "$config" -o "$dir" "${label[@]}")
build='the first error above tells; if the tree was moved or copied: rm -r build, and start again'

run "set up" "see above, then start again" scripts/setup.sh
run "configure" "$build" cmake --preset bench
run "build" "$build" cmake --build --preset bench
run "doctor" "see above" build/bin/faultline doctor
run "output directory" "name another one with -o DIR" mkdir -p "$dir"

status=0
try "run" "go on later with: $again--resume" \
	build/bin/faultline run "$config" -o "$results" "${label[@]}" "${resume[@]}" || status=$?
if [[ $status -gt 1 ]]; then
	[[ -e $results ]] || advice="the line above says why"
	failed "$status"
fi

run "report" "the results are whole, in $results" \
	build/bin/faultstat report "$results" -o "$dir"
run "show" "the results are whole, in $results" \
	build/bin/faultstat show "$results"

if [[ $status -ne 0 ]]; then
	echo "$program: some runs failed or a witness was broken: the report says which"
fi
done_with "results in $dir (headline table above)"
exit "$status"
