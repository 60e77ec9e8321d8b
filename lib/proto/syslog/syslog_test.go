package syslog

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestMessage(t *testing.T) {
	tests := []struct{ in, want string }{
		// The examples of RFC 3164, section 5.4, and RFC 5424, section 6.5.
		{"<34>Oct 11 22:14:15 mymachine su: 'su root' failed", `"severity":"critical","facility":"security/authorization messages","body":"<34>Oct 11 22:14:15 mymachine su: 'su root' failed"`},
		{"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %%", `"severity":"notice","facility":"local use 4","body":"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %%"`},
		{"<0>", `"severity":"emergency","facility":"kernel messages","body":"<0>"`},
		{"<191>", `"severity":"debug","facility":"local use 7","body":"<191>"`},
		{"<000000000000013>x", `"severity":"notice","facility":"user-level messages","body":"<000000000000013>x"`},
		{"<192>x", `"body":"<192>x"`},
		{"<4294967309>x", `"body":"<4294967309>x"`},
		{"<>x", `"body":"<>x"`},
		{"<13", `"body":"<13"`},
		{"<13 >x", `"body":"<13 >x"`},
		{"no priority", `"body":"no priority"`},
		{"\x00\"\n", `"body":"\u0000\"\u000a"`},
		{strings.Repeat("a", 32) + "\xff", `"body":"` + strings.Repeat("a", 32) + `\ufffd"`},
		{strings.Repeat("a", 31) + "\xff", "none"},
		{"\x80", "none"},
		{"", "none"},
	}
	p := prototest.New(t, Protocol, "message", proto.Options{})
	for _, tt := range tests {
		want := tt.want
		if want != "none" {
			want = `"syslog":{` + want + `}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q: got %s, want %s", tt.in, got, want)
		}
		p.Truncated([]byte(tt.in))
	}
	p.NoAllocations([]byte(tests[0].in))
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{}, []byte("<34>Oct 11 22:14:15 mymachine su: x"), []byte("<191>"), []byte("x"))
}
