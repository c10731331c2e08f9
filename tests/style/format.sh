#!/usr/bin/env bash
# clang-format and shellcheck find nothing to say.
set -euo pipefail
cd "$1"
bad=0
if command -v clang-format > /dev/null; then
	git ls-files -co --exclude-standard '*.c' '*.h' | xargs -r clang-format --dry-run -Werror || bad=1
else
	echo "clang-format is not installed: not checked"
fi
if command -v shellcheck > /dev/null; then
	git ls-files -co --exclude-standard | xargs -r grep -lIE '^#!.*\bbash\b' -- | xargs -r shellcheck || bad=1
else
	echo "shellcheck is not installed: not checked"
fi
exit "$bad"
