# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the scripts here: where things are, and the ways to end.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/partrace/kernels
build=${PARTRACE_BUILD:-$(realpath "$here/../..")/build}
tools=$cache/tools

readonly FAIL=1 SKIP=77

fail() {
	echo "kernels: $*" >&2
	exit $FAIL
}

# What this machine cannot do is said, and is no pass.
skip() {
	echo "kernels: SKIP: $*" >&2
	exit $SKIP
}

# listed NAME: its line in list.txt, split by the caller.
listed() {
	awk -v name="$1" '$1 == name { print; found = 1 } END { exit !found }' "$here/list.txt"
}

# Before a program of the tools: it runs with the libraries that were unpacked with it.
with_tools=("$tools/lib64/ld-linux-x86-64.so.2" --library-path
	"$tools/lib/x86_64-linux-gnu:$tools/usr/lib/x86_64-linux-gnu")
