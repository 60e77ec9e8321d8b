#!/usr/bin/env bash
# Runs releases of Deno and Bun, one for each minor release that npm serves, in the
# laboratory, and labels what they send. Usage: jsruntimes.sh WORK BIN OUTPUT [deno|bun@VERSION...]
#
# Both are under the MIT licence.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lab_ns=truth-js
. "$here/lab.sh"
work=$1 bin=$2 output=$3
shift 3
mkdir -p "$work" "$output"
declare -A package=([deno]=@deno/linux-x64-glibc [bun]=@oven/bun-linux-x64) family=([deno]=rustls,http=deno [bun]=boringssl,http=bun)
specs=("$@")
if [ $# = 0 ]; then
	mapfile -t specs < <(for name in deno bun; do
		npm view "${package[$name]}" versions --json | tr -d '", ' | grep -E '^[0-9.]+$' | sort -V |
			awk -F. -v n=$name '{ newest[$1 "." $2] = $0 } END { for (m in newest) print n "@" newest[m] }' | sort -V
	done)
fi
trap lab_down EXIT
lab_up
lab_website "$work/website.log"
: > "$output/jsruntimes.jsonl"
for spec in "${specs[@]}"; do
	name=${spec%@*} version=${spec#*@}
	if ! tgz=$(cd "$work" && npm pack --silent "${package[$name]}@$version"); then
		echo "$spec: not to be had" >&2
		continue
	fi
	rm -rf "$work/package" && tar xzf "$work/$tgz" -C "$work" && rm "$work/$tgz"
	executable=$(find "$work/package" -name $name -type f | head -n 1)
	chmod +x "$executable"
	options="run"
	[ $name = bun ] || options="run -A --unsafely-ignore-certificate-errors"
	lab_record "$work/js.pcap" env HOME="$work" DENO_NO_UPDATE_CHECK=1 timeout 60 "$executable" $options "$here/jsruntimes.mjs" www.lab.test $server4 > "$work/js.log" 2>&1
	"$bin/merc-fp" --reassembly "$work/js.pcap" |
		"$bin/label" -process=$name -version="$version" -family="${family[$name]}" -os='cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*' > "$work/js.jsonl"
	cat "$work/js.jsonl" >> "$output/jsruntimes.jsonl"
	echo "$spec: $(wc -l < "$work/js.jsonl") messages" >&2
done
