#!/usr/bin/env bash
# Builds a client with releases of Go since 1.3, one for each minor release, which
# the module proxy serves as golang.org/toolchain, runs it in the laboratory and
# labels what it sends. Usage: gohistory.sh WORK BIN OUTPUT [RELEASE...]
#
# Go is under a BSD licence.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lab_ns=truth-go
. "$here/lab.sh"
work=$1 bin=$2 output=$3
shift 3
mkdir -p "$work" "$output"
releases=("$@")
if [ $# = 0 ]; then
	# The newest of each minor release.
	mapfile -t releases < <(go list -m -versions golang.org/toolchain | tr ' ' '\n' | sed -n 's/^v0[.]0[.]1-go\(1[.][0-9.]*\)[.]linux-amd64$/\1/p' |
		sort -V | awk -F. '$2 >= 3 { newest[$2] = $0 } END { for (m in newest) print newest[m] }' | sort -V)
fi
trap lab_down EXIT
lab_up
lab_website "$work/website.log"
: > "$output/go.jsonl"
for release in "${releases[@]}"; do
	cache=$work/modules
	root=$(cd "$work" && GOMODCACHE=$cache GOFLAGS=-mod=mod go mod download -json golang.org/toolchain@v0.0.1-go$release.linux-amd64 2> /dev/null | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') || true
	if [ -z "$root" ]; then
		echo "Go $release: not to be had" >&2
		continue
	fi
	if mkdir -p "$work/src/gohistory" && cp "$here/gohistory/main.go" "$work/src/gohistory/" && cd "$work/src/gohistory" &&
		chmod -R +x "$root/bin" "$root/pkg/tool" &&
		env -i HOME="$work" PATH=/usr/bin:/bin GOROOT="$root" GOPATH="$work" GOCACHE="$work/build" GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0 \
			nice -n 19 "$root/bin/go" build -o "$work/client" main.go > "$work/build.log" 2>&1; then
		lab_record "$work/go.pcap" sh -c '"$0" www.lab.test '$server4'; GODEBUG=cpu.aes=off "$0" www.lab.test '$server4 "$work/client" > "$work/go.log" 2>&1
		"$bin/merc-fp" --reassembly "$work/go.pcap" |
			"$bin/label" -process="go program" -version="$release" -library="Go $release" -family=go -os='cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*' > "$work/go.jsonl"
		cat "$work/go.jsonl" >> "$output/go.jsonl"
		echo "Go $release: $(wc -l < "$work/go.jsonl") messages" >&2
	else
		echo "Go $release: not built: $(head -n 3 "$work/build.log" | tr '\n' ' ')" >&2
	fi
	chmod -R u+w "$cache" && rm -rf "$cache" "$work/build" "$work/client"
done
