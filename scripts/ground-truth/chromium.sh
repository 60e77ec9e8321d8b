#!/usr/bin/env bash
# Runs versions of Chromium that npm packages ship, in the laboratory, and labels
# what they send. Usage: chromium.sh WORK BIN OUTPUT PACKAGE@VERSION...
# After MINUTES (0 or nothing: never) no further version begins.
#
# The packages chrome-aws-lambda (Chromium 64 to 92) and @sparticuz/chromium (92 on)
# are under the MIT licence, and Chromium in them under its BSD licence.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lab_ns=truth-chromium # others collect at the same time
. "$here/lab.sh"
work=$1 bin=$2 output=$3
shift 3
mkdir -p "$work" "$output"
rm -f "$work"/*.seen

# unpack PACKAGE@VERSION DIR: the executable, and the libraries it brings.
unpack() {
	local spec=$1 dir=$2 tgz
	mkdir -p "$dir/lib"
	tgz=$(cd "$work" && npm pack --silent "$spec") || return 1
	tar xzf "$work/$tgz" -C "$dir" && rm "$work/$tgz"
	node -e '
		const fs = require("fs"), zlib = require("zlib"), path = require("path"), cp = require("child_process")
		const dir = process.argv[1]
		const walk = d => fs.readdirSync(d, {withFileTypes: true}).flatMap(e => e.isDirectory() ? walk(path.join(d, e.name)) : [path.join(d, e.name)])
		for (const f of walk(dir + "/package")) {
			const open = f.endsWith(".br") ? zlib.brotliDecompressSync : f.endsWith(".gz") ? zlib.gunzipSync : null
			if (!open) continue
			const data = open(fs.readFileSync(f)), name = path.basename(f).replace(/[.](br|gz)$/, "")
			if (name.startsWith("swiftshader.tar")) {
				// Where Chromium looks for them changed, also below.
				fs.mkdirSync(dir + "/swiftshader", {recursive: true})
				for (const to of [dir, dir + "/swiftshader"]) cp.execFileSync("tar", ["x", "-C", to], {input: data})
			} else if (name.endsWith(".so")) {
				fs.mkdirSync(dir + "/swiftshader", {recursive: true})
				for (const to of [dir, dir + "/swiftshader"]) fs.writeFileSync(to + "/" + name, data)
			} else if (name.endsWith(".tar")) cp.execFileSync("tar", ["x", "-C", dir + "/lib"], {input: data})
			else fs.writeFileSync(dir + "/chromium", data, {mode: 0o755})
		}' "$dir" || return 1
	rm -rf "$dir/package"
	[ -x "$dir/chromium" ]
}

# browse NAME DIR PLAN OPTIONS...: runs Chromium until it has carried out the plan,
# a list of addresses, and captures.
browse() {
	local name=$1 dir=$2 plan=$3 query="" url id
	shift 3
	id=$name.$RANDOM
	for url in $plan; do query+="&url=$(printf %s "$url" | sed 's/:/%3A/g; s,/,%2F,g')"; done
	lab_record "$work/$name.pcap" bash -c '
		id=$1 log=$2 done=$3 profile=$(mktemp -d)
		shift 3
		export HOME=$profile LD_LIBRARY_PATH=$1 
		shift
		{ exec "$@" --user-data-dir="$profile" 2>&1; } > >(head -c 10000 > "$log"; cat > /dev/null) &
		for _ in $(seq 400); do
			grep -q "^done	$id	" "$done" && break
			kill -0 $! 2>/dev/null || break
			sleep 0.1
		done
		kill -9 $! 2>/dev/null; rm -rf "$profile"' \
		- "$id" "$work/$name.log" "$work/website.log" "$dir/lib:$dir/lib/lib:$dir/lib/al2023/lib" "$dir/chromium" \
		--headless --no-sandbox --single-process --no-zygote $graphics --in-process-gpu --ignore-gpu-blocklist --disable-dev-shm-usage --no-first-run \
		--disable-component-update --disable-sync --mute-audio --hide-scrollbars \
		--ignore-certificate-errors --ignore-certificate-errors-spki-list="$(cat "$work/pin")" \
		--host-resolver-rules="MAP * $server4" --remote-debugging-port=9222 "$@" \
		"http://start.lab.test/?id=$id&pause=700$query"
	agent=$(grep "^done	$id	" "$work/website.log" | cut -f 3 || true)
}

long=$(printf 'long%.0s' {1..12}).lab.test
tls="https://a.lab.test/empty https://a.lab.test/empty wss://a.lab.test/ https://$long/empty https://$server4/empty https://b.lab.test:8443/empty https://b.lab.test:8443/empty"
quic="https://q1.lab.test/empty https://q1.lab.test/empty https://q1.lab.test/empty https://q2.lab.test/empty https://q2.lab.test/empty"
force=--origin-to-force-quic-on=q1.lab.test:443,q2.lab.test:443
# Without these instructions BoringSSL prefers ChaCha20, as on many telephones.
no_aes=OPENSSL_ia32cap='~0x200000000000000'

# run_version PACKAGE@VERSION: all runs of a version.
run_version() {
	local spec=$1 name dir version major
	name=$(printf %s "$spec" | tr -c 'A-Za-z0-9.-' _)
	dir=$work/$name
	unpack "$spec" "$dir" || { echo "$spec: not to be had" >&2; rm -rf "$dir"; return; }
	local angle="--use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader" choices
	case $spec in
	*chromium@1[1-9][0-9].*) choices=("$angle" --use-gl=swiftshader) ;;
	*) choices=(--use-gl=swiftshader "$angle") ;;
	esac
	for graphics in "${choices[@]}"; do
		browse "$name.plain" "$dir" "$tls"
		version=$(sed -n 's,.*Chrome/\([0-9.]*\).*,\1,p' <<< "$agent")
		[ -z "$version" ] || break
	done
	if [ -z "$version" ]; then
		echo "$spec: did not run: $(grep -v '^$' "$work/$name.plain.log" | head -n 2 | cut -c 1-200 | tr '\n' ' ')" >&2
		rm -rf "$dir"
		return
	fi
	# Several packages have the same Chromium.
	if [ -e "$work/$version.seen" ]; then
		echo "$spec: Chromium $version once more" >&2
		rm -rf "$dir" "$work/$name".*
		return
	fi
	touch "$work/$version.seen"
	major=${version%%.*}
	local runs="$name.plain"
	once() { browse "$name.$1" "$dir" "${@:2}"; runs+=" $name.$1"; }
	# Before 80, Chromium spoke a QUIC without TLS.
	local all=$tls quic=$quic
	if [ "$major" -lt 80 ]; then quic=""; else
		all="$tls $quic"
		once quic "$quic" --enable-quic $force
	fi
	# Drafts of QUIC, as long as they were there.
	if [ "$major" -ge 80 ] && [ "$major" -lt 106 ]; then
		for draft in $([ "$major" -lt 85 ] && echo h3-27) h3-29; do
			once "$draft" "$quic" --enable-quic --quic-version=$draft $force
		done
		if [ "$major" -ge 84 ]; then
			export "$no_aes"
			once noaes29 "$quic" --enable-quic --quic-version=h3-29 $force
			unset OPENSSL_ia32cap
		fi
	fi
	export "$no_aes"
	once noaes "$all" --enable-quic $force
	unset OPENSSL_ia32cap
	once http1 "$quic https://a.lab.test/empty https://a.lab.test/empty" --enable-quic --quic-connection-options=TIME,TBBR,REJ --disable-http2 $force
	once tls12 "$tls" --ssl-version-max=tls1.2
	if [ "$major" -ge 100 ]; then
		once features "$all" --enable-quic $force --enable-features=PostQuantumKyber,PermuteTLSExtensions,EncryptedClientHello
		once without "$all" --enable-quic $force --disable-features=PostQuantumKyber,PermuteTLSExtensions,EncryptedClientHello,UseMLKEM
	fi
	for run in $runs; do
		"$bin/merc-fp" --reassembly "$work/$run.pcap" |
			"$bin/label" -process=chromium -version="$version" -library="$spec" -kind=real -family=chromium -os='cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*'
	done > "$output/chromium-$name.jsonl"
	echo "$spec: Chromium $version: $(wc -l < "$output/chromium-$name.jsonl") messages" >&2
	rm -rf "$dir"
	[ -n "${KEEP_CAPTURES:-}" ] || rm -f "$work/$name".*.pcap
}

trap lab_down EXIT
lab_up
lab_website "$work/website.log" -pin "$work/pin"
for spec in "$@"; do
	if [ "${MINUTES:-0}" != 0 ] && [ $SECONDS -ge $((MINUTES * 60)) ]; then
		echo "chromium: $MINUTES minutes are over: left out from $spec on" >&2
		break
	fi
	run_version "$spec"
done
