#!/bin/sh
# ci.sh COMMAND...: runs a command with the engines in containers. If no container engine answers, it starts a private
# one, and removes it afterwards, whatever happens to the command.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || {
  echo "ci.sh: expected a command, found none; name one, such as 'npm test'" >&2
  exit 2
}

# A folder of its own, so that two runs on one machine do not share an engine.
start_private_engine() {
  ENGINE_DIR=$(mktemp -d /var/tmp/sqlite-engines.XXXXXX)
  export ENGINE_DIR
  trap '"$here/engine.sh" stop' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  environment=$("$here/engine.sh" start)
  eval "$environment"
}

if ! { command -v docker >/dev/null && docker version >/dev/null 2>&1; }; then start_private_engine; fi

REQUIRE_CONTAINERS=1
export REQUIRE_CONTAINERS
npm --prefix "$here/.." run --silent containers
"$@"
