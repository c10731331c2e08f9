#!/usr/bin/env bash
# What is timed, read off the machine code: the timed loop calls the touch and
# nothing else, the user-mode touches call nothing at all.
set -euo pipefail
program=$1
bad=0

disassemble() {
	objdump -d --no-show-raw-insn --disassemble="$1" "$program" | grep -E '^ +[0-9a-f]+:' || true
}

loop=$(disassemble touch_timed_counter)
[ -n "$loop" ] || { echo "touch_timed_counter is not in $program"; exit 1; }
case $(uname -m) in
x86_64) direct='\bcall +[0-9a-f]' indirect='\bcall +\*' stamp='\brdtscp?\b' ;;
aarch64) direct='\bbl\b' indirect='\bblr\b' stamp='cntvct_el0' ;;
*) echo "skipped: no pattern for this architecture"; exit 77 ;;
esac

if grep -E "$direct" <<< "$loop"; then
	echo "the timed loop calls something besides the touch"
	bad=1
fi
[ "$(grep -cE "$indirect" <<< "$loop")" = 1 ] || { echo "the timed loop does not call the touch exactly once"; bad=1; }
[ "$(grep -cE "$stamp" <<< "$loop")" = 2 ] || { echo "the timed loop does not hold exactly two stamps"; bad=1; }

for touch in touch_user_read touch_user_write; do
	code=$(disassemble "$touch")
	[ -n "$code" ] || { echo "$touch is not in $program"; bad=1; }
	if grep -E "$direct|$indirect" <<< "$code"; then
		echo "$touch calls something"
		bad=1
	fi
	[ "$(wc -l <<< "$code")" -le 4 ] || { echo "$touch is more than an access and a return"; bad=1; }
done
# Nothing is looked up, and its address stored, when it is first called.
readelf --dynamic "$program" | grep -qE 'BIND_NOW|Flags:.*NOW' || { echo "functions of libraries are bound at their first call"; bad=1; }
[ "$bad" = 0 ] && echo "hot path: one touch, two stamps, no other call"
exit "$bad"
