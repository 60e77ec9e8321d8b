package tls

import (
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// Packets of the Tabular Data Stream of SQL Server, which carry the records of
// the TLS handshake ([MS-TDS], sections 2.2.3.1 and 2.2.6.5).
const (
	tdsResponse  = 0x04
	tdsPrelogin  = 0x12
	tdsHeaderLen = 8
	tdsMaxLen    = 1 << 15
	tdsEnd       = 0x01 // bit of the status: the last packet of a message
)

// frameTDS finds a handshake message in TDS packets, which cut its records
// anywhere. Other packets are passed over.
func frameTDS(data wire.Cursor, f *proto.Frame) {
	const recordStart = 2 // bytes that tell a record
	if len(data) < tdsHeaderLen+recordStart {
		if isTDS(data) && !f.End {
			f.More(data, tdsHeaderLen+recordStart)
		}
		return
	}
	if !isTDS(data) {
		return
	}
	if ContentType(data[tdsHeaderLen]) != ContentHandshake || data[tdsHeaderLen+1] != tlsMajor {
		if data[0] == tdsPrelogin {
			f.Skip(tdsLen(data))
		}
		return
	}
	var content []byte
	at, last := 0, false
	for !last && at+tdsHeaderLen <= len(data) && isTDS(data[at:]) {
		n := tdsLen(data[at:])
		last = data[at+1]&tdsEnd != 0
		content = append(content, data[min(at+tdsHeaderLen, len(data)):min(at+n, len(data))]...)
		if at += n; at > len(data) {
			last = false
			break
		}
	}
	inner := proto.Frame{End: f.End || last, Buf: f.Buf}
	frame(content, &inner)
	f.Buf = inner.Buf
	switch inner.Status {
	case proto.FrameMore:
		f.More(data, max(at+tdsHeaderLen+1, len(data)+1))
	case proto.FrameComplete:
		f.Status, f.Data, f.Length, f.Truncated = proto.FrameComplete, inner.Data, at, inner.Truncated
	default:
		f.Skip(tdsLen(data))
	}
}

// isTDS reports whether data can be the beginning of a packet.
func isTDS(data wire.Cursor) bool {
	if data[0] != tdsPrelogin && data[0] != tdsResponse || len(data) > 1 && data[1] > tdsEnd || len(data) > 7 && data[7] != 0 {
		return false
	}
	return len(data) < 4 || tdsLen(data) > tdsHeaderLen && tdsLen(data) <= tdsMaxLen
}

// tdsLen is the length of the packet with its header.
func tdsLen(data wire.Cursor) int { return int(data[2])<<8 | int(data[3]) }
