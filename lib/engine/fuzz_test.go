package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// linkTypes are those that FuzzPacket chooses from.
var linkTypes = [...]uint16{packet.LinkEthernet, packet.LinkRaw, packet.LinkSLL, packet.LinkSLL2, packet.LinkPPP, packet.LinkNull, packet.LinkLoop, packet.LinkIPv6, 999}

// FuzzPacket has workers with all options and with none process what the
// fuzzer makes of packets: no parser may fail, and a record is one line of
// JSON. Each packet is processed twice, so that state that it leaves behind
// is met as well, and split in two. Another worker gets it decoded, and says
// the same.
func FuzzPacket(f *testing.F) {
	for _, p := range mix() {
		f.Add(p, uint8(0))
		f.Add(p[14:], uint8(1))
	}
	var engines []*engine.Engine
	for _, cfg := range []engine.Config{complete(f), {}, {Options: proto.Options{Deep: true}}} {
		e, err := engine.New(cfg)
		if err != nil {
			f.Fatal(err)
		}
		engines = append(engines, e)
	}
	f.Fuzz(func(t *testing.T, data []byte, n uint8) {
		linkType := linkTypes[int(n)%len(linkTypes)]
		var h packet.Headers
		for _, e := range engines {
			w, other := e.NewWorker(fingerprintdb.NewHistory()), e.NewWorker(fingerprintdb.NewHistory())
			reader := e.NewReader()
			var out, decoded, memory []byte
			for i, p := range [][]byte{data, data, data[:len(data)/2], data} {
				out = w.Packet(out[:0], linkType, p, int64(i)*1e6)
				if err := check(w, out); err != nil {
					t.Fatalf("link type %d, %x: %v", linkType, p, err)
				}
				whole := reader.Read(&h, linkType, p, int64(i)*1e6, &memory)
				if decoded = other.Decoded(decoded[:0], &h, whole, int64(i)*1e6); !bytes.Equal(out, decoded) {
					t.Fatalf("link type %d, %x:\n    whole %s\n  decoded %s", linkType, p, out, decoded)
				}
			}
		}
	})
}

// FuzzStream has workers process what the fuzzer makes of the data of a TCP
// connection, in segments and behind a SYN, on the ports that it chooses.
func FuzzStream(f *testing.F) {
	for _, data := range []string{clientHello, serverHello, longHello(500), httpRequest, httpResponse, sshInit, "\x00\x21" + dnsQuery,
		"PASS secret\r\n", "EHLO example.com\r\n", "a1 LOGIN user secret\r\n", "RFB 003.008\n"} {
		f.Add([]byte(data), uint16(50000), uint16(443), uint8(20))
	}
	e, err := engine.New(complete(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, src, dst uint16, size uint8) {
		w := e.NewWorker(fingerprintdb.NewHistory())
		seq := uint32(0xfffffff0)
		segment := syn(1, 2, seq)
		setPorts(segment, src, dst)
		out := w.Packet(nil, packet.LinkEthernet, segment, 0)
		for i := 0; i < len(data) && i < 2000; {
			n := min(int(size)+1, len(data)-i)
			segment := tcp(1, 2, seq+1+uint32(i), string(data[i:i+n]))
			setPorts(segment, src, dst)
			out = w.Packet(out[:0], packet.LinkEthernet, segment, int64(i))
			if err := check(w, out); err != nil {
				t.Fatalf("%x: %v", segment, err)
			}
			i += n
		}
	})
}

// setPorts writes ports into a segment in IPv4 in Ethernet.
func setPorts(data []byte, src, dst uint16) {
	const at = 14 + 20
	data[at], data[at+1], data[at+2], data[at+3] = byte(src>>8), byte(src), byte(dst>>8), byte(dst)
}

// check reports what is wrong with the record of a packet.
func check(w *engine.Worker, out []byte) error {
	if s := w.Counters(); s.Panics > 0 {
		return fmt.Errorf("a parser failed")
	}
	if cap(out) > 8*record.MaxLen {
		return fmt.Errorf("%d bytes were needed for a record", cap(out))
	}
	if len(out) == 0 {
		return nil
	}
	if w.Message() == nil || !w.Kept() {
		return fmt.Errorf("a record without a message: %s", out)
	}
	for line := range bytes.Lines(out) { // a SYN with data can have two
		if !json.Valid(line) || !bytes.HasSuffix(line, []byte("}\n")) || len(line) > record.MaxLen {
			return fmt.Errorf("no line of JSON: %q", out)
		}
	}
	return nil
}
