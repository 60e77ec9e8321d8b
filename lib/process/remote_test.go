package process

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"merctools/lib/osinfo"
)

// TestRemote asks through pipes: what is found is what was told, and so is
// what was asked.
func TestRemote(t *testing.T) {
	long := strings.Repeat("x", 0x10010)
	known := map[Socket]Process{
		{TCP, netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:443")}:         {Program: osinfo.Program{Path: "/bin/a", Package: "a", Version: "1", SHA256: "AB"}, PID: 1 << 22, Command: "a", Parent: "sh", OS: "cpe"},
		{UDP, netip.MustParseAddrPort("[2001:db8::1]:53"), netip.MustParseAddrPort("[2001:db8::2]:99")}: {},
		{UDP, netip.MustParseAddrPort("[::]:1"), netip.MustParseAddrPort("0.0.0.0:0")}:                  {Program: osinfo.Program{Path: long}, Command: "\x00\n"},
	}
	questions, ask := io.Pipe()
	answers, answer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- Answer(questions, answer, func(s Socket) (Process, bool) { p, ok := known[s]; return p, ok })
		answer.Close()
	}()
	r, err := NewRemote(ask, answers)
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range known {
		if want.Path == long {
			want.Path = long[:0xffff]
		}
		if p, ok := r.Find(s); !ok || !reflect.DeepEqual(p, want) {
			t.Errorf("%v: %v, %+v", s, ok, p)
		}
		if p, ok := r.Find(s.Reverse()); ok {
			t.Errorf("%v: %+v", s.Reverse(), p)
		}
	}
	ask.Close()
	if err := <-done; err != nil || r.Err() != nil {
		t.Error(err, r.Err())
	}
	if _, ok := r.Find(Socket{}); ok || r.Err() == nil {
		t.Error("nobody answers, and no error")
	}
}

// TestRemoteEnds has the other process end at each byte of an answer.
func TestRemoteEnds(t *testing.T) {
	var all bytes.Buffer
	found := Process{Program: osinfo.Program{Path: "/bin/a", SHA256: "AB"}, PID: 7, OS: "cpe"}
	if err := Answer(bytes.NewReader(make([]byte, questionSize)), &all, func(Socket) (Process, bool) { return found, true }); err != nil {
		t.Fatal(err)
	}
	if _, err := NewRemote(io.Discard, bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	for n := 1; n <= all.Len(); n++ {
		r, err := NewRemote(io.Discard, bytes.NewReader(all.Bytes()[:n]))
		if err != nil {
			t.Fatal(err)
		}
		p, ok := r.Find(Socket{})
		if whole := n == all.Len(); ok != whole || (r.Err() == nil) != whole || whole && p != found {
			t.Errorf("%d of %d bytes: %v, %+v, %v", n, all.Len(), ok, p, r.Err())
		}
	}
	for n := 1; n < questionSize; n++ {
		if err := Answer(bytes.NewReader(make([]byte, n)), io.Discard, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes of a question: %v", n, err)
		}
	}
}
