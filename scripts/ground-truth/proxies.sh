#!/usr/bin/env bash
# Builds proxies that hide what they carry in TLS and QUIC, which the module proxy
# serves, runs their clients in the laboratory and labels what they send. Usage:
#
#	proxies.sh WORK BIN OUTPUT [xray|sing-box]...
#
# Only what they send by the TLS of Go is theirs. By uTLS they send what a browser
# does, so that nothing tells them from it: to learn that as theirs would give real
# browsers their names. Xray is under the MPL 2.0, sing-box under the GPL 3.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lab_ns=truth-proxies
. "$here/lab.sh"
work=$1 bin=$2 output=$3
shift 3
mkdir -p "$work" "$output"
[ $# -gt 0 ] || set -- xray sing-box
declare -A module=([xray]=github.com/xtls/xray-core@v1.260327.0 [sing-box]=github.com/sagernet/sing-box@v1.14.1)
declare -A command=([xray]=./main [sing-box]=./cmd/sing-box)
trap lab_down EXIT
lab_up
lab_website "$work/website.log"
first=10800 # port of the first way through a proxy

# configuration NAME: that of a proxy, with a way for each line of "TAG JSON", where
# JSON is what the way leads through.
configuration() {
	local log inbound outbound rule routing inbounds="" outbounds="" rules="" port=$first tag way
	case $1 in
	xray)
		log=loglevel routing=routing
		inbound='{"tag":"in-TAG","listen":"127.0.0.1","port":PORT,"protocol":"http"}'
		outbound='{"tag":"TAG","protocol":"trojan","settings":{"servers":[{"address":"'$server4'","port":443,"password":"laboratory"}]},"streamSettings":WAY}'
		rule='{"type":"field","inboundTag":["in-TAG"],"outboundTag":"TAG"}'
		;;
	sing-box)
		log=level routing=route
		inbound='{"tag":"in-TAG","type":"http","listen":"127.0.0.1","listen_port":PORT}'
		outbound='{"tag":"TAG","server":"'$server4'","server_port":443,WAY}'
		rule='{"inbound":"in-TAG","outbound":"TAG"}'
		;;
	esac
	while read -r tag way; do
		inbounds+=$(filled "$inbound")
		outbounds+=$(filled "$outbound")
		rules+=$(filled "$rule")
		port=$((port + 1))
	done
	printf '{"log":{"%s":"error"},"inbounds":[%s],"outbounds":[%s],"%s":{"rules":[%s]}}\n' $log "${inbounds#,}" "${outbounds#,}" $routing "${rules#,}"
}

# filled PATTERN: the pattern, for a way, as an element of a list.
filled() {
	local text=${1//TAG/"$tag"}
	text=${text/PORT/"$port"}
	echo ",${text/WAY/"$way"}"
}

# What each leads through.
xray_ways() {
	local settings='"serverName":"www.lab.test","fingerprint":"unsafe"'
	echo "plain {\"network\":\"tcp\",\"security\":\"tls\",\"tlsSettings\":{$settings}}"
	echo "http2 {\"network\":\"tcp\",\"security\":\"tls\",\"tlsSettings\":{$settings,\"alpn\":[\"h2\",\"http/1.1\"]}}"
	echo "websocket {\"network\":\"ws\",\"security\":\"tls\",\"tlsSettings\":{$settings}}"
	echo "http3 {\"network\":\"xhttp\",\"security\":\"tls\",\"tlsSettings\":{$settings,\"alpn\":[\"h3\"]},\"xhttpSettings\":{\"path\":\"/\"}}"
}
sing_box_ways() {
	local tls='"tls":{"enabled":true,"server_name":"www.lab.test","insecure":true}' h3='"tls":{"enabled":true,"server_name":"www.lab.test","insecure":true,"alpn":["h3"]}'
	echo "trojan \"type\":\"trojan\",\"password\":\"laboratory\",$tls"
	echo "vless-websocket \"type\":\"vless\",\"uuid\":\"0b0d2f3e-0c1c-4c1f-9f3b-5a3b7e1d2c4a\",$tls,\"transport\":{\"type\":\"ws\"}"
	echo "hysteria2 \"type\":\"hysteria2\",\"password\":\"laboratory\",$h3"
	echo "hysteria \"type\":\"hysteria\",\"up_mbps\":10,\"down_mbps\":10,\"auth_str\":\"laboratory\",$h3"
	echo "tuic \"type\":\"tuic\",\"uuid\":\"0b0d2f3e-0c1c-4c1f-9f3b-5a3b7e1d2c4a\",\"password\":\"laboratory\",$h3"
}

# visit NAME: makes requests through all ways of a proxy, and labels what it sends.
visit() {
	local name=$1 ways
	ways=$("${name//-/_}_ways" | tee "$work/$name.ways" | wc -l)
	configuration "$name" < "$work/$name.ways" > "$work/$name.json"
	lab_record "$work/$name.pcap" sh -c '
		"$0" run -c "$1" & sleep 4
		for port in $(seq "$2" "$3"); do
			for _ in 1 2; do curl -s -m 1 -x "http://127.0.0.1:$port" http://www.lab.test/ > /dev/null; done
		done' "$work/$name" "$work/$name.json" $first $((first + ways - 1)) > "$work/$name.log" 2>&1
	"$bin/merc-fp" --reassembly --bpf "host $server4 and port 443" "$work/$name.pcap" |
		"$bin/label" -process="$name" -version="${module[$name]#*@v}" -library="${name/xray/Xray-core}" -kind=real -family=go \
			-os='cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*' > "$work/$name.jsonl"
	rm -f "$work/$name.pcap"
	cat "$work/$name.jsonl" >> "$output/proxies.jsonl"
	echo "$name: $(wc -l < "$work/$name.jsonl") messages" >&2
}

: > "$output/proxies.jsonl"
for name in "$@"; do
	dir=$(cd "$work" && GOFLAGS=-mod=mod go mod download -json "${module[$name]}" 2> /dev/null | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') || true
	if [ -z "$dir" ]; then
		echo "$name: ${module[$name]} is not to be had" >&2
	elif ! (cd "$dir" && CGO_ENABLED=0 GOFLAGS=-mod=mod nice -n 19 go build -buildvcs=false -tags with_quic -o "$work/$name" "${command[$name]}" > "$work/$name.build" 2>&1); then
		echo "$name: not built: $(head -n 3 "$work/$name.build" | tr '\n' ' ')" >&2
	else
		visit "$name"
	fi
	rm -f "$work/$name"
done
