package tls

import (
	"bytes"

	"merctools/lib/proto"
	"merctools/lib/wire"
)

// Types of records that hold no handshake messages (RFC 8446, section 5.1).
const (
	contentChangeCipherSpec ContentType = 20
	contentApplicationData  ContentType = 23
	contentHeartbeat        ContentType = 24 // RFC 6520

	// maxRecordLen is the length of the longest fragment in bytes: 2^14, and
	// what compression and encryption may add (RFC 5246, section 6.2.3).
	maxRecordLen = 1<<14 + 2048

	// helloPrefixLen is how many bytes tell a ClientHello: headers of record
	// and message, and the major version.
	helloPrefixLen = recordHeaderLen + handshakeHeaderLen + 1

	// maxSessionLen is the length of the longest identifier of a session in
	// bytes (RFC 5246, section 7.4.1.2).
	maxSessionLen = 32

	tlsMajor = 3
)

// frame finds a ClientHello, a ServerHello with the Certificate that follows
// it, or a Certificate. The message may come in several records, and behind
// other messages (RFC 8446, section 5.1). The frame's data is one record with
// that message. Other records are passed over.
func frame(data wire.Cursor, f *proto.Frame) {
	kind := ContentType(data[0])
	if kind == tdsPrelogin || kind == tdsResponse {
		frameTDS(data, f)
		return
	}
	if kind < contentChangeCipherSpec || kind > contentApplicationData {
		frameSSL2(data, f)
		return
	}
	if len(data) < recordHeaderLen {
		if !f.End && (len(data) == 1 && kind == ContentHandshake || len(data) > 1 && data[1] == tlsMajor) {
			f.More(data, recordHeaderLen)
		}
		return
	}
	n := recordLen(data)
	switch usual := data[1] == tlsMajor && data[2] <= 4 && n > 0 && n <= maxRecordLen; {
	case kind != ContentHandshake && usual:
		f.Skip(recordHeaderLen + n)
	case kind == ContentHandshake && (usual || isHello(data)):
		frameHandshake(data, n, f)
	}
}

// recordLen is the length of the fragment that the header of a record tells.
func recordLen(header wire.Cursor) int {
	header.Skip(3) // type, version
	return int(header.Uint16())
}

// bodyLen is the length of the body that the header of a handshake message tells.
func bodyLen(header wire.Cursor) int {
	header.Skip(1) // type
	return int(header.Uint24())
}

// isHello reports whether data begins with a ClientHello in a record of
// whatever version.
func isHello(data wire.Cursor) bool {
	if len(data) < helloPrefixLen || data[5] != byte(TypeClientHello) || data[9] != tlsMajor {
		return false
	}
	record, message := recordLen(data), bodyLen(data[recordHeaderLen:])
	return record >= handshakeHeaderLen && record <= maxRecordLen && message >= 2+randomLen && message <= maxHandshakeLen &&
		record <= message+handshakeHeaderLen
}

// isServerHello reports whether data begins with a ServerHello, as far as it
// is there. Other messages may follow in its record.
func isServerHello(data wire.Cursor) bool {
	const sessionAt = recordHeaderLen + handshakeHeaderLen + 2 + randomLen // length of the session's identifier
	if len(data) < helloPrefixLen || data[5] != byte(TypeServerHello) || data[9] != tlsMajor {
		return false
	}
	record, message := recordLen(data), bodyLen(data[recordHeaderLen:])
	return record > 0 && record <= maxRecordLen && message >= sessionAt-recordHeaderLen && message <= maxRecordLen &&
		(len(data) <= sessionAt || data[sessionAt] <= maxSessionLen)
}

// A joiner puts the fragments of consecutive handshake records together.
type joiner struct {
	rest    wire.Cursor // of the stream
	content []byte      // fragments
	read    int         // bytes of the stream that they take, with those that are not there
	more    bool        // the stream ends before the record or its header does
	other   bool        // a record of another type follows
}

// upTo reads records until there are n bytes of content, and reports whether
// there are.
func (j *joiner) upTo(n int) bool {
	for len(j.content) < n && !j.more && !j.other {
		c := j.rest
		if len(c) < recordHeaderLen {
			j.more = true
			if len(c) > 0 && ContentType(c[0]) != ContentHandshake {
				j.other, j.more = true, false
			}
			break
		}
		if ContentType(c[0]) != ContentHandshake {
			j.other = true
			break
		}
		c.Skip(3)
		length := int(c.Uint16())
		fragment := c.UpTo(length)
		j.content = append(j.content, fragment...)
		j.rest = c
		j.read += recordHeaderLen + length
		j.more = len(fragment) < length
	}
	return len(j.content) >= n
}

