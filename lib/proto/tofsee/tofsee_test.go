package tofsee

import (
	"math/bits"
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

// obfuscate does what a server does to a greeting.
func obfuscate(plain string) []byte {
	mix := byte(0xc6)
	var out []byte
	for i := range len(plain) {
		c := bits.RotateLeft8(plain[i]^mix, -5)
		out = append(out, c)
		mix = c ^ 0xc6
	}
	return out
}

func greeting(unknown, address string) []byte {
	return obfuscate(strings.Repeat("\xaa", 128) + unknown + address + "\x01\x02\x03\x04" + strings.Repeat("\xbb", 48))
}

func TestGreeting(t *testing.T) {
	p := prototest.New(t, Protocol, "initial message", proto.Options{})
	zeros := strings.Repeat("\x00", 16)
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"greeting", greeting(zeros, "\xc0\x00\x02\xff"), `"tofsee_initial_message":{"key":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","unknown_1":"00000000000000000000000000000000","bot_ip":"192.0.2.255","srv_time":"01020304","unknown_2":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}`},
		{"fifteen bits", greeting("\xff\x7f"+zeros[2:], "\xc0\x00\x02\xff"), `"tofsee_initial_message":{"key":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","unknown_1":"ff7f0000000000000000000000000000","bot_ip":"192.0.2.255","srv_time":"01020304","unknown_2":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}`},
		{"sixteen bits", greeting("\xff\xff"+zeros[2:], "\xc0\x00\x02\xff"), "none"},
		{"no address", greeting(zeros, "\x00\x00\x00\x00"), "none"},
		{"too short", greeting(zeros, "\xc0\x00\x02\xff")[:199], "none"},
		{"too long", append(greeting(zeros, "\xc0\x00\x02\xff"), 0), "none"},
		{"noise", []byte(strings.Repeat("\xff", 200)), "none"},
		{"empty", nil, "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := p.Record(tt.data); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	if got := p.Fingerprint(tests[0].data); got != "tofsee/1/generic" {
		t.Errorf("fingerprint is %q", got)
	}
	var c proto.Context
	if ok := p.Message.(proto.Classifiable).Context(&c); !ok || string(c.UserAgent) != "192.0.2.255" || c.ServerName != nil {
		t.Errorf("context is %v, %+v", ok, c)
	}
	p.NoAllocations(tests[0].data)
	if n := testing.AllocsPerRun(10, func() { p.Message.(proto.Classifiable).Context(&c) }); n != 0 {
		t.Errorf("%v allocations for the context", n)
	}
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{}, greeting(strings.Repeat("\x00", 16), "\xc0\x00\x02\xff"))
}
