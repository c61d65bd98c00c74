#!/bin/sh
# sqlite.sh TAG SUITE VERSION: an image with the sqlite3 shell of a Debian suite, and its version asserted.
set -eu
. "$(dirname "$0")/../debian.sh"

tag=$1 suite=$2 version=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

unpack_packages "$suite" "$work/root" sqlite3 busybox-static
link_busybox "$work/root"
import_image "$work/root" "$tag"
assert_output "$tag" "$version" sqlite3 -version
