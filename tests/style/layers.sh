#!/usr/bin/env bash
# The layers of doc/architecture.md, read off the #include lines:
#   base <- libc, jansson in record*.c and result.c
#   machine <- base; hwloc, libperf, libpfm4, libbpf, libfuse3 each in one place
#   scenarios, antagonists, locks <- "scenario.h" and nothing of ours besides
#   engine <- base, machine, catalog; no foreign header but inih in plan_file.c
#   analysis <- base; nothing of bench; inih in margins.c
# And: no file of more than 500 lines, no scenario of more than 150.
set -euo pipefail
cd "$1"
bad=0

complain() {
	printf '%s\n' "$@"
	bad=1
}

# only WHERE PATTERN FILES...: an include that matches PATTERN may stand in
# files that match WHERE alone.
only() {
	local where=$1 pattern=$2 hits
	shift 2
	hits=$(grep -nE "^#include [<\"]($pattern)" "$@" | grep -vE "^($where):" || true)
	[ -z "$hits" ] || complain "not there:" "$hits"
}

mapfile -t all < <(find base bench analysis tests -name '*.[ch]' | sort)
[ "${#all[@]}" -gt 40 ] || complain "no sources found in $1"

only 'base/(record|result)[a-z_]*\.[ch]|analysis/(formats/)?[a-z_]+\.[ch]|tests/.*' 'jansson' "${all[@]}"
only 'bench/machine/(topology|binding)[a-z_]*\.[ch]' 'hwloc' "${all[@]}"
only 'bench/machine/counter[a-z_]*\.[ch]' 'perf/|perfmon|internal/' "${all[@]}"
only 'bench/machine/census(\.bpf)?\.c' 'bpf/|linux/bpf|census\.skel' "${all[@]}"
only 'bench/machine/slowfs[a-z_]*\.[ch]' 'fuse|linux/fuse' "${all[@]}"
only 'bench/engine/plan_file\.c|analysis/margins\.c' 'ini\.h' "${all[@]}"
only 'nowhere' '\.\./' "${all[@]}"

hits=$(grep -nE '^#include "' bench/scenarios/*.c bench/antagonists/*.c bench/locks.c | grep -v '"scenario\.h"' || true)
[ -z "$hits" ] || complain "a scenario includes scenario.h only:" "$hits"

# A header of bench that analysis or base includes, unless it has one of that
# name itself.
while read -r header; do
	for folder in analysis analysis/formats base; do
		[ ! -f "${folder%/formats}/$header" ] || continue
		hits=$(grep -nF "#include \"$header\"" "$folder"/*.[ch] || true)
		[ -z "$hits" ] || complain "$folder knows nothing of bench:" "$hits"
	done
done < <(find bench -name '*.h' -printf '%f\n')

for file in "${all[@]}"; do
	lines=$(wc -l < "$file")
	limit=500
	case $file in
	bench/scenarios/*) limit=150 ;;
	tests/*) limit=900 ;;
	esac
	[ "$lines" -le "$limit" ] || complain "$file: $lines lines, more than $limit"
done

[ "$bad" = 0 ] && echo "layers: ${#all[@]} files, as they should be"
exit "$bad"
