package pcap

import (
	"bytes"
	"testing"
)

func TestFormatBytes(t *testing.T) {
	for _, c := range []struct {
		format PCAPFormat
		want   []byte
	}{
		{PCAPFormat{SnapLen: DefaultSnapLen, Link: 1}, []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00" +
			"\x00\xf1\x53\x65\x40\xe2\x01\x00\x03\x00\x00\x00\x03\x00\x00\x00abc")},
		{PCAPFormat{Nano: true, SnapLen: 262144, Link: 276}, []byte("\x4d\x3c\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x14\x01\x00\x00" +
			"\x00\xf1\x53\x65\x15\xcd\x5b\x07\x03\x00\x00\x00\x03\x00\x00\x00abc")},
	} {
		out := c.format.AppendPacket(c.format.AppendHeader(nil), 1700000000123456789, []byte("abc"), 3)
		if !bytes.Equal(out, c.want) {
			t.Errorf("%+v:\n% x, want\n% x", c.format, out, c.want)
		}
	}
}
