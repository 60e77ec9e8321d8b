//go:build linux

package process

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
)

// word is an IPv4 address as the kernel prints it on this machine.
func word(a, b, c, d byte) string {
	return fmt.Sprintf("%08X", binary.NativeEndian.Uint32([]byte{a, b, c, d}))
}

func TestParseSockets(t *testing.T) {
	v6 := word(0x20, 1, 0xd, 0xb8) + word(0, 0, 0, 0) + word(0, 0, 0, 0) + word(0, 0, 0, 1)
	mapped := word(0, 0, 0, 0) + word(0, 0, 0, 0) + word(0, 0, 0xff, 0xff) + word(192, 0, 2, 7)
	const rest = " 00000000:00000000 00:00000000 00000000  1000        0 "
	text := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
		"   0: " + word(127, 0, 0, 1) + ":1F90 " + word(192, 0, 2, 1) + ":01BB 01" + rest + "12345 1 0000000000000000 100 0 0 10 0\n" +
		"   1: " + v6 + ":0016 " + mapped + ":FFFF 01" + rest + "4294967296\n" +
		"   2: " + word(10, 0, 0, 1) + ":1F90 " + word(192, 0, 2, 1) + ":01BB 06" + rest + "0\n" + // no owner any more
		"   3: 0100007:1F90 " + word(1, 2, 3, 4) + ":01BB 01" + rest + "7\n" +
		"   4: " + word(1, 2, 3, 4) + ":1F90X " + word(1, 2, 3, 4) + ":01BB 01" + rest + "7\n" +
		"   5: " + word(1, 2, 3, 4) + ":1F90\n\n"
	var got []string
	parseSockets([]byte(text), TCP, func(s Socket, inode uint64) {
		got = append(got, fmt.Sprintf("%d %v %v %d", s.Protocol, s.Local, s.Remote, inode))
	})
	want := []string{
		"6 127.0.0.1:8080 192.0.2.1:443 12345",
		"6 [2001:db8::1]:22 192.0.2.7:65535 4294967296",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, hostile := range []string{"", "\n", "x", "a b c d e f g h i j\n", "\n\n\n"} {
		parseSockets([]byte(hostile), TCP, func(s Socket, _ uint64) { t.Errorf("%q gave %v", hostile, s) })
	}
}

func TestReverse(t *testing.T) {
	s := Socket{UDP, netip.MustParseAddrPort("192.0.2.1:5"), netip.MustParseAddrPort("192.0.2.2:6")}
	if r := s.Reverse(); r.Local != s.Remote || r.Remote != s.Local || r.Protocol != UDP || r.Reverse() != s {
		t.Errorf("%v", r)
	}
}

func TestParentOf(t *testing.T) {
	for stat, want := range map[string]string{
		"12 (curl) S 7 12 1 0": "7", "12 (a) b) R 1 2": "1", "12 (x) Z": "", "": "", "12 (x": "",
	} {
		if got := parentOf([]byte(stat)); got != want {
			t.Errorf("%q: %q, want %q", stat, got, want)
		}
	}
}
