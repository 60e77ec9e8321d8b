package smtp

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

func TestSecrets(t *testing.T) {
	m := record.NewMask([]byte("a key for tests."))
	hide := func(s string) string { return string(m.Append(nil, []byte(s))) }
	tests := []struct{ in, want string }{
		{"EHLO client\r\n", `"command":"EHLO","parameters":["client"]`},
		{"QUIT\r\n", `"command":"QUIT"`},
		{"AUTH LOGIN\r\n", `"command":"AUTH","parameters":["LOGIN"]`},
		{"AUTH PLAIN AGEAYg==\r\n", `"command":"AUTH","parameters":["PLAIN ` + hide("AGEAYg==") + `"]`},
		{"auth login\r\nYQ==\r\n\r\nYg==\r\n", `"command":"auth","parameters":["login","` + hide("YQ==") + `","` + hide("Yg==") + `"]`},
		{"RSET x\r\nAUTH PLAIN AGEAYg==\r\nYg==\r\n", `"command":"` + hide("RSET") + `","parameters":["x","AUTH PLAIN ` + hide("AGEAYg==") + `","` + hide("Yg==") + `"]`},
		{"QUITYWJj\r\n", `"command":"` + hide("QUITYWJj") + `"`},
		{"STARTTLS\r\n", `"command":"STARTTLS"`},
	}
	for _, tt := range tests {
		c := new(Command)
		if !c.Parse(wire.Of([]byte(tt.in)), new(proto.Packet)) {
			t.Fatalf("%q: no command", tt.in)
		}
		w := record.NewWriter(nil)
		w.SetMask(m)
		c.WriteRecord(w)
		if got, want := string(w.Bytes()), `"smtp":{"request":{`+tt.want+`}}`; got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", tt.in, got, want)
		}
	}
}
