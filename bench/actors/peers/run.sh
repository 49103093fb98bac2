#!/bin/sh
# Runs one benchmark of the actor table in Erlang and in CAF, building both as needed:
#   bench/actors/peers/run.sh NAME N
# Prints "erlang <name> <value>" and "caf <name> <value>" lines. README.md lists names and units.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=$here/../../../build/bench/peers

say() { echo "run.sh: $*" >&2; }

usage() {
  say "$1"
  say "usage: bench/actors/peers/run.sh NAME N"
  say "NAME: ping_pong call many_to_one ring spawn_exit idle_bytes crash_restart" \
    "cross_one_way cross_round_trip"
  exit 2
}

[ $# -eq 2 ] || usage "two arguments are needed, got $#"
name=$1
count=$2
case $name in
  ping_pong | call | many_to_one | ring | spawn_exit | idle_bytes | crash_restart) schedulers=1 ;;
  cross_one_way | cross_round_trip) schedulers=2 ;;
  *) usage "unknown benchmark: $name" ;;
esac
case $count in
  '' | 0* | *[!0-9]*) usage "N must be a positive whole number, not '$count'" ;;
esac
[ "${#count}" -le 10 ] || usage "N must be below 10,000,000,000, not $count"

# Usage: print_results PEER < lines of "name value unit"
print_results() { awk -v peer="$1" '{ print peer, $1, $2 }'; }

# Usage: is_current BUILT SOURCE
is_current() { [ -f "$1" ] && [ -z "$(find "$2" -newer "$1")" ]; }

run_erlang() {
  if ! command -v erl >/dev/null || ! command -v erlc >/dev/null; then
    say "skipped erlang: erl not found (package erlang-base)"
    return
  fi
  is_current "$out/erlang_actors.beam" "$here/erlang_actors.erl" ||
    erlc -Werror -o "$out" "$here/erlang_actors.erl"
  # The default process limit of 262,144 is too low for many idle actors.
  results=$(erl -noshell +S "$schedulers:$schedulers" +P 4000000 -pa "$out" \
    -run erlang_actors main "$name" "$count")
  echo "$results" | print_results erlang
}

run_caf() {
  if ! is_current "$out/caf_actors" "$here/caf_actors.cpp"; then
    compiler=$(command -v clang++-19 || command -v g++ || true)
    if [ -z "$compiler" ]; then
      say "skipped caf: no C++ compiler found (package clang-19 or g++)"
      return
    fi
    if ! echo '#include <caf/all.hpp>' | "$compiler" -std=c++17 -E -x c++ - >/dev/null 2>&1; then
      say "skipped caf: its headers were not found (package libcaf-dev)"
      return
    fi
    "$compiler" -std=c++17 -O2 -Wall -Wextra "$here/caf_actors.cpp" -o "$out/caf_actors" \
      -lcaf_core -pthread
  fi
  results=$("$out/caf_actors" "$name" "$count")
  echo "$results" | print_results caf
}

mkdir -p "$out"
run_erlang
run_caf
