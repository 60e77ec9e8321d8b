package tftp

import (
	"testing"

	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

func TestRecord(t *testing.T) {
	p := prototest.New(t, Protocol, "message", proto.Options{})
	for _, tt := range []struct{ name, data, want string }{
		{"read", "\x00\x01f.bin\x00octet\x00", `"tftp":{"opcode":"read","filename":"f.bin","mode":"octet","options":[]}`},
		{"write, options", "\x00\x02f\x00octet\x00tsize\x000\x00blksize\x001408\x00",
			`"tftp":{"opcode":"write","filename":"f","mode":"octet","options":[{"option":"tsize","value":"0"},{"option":"blksize","value":"1408"}]}`},
		{"option cut off", "\x00\x01f\x00octet\x00tsize\x000\x00blksize\x0014", `"tftp":{"opcode":"read","filename":"f","mode":"octet","options":[{"option":"tsize","value":"0"}]}`},
		{"option without a value", "\x00\x01f\x00octet\x00tsize\x00", `"tftp":{"opcode":"read","filename":"f","mode":"octet","options":[]}`},
		{"empty strings", "\x00\x01\x00\x00\x00\x00a\x00\x00", `"tftp":{"opcode":"read","options":[{},{"option":"a"}]}`},
		{"not UTF-8", "\x00\x01\xff\"\x00\x01\x00", `"tftp":{"opcode":"read","filename":"\ufffd\"","mode":"\u0001","options":[]}`},
		{"mode cut off", "\x00\x01f\x00octet", ""},
		{"no mode", "\x00\x01f\x00", ""},
		{"filename cut off", "\x00\x01f", ""},
		{"no filename", "\x00\x01", ""},
		{"data", "\x00\x03\x00\x01data", ""},
		{"acknowledgement", "\x00\x04\x00\x01", ""},
		{"option acknowledgement", "\x00\x06a\x00b\x00", ""},
		{"opcode of two bytes", "\x01\x01f\x00octet\x00", ""},
		{"error", "\x00\x05\x00\x01File not found\x00", `"tftp":{"error":{"code":1}}`},
		{"error, text cut off", "\x00\x05\x01\x00F", `"tftp":{"error":{"code":256}}`},
		{"error without a text", "\x00\x05\x00\x01", ""},
		{"error, code cut off", "\x00\x05\x00", ""},
		{"opcode cut off", "\x00", "none"},
		{"empty", "", "none"},
	} {
		if got := p.Record([]byte(tt.data)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		p.Truncated([]byte(tt.data))
	}
	p.NoAllocations([]byte("\x00\x02f\x00octet\x00tsize\x000\x00"))
	p.NoAllocations([]byte("\x00\x05\x00\x01File not found\x00"))
}

func TestMatch(t *testing.T) {
	var table detect.Table
	table.Add(1, Protocol.Messages[0].Match[0])
	for _, ports := range [][2]uint16{{69, 1000}, {1000, 69}} {
		if table.Find(nil, ports[0], ports[1]) != 1 {
			t.Errorf("%d to %d", ports[0], ports[1])
		}
	}
}
