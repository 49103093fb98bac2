# Installs what is missing, and nothing when nothing is. See scripts/packages for the list.

# The packages of the groups named that are neither installed nor replaced by their command.
missing_packages() {
  local group package command wanted=" $* "
  local -A installed=()
  while read -r package command; do
    [ "$command" = installed ] && installed[$package]=1
  done < <(dpkg-query -W -f='${Package} ${db:Status-Status}\n' 2>/dev/null)
  while read -r group package command; do
    case "$group" in "" | "#"*) continue ;; esac
    [[ "$wanted" == *" $group "* ]] || continue
    [ -n "${installed[$package]:-}" ] && continue
    [ -n "$command" ] && command -v "$command" >/dev/null && continue
    printf '%s\n' "$package"
  done <scripts/packages | sort -u
}

# Runs a command as root; through sudo where that is needed and there.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

setup_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    warn "This is not Debian: install the equivalents of scripts/packages yourself."
    return 0
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return 0

  say "Installing from Debian: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "this needs root, and there is no sudo. As root: apt-get install ${missing[*]}"
    say "This needs root, so sudo may ask for your password."
  fi
  install_packages "${missing[@]}" && return 0
  say "Refreshing the package lists and trying once more."
  as_root apt-get update -q || die "apt-get update failed; is there a network?"
  install_packages "${missing[@]}" ||
    die "could not install ${missing[*]}; what apt-get said is above"
}

# Debian starts these with their packages, which nobody has asked for: the server and the tests run the
# programs themselves.
services=(caddy nats-server)

has_systemd() { [ -d /run/systemd/system ]; }

# Starts none of the services, and leaves them disabled.
install_packages() {
  local -a ours=()
  local service installed=0
  if has_systemd; then
    for service in "${services[@]}"; do
      [[ " $* " == *" $service "* ]] && ours+=("$service.service")
    done
  fi
  # What is masked can't be started.
  [ ${#ours[@]} -eq 0 ] || as_root systemctl mask "${ours[@]}"
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "$@" || installed=$?
  for service in "${ours[@]}"; do
    as_root systemctl unmask "$service" || warn "the service $service is still masked"
    [ "$installed" -ne 0 ] || as_root systemctl disable "$service" ||
      warn "the service $service is still enabled"
  done
  return "$installed"
}

# The end-to-end tests' packages, again only when their lock file has changed.
setup_node() {
  local folder=tests/e2e lock stamp
  lock=$(sha256sum <"$folder/package-lock.json")
  stamp=$folder/node_modules/.installed-lock
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$lock" ] && return 0
  say "Installing the end-to-end tests' packages from npm."
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) ||
    die "npm ci failed in $folder; is there a network?"
  printf '%s\n' "$lock" >"$stamp"
}
