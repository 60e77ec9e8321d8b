package tcp

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"testing"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// Fuzz reads segments with their headers, because what a SYN says is there.
func Fuzz(f *testing.F) {
	const ports = "\xc0\x00\x01\xbb\x00\x00\x00\x01\x00\x00\x00\x00"
	f.Add([]byte(ports+"\xa0\x02\xff\xff\x00\x00\x00\x00"+"\x02\x04\x05\xb4\x04\x02\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x00\x01\x03\x03\x07"), uint16(0), uint8(64))
	f.Add([]byte(ports+"\x70\x12\x16\xd0\x00\x00\x00\x00"+"\x02\x04\x05\xb4\x01\x01\x00\x00"), uint16(1), uint8(255))
	f.Add([]byte(ports+"\x60\x02\x16\xd0\x00\x00\x00\x00"+"\x02\x00\x01"), uint16(1), uint8(1))
	m := Protocol.Messages[0].New(&proto.Options{Metadata: true, Select: proto.All()})
	f.Fuzz(func(t *testing.T, segment []byte, id uint16, ttl uint8) {
		var p proto.Packet
		header := []byte(syn4)
		binary.BigEndian.PutUint16(header[2:], 0xffff)
		binary.BigEndian.PutUint16(header[4:], id)
		header[8] = ttl
		decode(&p, string(header)+string(segment))
		if !m.Parse(p.Headers.Payload(p.Bytes), &p) {
			return
		}
		w := record.NewWriter(nil)
		w.Object()
		m.WriteRecord(w)
		w.EndObject()
		var b npf.Builder
		m.(proto.Fingerprinter).Fingerprint(&b)
		if !json.Valid(w.Bytes()) || bytes.ContainsAny(b.Bytes(), "\"\\ ") {
			t.Errorf("%x: record %s, fingerprint %s", segment, w.Bytes(), b.Bytes())
		}
	})
}
