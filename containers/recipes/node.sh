#!/bin/sh
# node.sh TAG: an image with this machine's Node, the built project and what it needs at run time.
set -eu
. "$(dirname "$0")/../debian.sh"

tag=$1
project=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
root=$work/root

# What a program is linked with, each library at the path where the program looks for it.
copy_libraries() {
  ldd "$1" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
}

[ -f "$project/dist/migrations/index.js" ] || fail 'expected a built project, found no dist; run npm run build'
mkdir -p "$root/app" "$root/bin" "$root/data" "$root/tmp"
node=$(node -p process.execPath)
cp -L "$node" "$root/bin/node"
copy_libraries "$node"
cp -R "$project/package.json" "$project/dist" "$root/app/"

cd "$project"
npm ls --omit=dev --all --parseable 2>/dev/null | tail -n +2 | while read -r package; do
  mkdir -p "$root/app/$(dirname "${package#"$project"/}")"
  # A nested package comes again by itself.
  (cd "$package" && tar -c --exclude=./node_modules --exclude=./deps --exclude=./src --exclude=./tests .) |
    (mkdir -p "$root/app/${package#"$project"/}" && tar -x -C "$root/app/${package#"$project"/}")
done
find "$root/app" -name '*.node' | while read -r addon; do copy_libraries "$addon"; done

tar -C "$root" -c --owner=0 --group=0 . |
  docker import --change 'ENV PATH=/bin' --change 'WORKDIR /app' --change "LABEL $IMAGE_LABEL" \
    --change 'CMD ["node", "-e", "setInterval(() => {}, 1e9)"]' - "$tag" >/dev/null
assert_output "$tag" "$("$node" --version)" node --version
assert_output "$tag" 3. node -e "
  const Database = require('better-sqlite3')
  console.log(new Database(':memory:').prepare('SELECT sqlite_version()').pluck().get())"
