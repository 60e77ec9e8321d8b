# BitTorrent: a file from one host to the other, DHT and local discovery.
mkdir -p "$LAB/seed" "$LAB/leech"
head -c 40000 /dev/urandom >"$LAB/seed/file.bin"
/usr/bin/python3 - "$LAB" <<'PY'
import hashlib, sys
data = open(sys.argv[1] + "/seed/file.bin", "rb").read()
pieces = b"".join(hashlib.sha1(data[i:i+16384]).digest() for i in range(0, len(data), 16384))
info = b"d6:lengthi%de4:name8:file.bin12:piece lengthi16384e6:pieces%d:%se" % (len(data), len(pieces), pieces)
open(sys.argv[1] + "/file.torrent", "wb").write(b"d8:announce21:http://192.0.2.2/none4:info" + info + b"e")
PY
common="--no-conf --enable-color=false --console-log-level=warn --bt-enable-lpd=true --bt-lpd-interface=eth0 --enable-dht=true --bt-tracker-connect-timeout=1 --interface=eth0"
record port 6881 or port 6771 or port 6882
background server aria2c $common --listen-port=6881 --dht-listen-port=6881 --dht-file-path="$LAB/dht1" --check-integrity=true --seed-ratio=0 \
	-d "$LAB/seed" "$LAB/file.torrent"
sleep 3
background client aria2c $common --listen-port=6882 --dht-listen-port=6882 --dht-file-path="$LAB/dht2" --dht-entry-point=192.0.2.2:6881 \
	--seed-time=0 -d "$LAB/leech" "$LAB/file.torrent"
sleep 12
save bittorrent 3
