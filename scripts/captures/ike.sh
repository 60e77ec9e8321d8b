# IKE versions 1 and 2, and ESP in UDP.
for side in client server; do
	own=1 peer=2
	[ $side = client ] || { own=2 peer=1; }
	mkdir -p "$LAB/$side"
	cat >"$LAB/$side/strongswan.conf" <<-CONF
		charon {
		  load = random nonce sha1 sha2 hmac kdf gcm aes x509 pubkey pem openssl kernel-libipsec kernel-netlink socket-default vici
		  piddir = $LAB/$side
		  install_routes = no
		  filelog { stderr { default = 1 } }
		  plugins { vici { socket = unix://$LAB/$side.vici } }
		}
	CONF
	cat >"$LAB/$side/swanctl.conf" <<-CONF
		connections {
		  v2 {
		    version = 2
		    local_addrs = 192.0.2.$own
		    remote_addrs = 192.0.2.$peer
		    proposals = aes256gcm16-prfsha384-ecp384,aes128-sha256-modp2048,default
		    local {
		      auth = psk
		      id = $side@example.com
		    }
		    remote {
		      auth = psk
		    }
		    children {
		      net {
		        local_ts = 198.51.100.$own/32
		        remote_ts = 198.51.100.$peer/32
		        esp_proposals = aes128gcm16-ecp256,default
		      }
		    }
		  }
		  v1 {
		    version = 1
		    local_addrs = 192.0.2.$own
		    remote_addrs = 192.0.2.$peer
		    proposals = aes128-sha1-modp2048,3des-md5-modp1024
		    local {
		      auth = psk
		    }
		    remote {
		      auth = psk
		    }
		    children {
		      old {
		        local_ts = 203.0.113.$own/32
		        remote_ts = 203.0.113.$peer/32
		      }
		    }
		  }
		}
		secrets { ike-all { secret = "wonderland" } }
	CONF
	rm -f /run/charon.pid
	STRONGSWAN_CONF=$LAB/$side/strongswan.conf background $side /usr/lib/ipsec/charon
	for i in $(seq 50); do
		[ ! -S "$LAB/$side.vici" ] || break
		sleep 0.1
	done
	sleep 0.5
	ip netns exec $side swanctl --load-all --file "$LAB/$side/swanctl.conf" --uri "unix://$LAB/$side.vici"
done
record udp port 500 or udp port 4500
try swanctl --initiate --child net --uri "unix://$LAB/client.vici"
ip -n client route add 198.51.100.2/32 dev ipsec0 src 198.51.100.1
try ping -c 2 -W 1 198.51.100.2
try swanctl --initiate --child old --uri "unix://$LAB/client.vici"
try swanctl --terminate --ike v2 --uri "unix://$LAB/client.vici"
try swanctl --terminate --ike v1 --uri "unix://$LAB/client.vici"
scan() { try timeout 5 ike-scan --retry=1 --timeout=500 --sport=0 "$@" 192.0.2.2; }
scan --multiline
scan --aggressive --id=client --dhgroup=2 --trans='(1=7,14=256,2=2,3=1,4=14)' --vendor=afcad71368a1f1c96b8696fc77570100
scan --ikev2
scan --trans=5,2,1,2 --lifetime=28800 --lifesize=1000
save ike 8
