#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What faultstat prints about the stored result files, against what is stored
# here; and that it keeps to its width and sends nothing to a terminal but text.
#
#     check.sh FAULTSTAT            compare
#     check.sh FAULTSTAT --update   store anew; then read the diff
set -euo pipefail
faultstat=$(realpath "$1")
update=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/../data"
bad=0
cases=0

complain() {
	printf '%s\n' "$@" >&2
	bad=1
}

# Lines of at most $2 characters, and no control character but the newline.
check_text() {
	if LC_ALL=C.UTF-8 grep -nE "^.{$(($2 + 1)),}\$" "$1" >&2; then
		complain "$1: lines of more than $2 columns"
	fi
	if LC_ALL=C tr -d '\n' < "$1" | LC_ALL=C grep -qa '[[:cntrl:]]'; then
		complain "$1: control characters"
	fi
}

# want NAME STATUS WIDTH ARGS...: standard output and error and exit status
want() {
	local name=$1 status=$2 width=$3 got=0 out=$work/$1.txt
	shift 3
	cases=$((cases + 1))
	"$faultstat" "$@" > "$out" 2> "$work/err" || got=$?
	check_text "$out" "$width"
	if [ -s "$work/err" ]; then
		printf '%s\n' "--- standard error:" >> "$out"
		cat "$work/err" >> "$out"
		check_text "$work/err" 1000
	fi
	[ "$got" = "$status" ] || complain "$name: exit status $got, not $status"
	if [ "$update" = --update ]; then
		cp "$out" "$here/$name.txt"
	elif ! diff -u "$here/$name.txt" "$out" >&2; then
		complain "$name: faultstat $* prints something else"
	fi
}

plain=handmade.jsonl
odd=handmade-odd.jsonl
for what in convoy hold-or-drop policies ragged; do
	./make_roles.py $what > "$work/$what.jsonl"
done

want show 0 100 show $plain
want show-mail 0 72 show --mail $plain
want show-metric 0 100 show --scenario 'memfd' --metric max_ns,antagonist.ops_per_s,counter.cycles:k $plain
want show-odd 0 100 show $odd
want show-odd-mail 0 72 show --mail $odd
want show-two 0 100 show one=$plain two=$odd
want compare-lock 0 100 compare --by lock $plain
want compare-lock-mail 0 72 compare --by lock --mail $plain
want compare-scenario 0 100 compare --by scenario=memfd,memfd-secret $plain
want compare-antagonist 0 100 compare --by antagonist=none,mprotect --margin 5 $plain
want compare-batch-odd 0 100 compare --by batch $odd
want compare-files 0 100 compare old=$plain new=$plain
want compare-files-mail 0 72 compare --mail old=$plain new=$plain

want convoy 0 100 show "$work/convoy.jsonl"
want convoy-mail 0 72 show --mail --scenario fuse-read "$work/convoy.jsonl"
want policies 0 100 show "$work/policies.jsonl"
want compare-policy 0 100 compare --by policy=stock,hold "$work/policies.jsonl"
want hold-or-drop 0 100 show "$work/hold-or-drop.jsonl"
want hold-or-drop-mail 0 72 show --mail "$work/hold-or-drop.jsonl"
want ragged 0 100 show "$work/ragged.jsonl"

want no-arguments 2 100 show
want no-file 2 100 show not-there.jsonl
want no-results 2 100 show ../show/check.sh
want no-command 2 100 sohw $plain
want no-scenario 2 100 show --scenario memdf $plain
want no-metric 2 100 show --metric p9_ns $plain
want no-axis 2 100 compare --by lokc $plain
want no-text 2 100 compare --by lock=vma,mmpa $plain
want one-text 2 100 compare --by threads $plain
want one-label 2 100 compare $plain
want twice 2 100 show $plain ./$plain
want bad-margin 2 100 compare --by lock --margin much $plain

# JSON is JSON, and says the same.
for command in "show" "compare --by lock" "compare --by scenario"; do
	for file in $plain $odd "$work/ragged.jsonl"; do
		# shellcheck disable=SC2086
		"$faultstat" $command --json "$file" > "$work/json" 2> /dev/null || true
		[ ! -s "$work/json" ] || python3 -m json.tool "$work/json" > /dev/null ||
			complain "$command --json $file: no JSON"
	done
done
"$faultstat" show --json - < $plain > /dev/null || complain "standard input is not read"

# A label given to a file is that of its resumed sessions too.
last=$(grep '"type": *"run"' $plain | tail -1)
{
	cat $plain
	grep '"type": *"session"' $plain | sed 's/5e550001/5e550002/; s/"handmade"/"other"/'
	sed 's/5e550001/5e550002/; s/"block": *[0-9]*/"block": 99/' <<< "$last"
} > "$work/resumed.jsonl"
"$faultstat" compare base="$work/resumed.jsonl" new=$plain > "$work/out"
[ "$(grep -c 'label base' "$work/out")" = 2 ] ||
	complain "a resumed session has lost the label of its file" "$(grep label "$work/out")"

[ "$update" = --update ] || [ "$bad" = 1 ] || echo "$cases outputs, as they should be"
exit "$bad"
