#!/bin/sh
# A private container engine, for a machine that has none: it shares nothing with any other engine, needs no network of
# its own, and leaves nothing behind.
#
#   eval "$(containers/engine.sh start)"   installs Debian's docker.io where it is missing, starts the engine and
#                                          prints the environment that leads to it
#   containers/engine.sh stop              removes its containers, ends it, unmounts and deletes everything it kept
#
# ENGINE_DIR is where it keeps its state; it defaults to /var/tmp/sqlite-engines-UID.
set -eu

dir=${ENGINE_DIR:-/var/tmp/sqlite-engines-$(id -u)}
socket=$dir/docker.sock
pid_file=$dir/dockerd.pid
log=$dir/dockerd.log

say() { printf 'engine: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

is_installed() { command -v dockerd >/dev/null && command -v docker >/dev/null; }

# Debian starts a service as it installs it, unless this file forbids it. One that is there already stays.
install_engine() {
  command -v apt-get >/dev/null || fail 'expected apt-get or an installed dockerd, found neither; install Docker'
  [ "$(id -u)" = 0 ] || fail 'expected root to install docker.io, found another user; run as root or install Docker'
  say 'installing docker.io'
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    trap 'exit 130' INT TERM
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -qq -y --no-install-recommends docker.io iptables >"$dir/install.log" 2>&1 || {
    cat "$dir/install.log" >&2
    fail 'expected docker.io to install, found the error above'
  }
  # From Debian 13 on the client is a package of its own.
  command -v docker >/dev/null || apt-get install -qq -y --no-install-recommends docker-cli >&2
  is_installed || fail 'expected dockerd and docker after docker.io was installed, found one missing'
}

make_dir() {
  mkdir -p -m 700 "$dir"
  [ -O "$dir" ] && [ ! -L "$dir" ] || fail "expected $dir to be a folder of this user, found another owner"
}

answers() { DOCKER_HOST=unix://$socket docker version >/dev/null 2>&1; }

# What an engine leaves outside its own folder; whatever of it was there before is not ours to remove.
traces='/etc/docker/key.json /etc/docker /run/docker/plugins /run/docker
  /opt/containerd/bin /opt/containerd/lib /opt/containerd'

note_traces() {
  for path in $traces; do
    [ -e "$path" ] || echo "$path"
  done >"$dir/traces"
}

remove_traces() {
  [ -f "$dir/traces" ] || return 0
  while read -r path; do
    if [ -d "$path" ]; then rmdir "$path" 2>/dev/null || true; else rm -f "$path"; fi
  done <"$dir/traces"
}

# A process that has ended counts as such even before its parent has waited for it.
is_alive() {
  [ -r "/proc/$1/stat" ] && ! grep -q '^[0-9]* (.*) Z ' "/proc/$1/stat" 2>/dev/null
}

# Without a bridge and without iptables rules the engine changes nothing of the machine's network.
launch() {
  echo '{}' >"$dir/daemon.json"
  setsid dockerd "--host=unix://$socket" "--data-root=$dir/data" "--exec-root=$dir/exec" \
    "--pidfile=$pid_file" "--config-file=$dir/daemon.json" "--storage-driver=$1" \
    --bridge=none --iptables=false --ip6tables=false >"$log" 2>&1 </dev/null &
  launched=$!
  tries=100
  while [ "$tries" -gt 0 ] && is_alive "$launched"; do
    answers && return 0
    sleep 0.1
    tries=$((tries - 1))
  done
  end_process "$launched"
  return 1
}

start() {
  make_dir
  if ! answers; then
    is_installed || install_engine
    [ "$(id -u)" = 0 ] || fail 'expected root to start dockerd, found another user; run as root or set DOCKER_HOST'
    note_traces
    launch overlay2 || launch vfs || {
      tail -n 20 "$log" >&2
      fail "expected dockerd to answer at $socket, found the log above"
    }
    say "started at unix://$socket"
  fi
  printf 'export DOCKER_HOST=unix://%s\n' "$socket"
}

# Ends one process by its id: politely first, then after ten seconds by force.
end_process() {
  kill "$1" 2>/dev/null || return 0
  tries=100
  while is_alive "$1"; do
    [ "$tries" -gt 0 ] || kill -9 "$1" 2>/dev/null || true
    sleep 0.1
    tries=$((tries - 1))
  done
}

# Whether the process is an engine, or the containerd that it started, of this very folder.
is_ours() { tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF -- "$dir/"; }

stop() {
  [ -d "$dir" ] || return 0
  if answers; then
    for container in $(DOCKER_HOST=unix://$socket docker ps -aq); do
      DOCKER_HOST=unix://$socket docker rm -f -v "$container" >/dev/null
    done
  fi
  for file in "$pid_file" "$dir/exec/containerd/containerd.pid"; do
    [ -s "$file" ] || continue
    pid=$(cat "$file")
    if is_ours "$pid"; then end_process "$pid"; fi
  done
  awk -v dir="$dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do
    umount "$mount"
  done
  remove_traces
  rm -rf --one-file-system "$dir"
  say 'stopped'
}

case ${1-} in
  start) start ;;
  stop) stop ;;
  *) fail "expected 'start' or 'stop', found '${1-}'" ;;
esac
