package ssh_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"net/netip"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/proto/ssh"
)

// hello is an identification string and the KEXINIT behind it.
func hello() []byte {
	payload := append([]byte{20}, make([]byte, 16)...) // SSH_MSG_KEXINIT, cookie
	for _, list := range []string{"mlkem768x25519-sha256,curve25519-sha256", "ssh-ed25519", "aes128-gcm@openssh.com", "aes128-gcm@openssh.com", "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""} {
		payload = binary.BigEndian.AppendUint32(payload, uint32(len(list)))
		payload = append(payload, list...)
	}
	const padding = 4
	b := binary.BigEndian.AppendUint32([]byte("SSH-2.0-OpenSSH_9.9 Debian\r\n"), uint32(1+len(payload)+padding))
	b = append(append(b, padding), payload...)
	return append(b, make([]byte, padding)...)
}

func ExampleIdentification() {
	e, err := engine.New(engine.Config{})
	if err != nil {
		log.Fatal(err)
	}
	w := e.NewWorker(fingerprintdb.NewHistory())
	k := flow.NewKey(packet.ProtocolTCP, netip.MustParseAddrPort("192.0.2.1:50000"), netip.MustParseAddrPort("192.0.2.2:22"))
	w.InspectPayload(&k, hello(), 0)

	if m, ok := w.Message().(*ssh.Identification); ok {
		fmt.Printf("%s\n", m.Protocol())
		for name := range bytes.SplitSeq(m.KEXInit().KeyExchange(), []byte(",")) {
			fmt.Printf("offers %s\n", name)
		}
	}
	// Output:
	// SSH-2.0-OpenSSH_9.9
	// offers mlkem768x25519-sha256
	// offers curve25519-sha256
}