// frameHandshake finds the first message that is told apart, in records of
// which the first has n bytes.
func frameHandshake(data wire.Cursor, n int, f *proto.Frame) {
	j := joiner{rest: data, content: append(f.Buf[:0], data[:recordHeaderLen]...)}
	f.Buf = j.content
	// Offsets are from the header that goes in front of the message.
	begin := recordHeaderLen
	var end int
	for {
		if !j.upTo(begin + handshakeHeaderLen) {
			break
		}
		kind := HandshakeType(j.content[begin])
		end = begin + handshakeHeaderLen + bodyLen(j.content[begin:])
		if kind == TypeClientHello || kind == TypeServerHello || kind == TypeCertificate {
			break
		}
		// Encrypted messages look like anything.
		if !isHandshakeType(kind) || end-begin > maxHandshakeLen {
			f.Buf = j.content
			f.Skip(recordHeaderLen + n)
			return
		}
		begin = end
	}
	if end <= begin {
		j.wait(data, n, 0, f)
		return
	}
	kind := HandshakeType(j.content[begin])
	if end-begin > maxHandshakeLen+handshakeHeaderLen || kind != TypeCertificate && j.upTo(begin+handshakeHeaderLen+1) && j.content[begin+handshakeHeaderLen] != tlsMajor {
		f.Buf = j.content
		f.Skip(recordHeaderLen + n)
		return
	}
	whole := j.upTo(end)
	if !whole && !f.End && j.more {
		j.wait(data, n, end, f)
		return
	}
	if whole && (kind == TypeCertificate || kind == TypeServerHello && mayHaveCertificate(j.content[begin+handshakeHeaderLen:end])) {
		next := end + handshakeHeaderLen
		switch {
		case j.upTo(next):
			if kind == TypeServerHello && HandshakeType(j.content[end]) == TypeCertificate {
				next += bodyLen(j.content[end:])
				if next-end > maxHandshakeLen {
					break
				}
				whole = j.upTo(next)
				if !whole && !f.End && j.more {
					j.wait(data, n, next, f)
					return
				}
				end = next
			} else if kind == TypeCertificate {
				end = next // the header tells the sender
			}
		case j.more && !f.End:
			j.wait(data, n, next, f)
			return
		}
	}
	f.Buf = j.content
	if f.Behind && !mayBeRecord(j.rest) {
		f.Skip(j.read)
		return
	}
	end = min(end, len(j.content), recordHeaderLen+0xffff)
	if begin > recordHeaderLen {
		end = recordHeaderLen + copy(j.content[recordHeaderLen:], j.content[begin:end])
	}
	m := j.content[:end]
	length := end - recordHeaderLen
	m[1], m[3], m[4] = tlsMajor, byte(length>>8), byte(length)
	m[2] = min(m[2], 3)
	f.Status, f.Data, f.Length, f.Truncated = proto.FrameComplete, m, j.read, !whole
}

// mayBeRecord reports whether data, as far as it is there, is the beginning of a
// record. If something else follows one, TLS is inside of another protocol.
func mayBeRecord(data wire.Cursor) bool {
	return len(data) == 0 || ContentType(data[0]) >= contentChangeCipherSpec && ContentType(data[0]) <= contentHeartbeat &&
		(len(data) == 1 || data[1] == tlsMajor)
}

// wait asks for the bytes that the present record needs, or for the header of
// another. size is how much content the message needs, 0 where that is not
// known.
func (j *joiner) wait(data wire.Cursor, n, size int, f *proto.Frame) {
	f.Buf = j.content
	switch {
	case f.End:
		f.Skip(len(data))
	case j.other:
		f.Skip(recordHeaderLen + n) // a message ends with its records
	case size > len(j.content) && j.read > len(data):
		f.More(data, min(j.read, len(data)+size-len(j.content)))
	case j.read > len(data):
		f.More(data, len(data)+1)
	default:
		f.More(data, max(j.read+recordHeaderLen+1, len(data)+1))
	}
}

// isHandshakeType reports whether a type is one that comes unencrypted.
func isHandshakeType(t HandshakeType) bool {
	switch t {
	case 0, 4, 12, 13, 14, 15, 16, 21, 22, 23:
		return true
	}
	return false
}

// mayHaveCertificate reports whether a Certificate may follow a ServerHello
// in the clear: not in TLS 1.3.
func mayHaveCertificate(body wire.Cursor) bool {
	var m ServerHello
	return m.Parse(body) && m.Extensions.Find(ExtSupportedVersions).Failed()
}

// findHello finds a ClientHello or a ServerHello behind what another protocol
// says before it, as STARTTLS, or a database's request for TLS.
func findHello(data wire.Cursor) int {
	for at := 1; at < len(data); at++ {
		i := bytes.IndexByte(data[at:], byte(ContentHandshake))
		if i < 0 {
			break
		}
		at += i
		c := data[at:]
		switch {
		case len(c) > 1 && c[1] != tlsMajor, len(c) > 2 && c[2] > 4:
		case len(c) > recordHeaderLen && c[recordHeaderLen] != byte(TypeClientHello) && c[recordHeaderLen] != byte(TypeServerHello):
		case len(c) < helloPrefixLen || isHello(c) || isServerHello(c):
			return at
		}
	}
	return len(data)
}
