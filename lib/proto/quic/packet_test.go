package quic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"merctools/lib/proto"
)

// packet says how to build an Initial packet. It is built with the general
// functions of the standard library, not with those that are tested.
type packet struct {
	version    uint32
	suite      *suite // that of the version, where nil
	first      byte   // what to set in the first byte before it is protected
	dcid, scid string
	token      string
	number     uint32
	numberLen  int
	payload    string
	size       int  // of the datagram, filled with padding
	clear      bool // no protection
}

// Keys as RFC 9001, section 5.2, has them.
func deriveForTest(t testing.TB, s *suite, dcid string) (key, iv, hp []byte) {
	t.Helper()
	expand := func(secret []byte, label string, n int) []byte {
		label = "tls13 " + label
		info := string([]byte{0, byte(n), byte(len(label))}) + label + "\x00"
		out, err := hkdf.Expand(sha256.New, secret, info, n)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	secret, err := hkdf.Extract(sha256.New, []byte(dcid), []byte(s.salt))
	if err != nil {
		t.Fatal(err)
	}
	secret = expand(secret, "client in", 32)
	return expand(secret, s.key, 16), expand(secret, s.iv, 12), expand(secret, s.hp, 16)
}

func varint(v uint64) string {
	switch {
	case v < 1<<6:
		return string([]byte{byte(v)})
	case v < 1<<14:
		return string(binary.BigEndian.AppendUint16(nil, uint16(v|1<<14)))
	case v < 1<<30:
		return string(binary.BigEndian.AppendUint32(nil, uint32(v|2<<30)))
	}
	return string(binary.BigEndian.AppendUint64(nil, v|3<<62))
}

func (p packet) build(t testing.TB) []byte {
	t.Helper()
	const tagLen = 16
	s := p.suite
	if s == nil {
		s = suiteOf(p.version)
	}
	if p.numberLen == 0 {
		p.numberLen = 1
	}
	if p.size == 0 {
		p.size = 1200
	}
	first := 0xc0 | p.first | byte(p.numberLen-1)
	if s != nil {
		first |= s.initial
	}
	head := string([]byte{first}) + string(binary.BigEndian.AppendUint32(nil, p.version)) +
		string([]byte{byte(len(p.dcid))}) + p.dcid + string([]byte{byte(len(p.scid))}) + p.scid +
		varint(uint64(len(p.token))) + p.token
	over := len(head) + 2 + p.numberLen + tagLen
	payload := p.payload + strings.Repeat("\x00", max(0, p.size-over-len(p.payload)))
	length := binary.BigEndian.AppendUint16(nil, uint16(p.numberLen+len(payload)+tagLen)|1<<14)
	number := binary.BigEndian.AppendUint32(nil, p.number)[4-p.numberLen:]
	b := slices.Concat([]byte(head), length, number)
	if p.clear {
		return slices.Concat(b, []byte(payload), make([]byte, tagLen))
	}
	key, iv, hp := deriveForTest(t, s, p.dcid)
	for i, x := range number {
		iv[12-p.numberLen+i] ^= x
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	at := len(b) - p.numberLen
	b = aead.Seal(b, iv, []byte(payload), b)
	header, err := aes.NewCipher(hp)
	if err != nil {
		t.Fatal(err)
	}
	var mask [16]byte
	header.Encrypt(mask[:], b[at+4:at+20])
	b[0] ^= mask[0] & 0x0f
	for i := range p.numberLen {
		b[at+i] ^= mask[1+i]
	}
	return b
}

func crypto(offset int, data string) string {
	return "\x06" + varint(uint64(offset)) + varint(uint64(len(data))) + data
}

// rfcHello is the ClientHello of RFC 9001, appendix A.2.
var rfcHello = unhex("010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c" +
	"00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007" +
	"000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748" +
	"002b0003020304000d0010000e0403050306030203080408050806002d00020101001c00024001003900320408ffffffffffffffff" +
	"05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff")

const rfcID = "\x83\x94\xc8\xf0\x3e\x51\x57\x08"

func unhex(s string) string {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func newMessage(o proto.Options) *Initial {
	return Protocol.Messages[0].New(&o).(*Initial)
}
