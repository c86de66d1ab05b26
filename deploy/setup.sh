#!/bin/sh
# Brings a bare Debian 12 or Ubuntu 24.04 with python3 >= 3.11 to the point where ./run works.
#
#   deploy/setup.sh run|test     run: what the terminal needs; test: that and what only the tests need
#
# Three steps, each skipped when there is nothing to do: system packages (one apt-get install), the environment .venv,
# the packages of requirements.lock by hash. A stamp made of the lock and the package lists stands in .venv when all is
# done; while it matches, this script only compares it. No compiler and no network are needed then.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv="$here/.venv"
scope=${1:-run}
case $scope in
    run) lists="$here/deploy/apt-run.txt"; covered=run ;;
    test) lists="$here/deploy/apt-run.txt $here/deploy/apt-test.txt"; covered="run test" ;;
    *) echo "setup: run or test, not \"$scope\"" >&2; exit 2 ;;
esac

key=$(cat "$here/requirements.lock" "$here/deploy/setup.sh" "$here/deploy/apt-run.txt" "$here/deploy/apt-test.txt" |
    sha256sum | cut -d' ' -f1)
if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/.ready-$scope" 2>/dev/null)" = "$key" ]; then
    exit 0
fi

say() { printf '%s\n' "setup: $*" >&2; }
fail() { say "$*"; exit 1; }

mkdir -p "$venv"
log="$venv/setup.log"
if [ "${SETUP_LOCKED:-}" != 1 ] && command -v flock >/dev/null; then
    # Two starts at once: the second waits, then finds the stamp.
    SETUP_LOCKED=1 exec flock "$venv/.setup.lock" "$0" "$scope"
fi
: > "$log"
began=$(date +%s)

# progress TOTAL COMMAND...: runs the command, keeps its words in the log, shows one short line per package.
progress() {
    total=$1; shift
    { code=0; "$@" 2>&1 || code=$?; echo "exit-code $code"; } | tee -a "$log" | awk -v total="$total" '
        /^exit-code / { code = $2; next }
        /^Get:[0-9]+ / && ++fetched % 20 == 0 { printf "setup:   %3d of about %d fetched\n", fetched, total; fflush() }
        /^(Unpacking|Collecting) / && !($2 in seen) {
            seen[$2] = 1; done++
            name = $2; sub(/==.*/, "", name); sub(/:[a-z0-9]+$/, "", name)
            printf "setup:   %3d of about %d  %s\n", done, total, name
            fflush()
        }
        /^Installing collected packages/ { print "setup:   all fetched, now installing"; fflush() }
        END { exit code }' >&2
}
show_log() { tail -n 15 "$log" | sed 's/^/    /' >&2; }

# ------------------------------------------------------------------------------------------------ which python3
python=
for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "python3 between 3.11 and 3.13 is needed, and none was found"

# ------------------------------------------------------------------------------------------------ 1. system packages
# A list's first word is a package, or its names on different systems: new|old. The rest of the line says what for.
installed() { case "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null)" in ii*) return 0 ;; *) return 1 ;; esac; }
wanted=
# shellcheck disable=SC2086,SC2013
for names in $(sed -e 's/#.*//' -e 's/[[:space:]].*//' -e '/^$/d' $lists); do
    have=
    for name in $(echo "$names" | tr '|' ' '); do
        if installed "$name"; then have=1; break; fi
    done
    [ -n "$have" ] || wanted="$wanted $names"
done
if [ ! -x "$venv/bin/python" ] && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    wanted="$wanted python3-venv"
fi

if [ -n "$wanted" ]; then
    command -v apt-get >/dev/null || fail "these system packages are missing, and there is no apt-get:$wanted"
    root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            fail "as root, run:  apt-get install -y --no-install-recommends$wanted   (of a|b take the one your system has)"
        root="sudo env DEBIAN_FRONTEND=noninteractive"
    fi
    export DEBIAN_FRONTEND=noninteractive
    say "1/3 system packages: reading what this system offers"
    $root apt-get update -q >> "$log" 2>&1 || say "  the package lists could not be renewed; going on with those at hand"
    choice=
    for names in $wanted; do
        found=
        for name in $(echo "$names" | tr '|' ' '); do
            if apt-cache policy "$name" 2>/dev/null | grep -q 'Candidate: [0-9]'; then found=$name; break; fi
        done
        if [ -n "$found" ]; then choice="$choice $found"; else say "  not offered here, going on without: $names"; fi
    done
    if [ -n "$choice" ]; then
        # shellcheck disable=SC2086
        count=$(apt-get install -s --no-install-recommends $choice 2>/dev/null | grep -c '^Inst ' || true)
        say "1/3 system packages: $count to install (Qt's libraries, fonts, pinyin)"
        # shellcheck disable=SC2086
        progress "$count" $root apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 $choice ||
            { show_log; fail "apt-get install failed; the whole log is in .venv/setup.log"; }
    fi
else
    say "1/3 system packages: all there"
fi

# ------------------------------------------------------------------------------------------------ 2. environment
if "$venv/bin/python" -c 'import pip' 2>/dev/null; then
    say "2/3 environment .venv: there"
else
    say "2/3 environment .venv: making it with $("$python" --version)"
    "$python" -m venv "$venv" >> "$log" 2>&1 || { show_log; fail "the environment could not be made"; }
fi

# ------------------------------------------------------------------------------------------------ 3. packages by hash
count=$(grep -c '^[A-Za-z0-9].*==' "$here/requirements.lock")
say "3/3 packages: $count from requirements.lock, each checked by hash"
progress "$count" "$venv/bin/python" -m pip install --require-hashes --only-binary :all: --no-deps --no-input \
    --disable-pip-version-check --progress-bar off -r "$here/requirements.lock" ||
    { show_log; fail "the packages could not be installed; the whole log is in .venv/setup.log"; }

"$venv/bin/python" -c 'import PySide6.QtWidgets' 2>> "$log" || { show_log; fail "Qt does not start on this system"; }
# An installed terminal may not write into this tree: the catalogues of its texts are compiled now.
PYTHONUTF8=1 "$venv/bin/python" "$here/main.py" texts list >> "$log" 2>&1 || { show_log; fail "the texts cannot be read"; }
# Where the terminal's user may not write beside the program, every start would compile it anew.
(cd "$here" && "$venv/bin/python" -m kiosk.app.kept_code) >> "$log" 2>&1 || say "  the program was not compiled ahead"
for scope in $covered; do echo "$key" > "$venv/.ready-$scope"; done
say "ready after $(($(date +%s) - began)) s; the next start does none of this"
