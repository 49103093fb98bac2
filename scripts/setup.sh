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

install_packages() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "$@" || return 1
  # Debian starts a service with it, which nobody has asked for: the server runs the program itself.
  if [[ " $* " == *" nats-server "* ]] && [ -d /run/systemd/system ]; then
    as_root systemctl disable --now nats-server || warn "nats-server's service is still enabled"
  fi
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
