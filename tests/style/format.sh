#!/usr/bin/env bash
# clang-format and shellcheck find nothing to say.
set -euo pipefail
cd "$1"
bad=0
if command -v clang-format > /dev/null; then
	find base bench analysis tests -name '*.[ch]' -print0 | xargs -0r clang-format --dry-run -Werror || bad=1
else
	echo "clang-format is not installed: not checked"
fi
if command -v shellcheck > /dev/null; then
	shellcheck lab/init lab/bisect-step || bad=1
	find . -path './build*' -prune -o -path ./.git -prune -o -type f -print0 | xargs -0r grep -lIZE '^#!.*\bbash\b' -- | xargs -0r shellcheck || bad=1
else
	echo "shellcheck is not installed: not checked"
fi
exit "$bad"
