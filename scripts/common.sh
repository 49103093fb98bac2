# Shared by ./dev and the scripts. Source it with the project's root as working directory.

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# Makes of a program what is shipped: no debugging information, but the names of functions, by which
# the stack of a crash is read. Those of data are a third of all names, and of no use.
strip_program() {
  local program=$1 names
  names=$(mktemp)
  nm --defined-only "$program" | awk '$2 ~ /^[tTwW]$/ {print $3}' >"$names"
  objcopy --strip-all --keep-symbols="$names" "$program"
  rm "$names"
}
