#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every test: in the build that measures, then those that do not measure once
# more under ASan and UBSan; last, each fuzz target on a thousand inputs. Each stage
# is one command, which is echoed.
set -euo pipefail

if [[ $# -gt 0 ]]; then
	echo "Usage: run_tests.sh"
	echo "Sets up, builds and runs every test. Exit status 0: all passed."
	[[ $1 == -h || $1 == --help ]] && exit 0
	exit 2
fi

# shellcheck source=scripts/stages.sh
source "$(dirname "$(readlink -f "$0")")/scripts/stages.sh"

# Why tests were skipped, which ctest keeps to itself: each reason once.
print_skipped() { # BUILD-DIR
	sed -n -e 's/^skipped: //p' -e 's/^ok .* # SKIP //p' \
		"$1/Testing/Temporary/LastTest.log" | sort | uniq -c |
		sed 's/^ *\([0-9]*\) /skipped (\1): /'
}

# ctest, and its closing line in $closing.
closing=''
run_ctest() { # NAME ADVICE BUILD-DIR COMMAND...
	local name=$1 advice=$2 folder=$3 log nr status=0
	shift 3

	log=$(mktemp)
	try "$name" "$advice" "$@" > >(tee "$log") 2>&1 || status=$?
	wait "$!" 2>/dev/null || true
	closing=$(grep 'tests passed,' "$log" || true)
	nr=$(grep -c '\*\*\*Skipped' "$log" || true)
	[[ $nr -eq 0 ]] || closing+=", $nr of them skipped"
	rm -f "$log"
	print_skipped "$folder"
	[[ $status -eq 0 ]] || failed "$status"
}

build='the first error above tells; if the tree was moved or copied: rm -r build build-dev, and start again'

run "set up" "see above, then start again" scripts/setup.sh --tests
run "configure" "$build" cmake --preset ci
run "build" "$build" cmake --build --preset ci
run_ctest "tests" "one test alone: ctest --preset ci -R NAME" build \
	ctest --preset ci --no-tests=error
all=$closing

run "configure with sanitizers" "$build" cmake --preset dev
run "build with sanitizers" "$build" cmake --build --preset dev
run_ctest "tests with sanitizers" "one test alone: ctest --preset dev -R NAME" build-dev \
	ctest --preset dev --no-tests=error -L nomeasure

sanitized=$closing

# clang comes without what a libFuzzer links: libclang-rt-14-dev and its like.
can_fuzz() {
	echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
		clang -fsanitize=fuzzer,address -x c - -o build/can-fuzz 2>/dev/null
}

closing='skipped: clang or its libFuzzer (libclang-rt-dev) is missing'
if can_fuzz; then
	run "configure the fuzz targets" "$build" cmake --preset fuzz
	run "build the fuzz targets" "$build" cmake --build --preset fuzz
	run_ctest "fuzz" "the input is in build-fuzz/tests/fuzz/NAME-crash-*; HACKING.md says what to do with it" \
		build-fuzz ctest --preset fuzz --no-tests=error
fi

echo "ci:   $all"
echo "dev:  $sanitized"
echo "fuzz: $closing"
done_with "no test failed, with and without sanitizers"
