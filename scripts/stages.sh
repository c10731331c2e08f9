# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced by run_all.sh and run_tests.sh: stages that are commands a person
# could type, echoed, and one closing line whatever happens. Sets cwd (where
# the user stands) and program, and changes to the top of the tree.
set -euo pipefail

program=$(basename "$0" .sh)
cwd=$PWD
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

bold='' red='' green='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
	bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
fi

stage='' advice=''

failed() { # status
	echo "${red}$program: FAILED at stage: $stage; ${advice:-the lines above say why}$plain"
	exit "$1"
}

refuse() { # words
	echo "$program: $*" >&2
	exit 2
}

done_with() { # words
	echo "$green$program: done: $*$plain"
}

echo_command() {
	local text

	printf -v text '%q ' "$@"
	echo "$bold+ ${text% }$plain"
}

# try NAME ADVICE COMMAND...: its status; the script goes on.
try() {
	if [[ -z $stage && $PWD != "$cwd" ]]; then
		echo_command cd "$PWD" # where the commands are to be typed
	fi
	stage=$1 advice=$2
	shift 2
	echo_command "$@"
	"$@"
}

# run NAME ADVICE COMMAND...: when the command fails, so does the script, and
# the advice says what to do.
run() {
	local status=0

	try "$@" || status=$?
	[[ $status -eq 0 ]] || failed "$status"
}

trap 'echo; advice="interrupted; $advice"; failed 130' INT TERM
