// Wireguard-peer is one end of a WireGuard tunnel that leads nowhere: it makes
// handshakes for captures.
package main

import (
	"encoding/hex"
	"flag"
	"fmt"
	"log"
	"net/netip"
	"time"

	"golang.org/x/crypto/curve25519"
	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun/tuntest"
)

var (
	seed     = flag.Uint("seed", 1, "number that the private key is made from")
	peer     = flag.Uint("peer", 2, "the peer's seed")
	port     = flag.Int("port", 51820, "UDP port")
	endpoint = flag.String("endpoint", "", "where the peer is; it calls if empty")
)

// private is a key that is good enough for a tunnel that leads nowhere.
func private(seed uint) []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(seed)
	}
	return key
}

func main() {
	flag.Parse()
	public, err := curve25519.X25519(private(*peer), curve25519.Basepoint)
	if err != nil {
		log.Fatal(err)
	}
	tun := tuntest.NewChannelTUN()
	d := device.NewDevice(tun.TUN(), conn.NewDefaultBind(), device.NewLogger(device.LogLevelError, ""))
	config := fmt.Sprintf("private_key=%s\nlisten_port=%d\npublic_key=%s\nallowed_ip=0.0.0.0/0\n",
		hex.EncodeToString(private(*seed)), *port, hex.EncodeToString(public))
	if *endpoint != "" {
		config += "endpoint=" + *endpoint + "\n"
	}
	if err := d.IpcSet(config); err != nil {
		log.Fatal(err)
	}
	if err := d.Up(); err != nil {
		log.Fatal(err)
	}
	if *endpoint == "" {
		select {}
	}
	go func() {
		for range tun.Inbound {
		}
	}()
	ping := tuntest.Ping(netip.MustParseAddr("203.0.113.2"), netip.MustParseAddr("203.0.113.1"))
	for range 2 {
		tun.Outbound <- ping
		time.Sleep(time.Second)
	}
	d.Close()
}
