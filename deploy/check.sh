#!/bin/sh
# Every check as one verdict: format, lint, types, import contracts, tests. All of them run; one failure fails the whole.
#   deploy/check.sh [--static] [pytest options]      --static leaves the tests out
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$here" || exit 70
python="$here/.venv/bin/python"
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
static=
if [ "${1-}" = --static ]; then static=1; shift; fi
failed=

step() {
    name=$1; shift
    printf '\n== %s\n' "$name"
    "$@" || failed="$failed $name"
}

step format "$python" -m ruff format --check .
step lint "$python" -m ruff check .
step types "$python" -m mypy
step imports "$python" -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
[ -n "$static" ] || step tests "$python" -m pytest -n 4 --dist loadfile --no-loadscope-reorder "$@"

if [ -n "$failed" ]; then
    printf '\ncheck: failed:%s\n' "$failed"
    exit 1
fi
printf '\ncheck: all well\n'
