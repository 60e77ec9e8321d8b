package sctp

import (
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

const (
	ports    = "\x03\xe8\x07\xd0"
	noTag    = "\x00\x00\x00\x00"
	checksum = "\x12\x34\x56\x78"
)

var value = "\xde\xad\xbe\xef" + strings.Repeat("\x01", 12)

func TestRecord(t *testing.T) {
	p := prototest.New(t, Protocol, "INIT", proto.Options{})
	hex := "deadbeef" + strings.Repeat("01", 12)
	record := `"sctp":{"src_port":1000,"dst_port":2000,"chunk":{"type":"INIT","flags":7,"length":20,"value":"` + hex + `"}}`
	for _, tt := range []struct{ name, data, want string }{
		{"INIT", ports + noTag + checksum + "\x01\x07\x00\x14" + value, record},
		{"with parameters", ports + noTag + checksum + "\x01\x00\x00\x18" + value + "\x80\x00\x00\x04",
			`"sctp":{"src_port":1000,"dst_port":2000,"chunk":{"type":"INIT","flags":0,"length":24,"value":"` + hex + `80000004"}}`},
		{"another chunk behind", ports + noTag + checksum + "\x01\x07\x00\x14" + value + "\x00", record},
		{"tag", ports + "\x00\x00\x00\x01" + checksum + "\x01\x07\x00\x14" + value, "none"},
		{"INIT ACK", ports + noTag + checksum + "\x02\x07\x00\x14" + value, "none"},
		{"cut off", ports + noTag + checksum + "\x01\x07\x00\x15" + value, "none"},
		{"too short", ports + noTag + checksum + "\x01\x07\x00\x13" + value, "none"},
		{"length 3", ports + noTag + checksum + "\x01\x07\x00\x03" + value, "none"},
		{"length 0", ports + noTag + checksum + "\x01\x07\x00\x00" + value, "none"},
		{"no chunk", ports + noTag + checksum, "none"},
		{"empty", "", "none"},
	} {
		if got := p.Record([]byte(tt.data)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	whole := []byte(ports + noTag + checksum + "\x01\x07\x00\x14" + value)
	p.Truncated(whole)
	p.NoAllocations(whole)
}
