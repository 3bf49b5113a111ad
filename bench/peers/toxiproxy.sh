#!/bin/sh
# toxiproxy.sh SRC OUT: build OUT from SRC, a checkout of Toxiproxy at a release, with Debian's packages of Go alone.
set -eu
src=$(cd "${1:?expected a checkout of Toxiproxy}" && pwd)
mkdir -p "$(dirname "$2")"
out=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
packages="golang-go golang-github-gorilla-mux-dev golang-github-prometheus-client-golang-dev golang-github-rs-xid-dev
golang-github-rs-zerolog-dev golang-github-urfave-cli-v2-dev golang-golang-x-term-dev golang-gopkg-tomb.v1-dev"
command -v go >/dev/null || {
    echo "error: there is no \`go\` here" >&2
    echo "hint: apt-get install --no-install-recommends" $packages >&2
    exit 69
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
module=$work/src/github.com/Shopify/toxiproxy/v2
mkdir -p "$(dirname "$module")"
cp -R "$src" "$module"
# How a line of the log names where it was written takes one argument less in Debian 12's zerolog.
sed -i 's/= func(pc uintptr, file string, line int) string/= func(file string, line int) string/' "$module/cmd/server/server.go"
version=$(git -C "$src" describe --tags 2>/dev/null | sed 's/^v//')
cd "$module"
GO111MODULE=off GOFLAGS='' GOPATH=$work:/usr/share/gocode \
    go build -ldflags "-X github.com/Shopify/toxiproxy/v2.Version=${version:-unknown}" -o "$out" ./cmd/server
"$out" -version
