package tls

import (
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// frameSSL2 finds a ClientHello in the form of SSL 2.0, which clients of up to
// TLS 1.2 may send (RFC 5246, appendix E.2), and turns it into one of TLS.
func frameSSL2(data wire.Cursor, f *proto.Frame) {
	const headerLen = 11
	if data[0]&0x80 == 0 || len(data) < headerLen || data[2] != byte(TypeClientHello) {
		return
	}
	c := data
	length := int(c.Uint16() & 0x7fff)
	c.Skip(1)
	version := c.Bytes(2)
	specs, id, challenge := int(c.Uint16()), int(c.Uint16()), int(c.Uint16())
	switch {
	case version[0] != tlsMajor && (version[0] != 0 || version[1] != 2),
		specs == 0 || specs%3 != 0, id > 32, challenge < 16 || challenge > randomLen,
		length != headerLen-2+specs+id+challenge:
		return
	case len(data) < length+2:
		f.More(data, length+2)
		return
	}
	b := append(f.Buf[:0], byte(ContentHandshake), tlsMajor, 0, 0, 0, byte(TypeClientHello), 0, 0, 0)
	b = append(b, version...)
	suites := c.Bytes(specs)
	session := c.Bytes(id)
	for range randomLen - challenge {
		b = append(b, 0)
	}
	b = append(b, c.Bytes(challenge)...)
	b = append(b, byte(id))
	b = append(b, session...)
	at := len(b)
	b = append(b, 0, 0)
	for suites.More() {
		// Ciphers of SSL 2.0 itself have no code in TLS.
		if first := suites.Uint8(); first == 0 {
			b = append(b, suites.Bytes(2)...)
		} else {
			suites.Skip(2)
		}
	}
	put16(b[at:], len(b)-at-2)
	b = append(b, 1, 0)
	put16(b[3:], len(b)-recordHeaderLen)
	put16(b[7:], len(b)-recordHeaderLen-handshakeHeaderLen)
	f.Buf = b
	f.Status, f.Data, f.Length = proto.FrameComplete, b, length+2
}

func put16(b []byte, n int) { b[0], b[1] = byte(n>>8), byte(n) }
