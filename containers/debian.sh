# Unpacks Debian packages of any suite into a folder, without installing anything and without root. To be
# sourced by a recipe.

# The mirror that this machine's own apt uses for its release, or what DEBIAN_MIRROR says.
debian_mirror() {
  if [ -n "${DEBIAN_MIRROR-}" ]; then
    echo "$DEBIAN_MIRROR"
    return
  fi
  release=$(. /etc/os-release && echo "${ID-}/${VERSION_CODENAME-}")
  [ "${release%%/*}" = debian ] || fail "expected Debian, found ${release%%/*}; set DEBIAN_MIRROR to a Debian mirror"
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Release: ${release#*/}" 'Component: main' |
    grep -m 1 . || fail "expected apt to know a mirror of ${release#*/}, found none; set DEBIAN_MIRROR"
}

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# private_apt DIR ARGUMENT...: apt with sources, lists and status of its own, so that it knows nothing of this
# machine's packages; how this machine reaches its mirror stays as it is configured.
private_apt() {
  apt_dir=$1
  shift
  apt-get -q -q \
    -o "Dir::State=$apt_dir/state" -o "Dir::State::status=$apt_dir/status" -o "Dir::Cache=$apt_dir/cache" \
    -o "Dir::Etc::sourcelist=$apt_dir/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Acquire::Languages=none -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
    -o APT::Install-Recommends=0 "$@"
}

# unpack_packages SUITE ROOT PACKAGE...: the packages and all that they depend on.
unpack_packages() {
  suite=$1 root=$2
  shift 2
  apt_dir=$root.apt
  rm -rf "$root" "$apt_dir"
  mkdir -p "$root" "$apt_dir/state/lists/partial" "$apt_dir/cache/archives/partial"
  : >"$apt_dir/status"
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r "$keyring" ] || fail "expected $keyring, found none; install debian-archive-keyring"
  mirror=$(debian_mirror)
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt_dir/sources.list"
  private_apt "$apt_dir" update
  private_apt "$apt_dir" install -y --download-only "$@" >/dev/null
  for package in "$apt_dir"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --no-same-owner --exclude=./usr/share/doc \
      --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./usr/lib/*/gconv
  done
  rm -rf "$apt_dir"
  join_usr "$root"
}

# Where a release keeps all programs and libraries under /usr, the old paths lead there.
join_usr() {
  for name in bin sbin lib lib64; do
    if [ ! -e "$1/$name" ] && [ -d "$1/usr/$name" ]; then ln -s "usr/$name" "$1/$name"; fi
  done
}

# The few commands that the tests need inside a container, all from busybox.
link_busybox() {
  busybox=$(cd "$1" && ls bin/busybox usr/bin/busybox 2>/dev/null | head -n 1)
  mkdir -p "$1/bin" "$1/tmp" "$1/data"
  for name in cat cp dd ls mkdir mv rm sh sync tail timeout; do
    [ -e "$1/bin/$name" ] || ln -s "/$busybox" "$1/bin/$name"
  done
}

# import_image ROOT TAG: makes an image of a folder. Its container only waits, whatever is run inside.
import_image() {
  tar -C "$1" -c --owner=0 --group=0 . |
    docker import --change 'CMD ["tail", "-f", "/dev/null"]' --change "LABEL $IMAGE_LABEL" - "$2" >/dev/null
}

# assert_output TAG PREFIX COMMAND...: the image is removed unless the command prints what starts so.
assert_output() {
  tag=$1 prefix=$2
  shift 2
  found=$(docker run --rm --network=none "$tag" "$@" 2>&1) || found="an error: $found"
  case $found in
    "$prefix"*) return 0 ;;
  esac
  docker rmi -f "$tag" >/dev/null
  fail "expected '$*' to print $prefix…, found '$found'"
}
