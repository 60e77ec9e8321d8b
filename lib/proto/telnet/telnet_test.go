package telnet

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestMessage(t *testing.T) {
	tests := []struct{ in, want string }{
		{"login: ", `"message":[{"data":"login: "}]`},
		{"hi\xff\xfb\x01\xff\xfd\x03", `"message":[{"data":"hi"},{"command":"will","suboption":"echo"},{"command":"do","suboption":"suppress_go_ahead"}]`},
		{"a\xff\xfc\x22b\xff\xfe\x32", `"message":[{"data":"a"},{"command":"wont","suboption":"linemode"},{"data":"b"},{"command":"dont","suboption":"UNKNOWN (32)"}]`},
		{"\xff\xfb\x8a\xff\xfb\x8b\xff\xfb\x8c\xff\xfb\xff", `"message":[{"command":"will","suboption":"telopt_pragma_logon"},{"command":"will","suboption":"telopt_sspi_logon"},` +
			`{"command":"will","suboption":"telopt_pragma_heartbeat"},{"command":"will","suboption":"extended_options_list"}]`},
		{"\xff\xfb\x31\xff\xfb\x00", `"message":[{"command":"will","suboption":"forward_x"},{"command":"will","suboption":"binary_transmission"}]`},
		{"\xff\xfa\x18\x00VT\xff\xffX\xff\xf0z", `"message":[{"command":"sb","suboption":"terminal_type","data":"\u0000VT\ufffd\ufffdX"},{"data":"z"}]`},
		{"\xff\xfa\x18\xff\xf0", `"message":[{"command":"sb","suboption":"terminal_type"}]`},
		{"\xff\xf0\xff\xf1\xff\xf4\xff\xf9\xff\xef\xff\x00", `"message":[{"command":"se"},{"command":"nop"},{"command":"ip"},{"command":"ga"},{"command":"unknown"},{"command":"unknown"}]`},
		{"x\xff\xffy", `"message":[{"data":"x\ufffd\ufffdy"}]`},
		{"\xff\xff\xff\xf1", `"message":[{"data":"\ufffd\ufffd"},{"command":"nop"}]`},
		{"x\xff", `"message":[{"data":"x"}],"truncated":true`},
		{"x\xff\xfb", `"message":[{"data":"x"}],"truncated":true`},
		{"x\xff\xfa\x18\x01", `"message":[{"data":"x"}],"truncated":true`},
		{"x\xff\xfa\x18\x01\xff", `"message":[{"data":"x"}],"truncated":true`},
		{"x\xff\xfa\x18\x01\xff\xf1", `"message":[{"data":"x"}],"truncated":true`},
		{"x\xff\xff\xff", `"message":[{"data":"x\ufffd\ufffd"}],"truncated":true`},
		// The packet counts, but there is nothing whole in it.
		{"\xff", ""},
		{"\xff\xfb", ""},
		{"\xff\xfa\x18", ""},
		{"\xff\xfa\x18abc", ""},
		{"", "none"},
	}
	p := prototest.New(t, Protocol, "data", proto.Options{})
	for _, tt := range tests {
		want := tt.want
		if want != "none" && want != "" {
			want = `"telnet":{` + want + `}`
		}
		if got := p.Record([]byte(tt.in)); got != want {
			t.Errorf("%q: got %s, want %s", tt.in, got, want)
		}
		p.Truncated([]byte(tt.in))
	}
	p.NoAllocations([]byte("hi\xff\xfb\x01\xff\xfa\x18\x00VT\xff\xff\xff\xf0"))
}

// All codes have a name or none, and none is out of range.
func TestNames(t *testing.T) {
	known := 0
	for code := range 256 {
		if commandName(uint8(code)) == "" {
			t.Errorf("command %d is empty", code)
		}
		if optionName(uint8(code)) != "" {
			known++
		}
	}
	if known != 50+4 {
		t.Errorf("%d options have names", known)
	}
	if commandName(do) != "do" || commandName(sb) != "sb" || optionName(44) != "com_port_control_option" {
		t.Errorf("got %s, %s, %s", commandName(do), commandName(sb), optionName(44))
	}
}

func Fuzz(f *testing.F) {
	prototest.Fuzz(f, Protocol, proto.Options{},
		[]byte("hi\xff\xfb\x01\xff\xfa\x18\x00VT\xff\xff\xff\xf0z"),
		[]byte("\xff\xff\xff"),
		[]byte("\xff\xfa"),
	)
}
