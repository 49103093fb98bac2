# Shared by the benchmarks. Source it with the project's root as working directory.
# shellcheck source-path=SCRIPTDIR/..
source scripts/common.sh
source scripts/build.sh

# What COPPICE_BINARY names, or the release, which is built first.
coppice_binary() {
  [ -n "${COPPICE_BINARY:-}" ] || build_preset release coppice >&2
  realpath "${COPPICE_BINARY:-build/release/coppice}"
}

# The server gets the first core that there is and the load the last.
pick_cores() {
  local cores
  cores=$(python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)))')
  server_core=${cores%% *}
  client_core=${cores##* }
  [ "$server_core" != "$client_core" ] || warn "one core only: the load and the server share it"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# install_peers FOLDER WHAT: the packages of FOLDER, once. Without them WHAT is left out.
install_peers() {
  [ -d "$1/node_modules" ] && return
  if ! (cd "$1" && npm ci --no-audit --no-fund --loglevel=error); then
    warn "$2 left out: npm could not install it"
  fi
}

# write_content PROGRAM POSTS DATABASE: a database with as many posts.
write_content() {
  local content
  say "writing $2 posts"
  content=$(mktemp -d -p build content_XXXXXX)
  python3 bench/http/content.py "$content" "$2"
  "$1" import "$content" --database "$3" >/dev/null
  rm -r "$content"
}

# editor_token PROGRAM DATABASE: the token of a new editor, who may write content.
editor_token() {
  local who=editor@example.com
  "$1" user add $who --role editor --password-stdin --database "$2" >/dev/null <<<'a password of the bench'
  "$1" token create $who --name bench --scope content:write --database "$2" 2>/dev/null
}
