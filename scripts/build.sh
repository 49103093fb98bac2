# Configures and builds presets.

# How many compilers may run at once: one per core, but 1.5 GB of free memory for each.
build_jobs() {
  if [ -n "${COPPICE_JOBS:-}" ]; then
    [[ "$COPPICE_JOBS" =~ ^[1-9][0-9]*$ ]] || die "COPPICE_JOBS must be a positive number"
    printf '%s\n' "$COPPICE_JOBS"
    return
  fi
  local jobs megabytes limit
  jobs=$(nproc)
  megabytes=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || true)
  if [[ "$limit" =~ ^[0-9]+$ ]] && [ $((limit / 1048576)) -lt "$megabytes" ]; then
    megabytes=$((limit / 1048576))
  fi
  [ "$jobs" -gt $((megabytes / 1536)) ] && jobs=$((megabytes / 1536))
  [ "$jobs" -lt 1 ] && jobs=1
  printf '%s\n' "$jobs"
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1 jobs
  case "$preset" in
    dev | release | bare | asan | tsan | fuzz) ;;
    *) die "there is no preset '$preset'; there are dev, release, bare, asan, tsan and fuzz" ;;
  esac
  if [ ! -f "build/$preset/build.ninja" ]; then
    cmake --preset "$preset" || die "configuring the preset $preset failed; see above"
  fi
  jobs=$(build_jobs)
  ninja -C "build/$preset" -j "$jobs" "${@:2}" || die "building the preset $preset failed; see above"
}

# format_sources CLANG-FORMAT-OPTION...: over every C++ file that git knows or would add.
format_sources() {
  git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' |
    xargs -0 -r sh -c 'for f; do [ -f "$f" ] && printf "%s\0" "$f"; done' sh |
    xargs -0 -r clang-format-19 "$@"
}
