package quic

import "strconv"

// A suite is what the protection of Initial packets depends on in a version.
type suite struct {
	name string // the versions that have its salt
	salt string // 20 bytes

	// The long packet type of Initial packets, with the bit that says that
	// the header is a long one, under initialMask.
	initial byte

	key, iv, hp string // labels for HKDF-Expand-Label without their prefix
}

// initialMask are the bits of the first byte that tell a packet with a long
// header and its type.
const initialMask = 0xb0

// The suites of version 1 and its drafts (RFC 9001, section 5.2) and of
// version 2 and its drafts (RFC 9369, section 3.3).
var suites = [...]suite{
	{"d22", "\x7f\xbc\xdb\x0e\x7c\x66\xbb\xe9\x19\x3a\x96\xcd\x21\x51\x9e\xbd\x7a\x02\x64\x4a", 0x80, "quic key", "quic iv", "quic hp"},
	{"d23_d28", "\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02", 0x80, "quic key", "quic iv", "quic hp"},
	{"d29_d32", "\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99", 0x80, "quic key", "quic iv", "quic hp"},
	{"d33_v1", "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a", 0x80, "quic key", "quic iv", "quic hp"},
	{"d1_d7_v2", "\xa7\x07\xc2\x03\xa5\x9b\x47\x18\x4a\x1d\x62\xca\x57\x04\x06\xea\x7a\xe3\xe5\xd3", 0x90, "quicv2 key", "quicv2 iv", "quicv2 hp"},
	{"v2", "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9", 0x90, "quicv2 key", "quicv2 iv", "quicv2 hp"},
}

// suiteOf returns the suite of a version, nil where it is not known.
func suiteOf(version uint32) *suite {
	switch version {
	case 0xff000016, // draft 22
		0xfaceb001: // mvfst, Facebook's implementation
		return &suites[0]
	case 0xff000017, 0xff000018, 0xff000019, 0xff00001a, 0xff00001b, 0xff00001c,
		0xfaceb002, 0xfaceb00e, 0xfaceb010, 0xfaceb011, 0xfaceb012, 0xfaceb013:
		return &suites[1]
	case 0xff00001d, 0xff00001e, 0xff00001f, 0xff000020:
		return &suites[2]
	case 0xff000021, 0xff000022,
		0x00000001, // RFC 9000
		0xfacefeed, // mvfst
		0xd4000400:
		return &suites[3]
	case 0x709a50c4: // drafts of version 2
		return &suites[4]
	case 0x6b3343cf: // RFC 9369
		return &suites[5]
	}
	return nil
}

// VersionName is the name of a version: v1, v2, that of a draft or of an
// implementation, or "".
func VersionName(version uint32) string {
	const drafts = 0xff000000
	switch {
	case version == 0x00000001:
		return "v1, RFC 9000"
	case version == 0x6b3343cf:
		return "v2, RFC 9369"
	case version == 0x709a50c4:
		return "draft of v2"
	case version&^0xff == drafts && version != drafts:
		return "draft " + strconv.Itoa(int(version&0xff))
	case version&^0xff == 0xfaceb000, version == 0xfacefeed:
		return "mvfst"
	}
	return ""
}

// The suites of versions that are known with Options.Deep only: those that
// Google deployed before RFC 9000, with TLS inside.
var googleSuites = [...]suite{
	{"t50", "\x7f\xf5\x79\xe5\xac\xd0\x72\x91\x55\x80\x30\x4c\x43\xa2\x36\x7c\x60\x48\x83\x10", 0x80, "quic key", "quic iv", "quic hp"},
	{"t51", "\x7a\x4e\xde\xf4\xe7\xcc\xee\x5f\xa4\x50\x6c\x19\x12\x4f\xc8\xcc\xda\x6e\x03\x3d", 0x80, "quic key", "quic iv", "quic hp"},
}

// deepSuiteOf returns the suite of a version that suiteOf does not know, nil
// where it is not known either.
func deepSuiteOf(version uint32) *suite {
	switch version {
	case 0xff000015: // draft 21
		return &suites[0]
	case 0x54303530: // T050
		return &googleSuites[0]
	case 0x54303531: // T051
		return &googleSuites[1]
	}
	return nil
}

// isGoogle reports whether a version is one of googleSuites.
func isGoogle(version uint32) bool { return version == 0x54303530 || version == 0x54303531 }

// isPlausible reports whether a version that is not known may have one of the
// known suites: one that is reserved to exercise version negotiation (RFC 9000,
// section 15), one of a draft, or one of mvfst.
func isPlausible(version uint32) bool {
	return version&0x0f0f0f0f == 0x0a0a0a0a || version>>8 == 0xff0000 || version>>8 == 0xfaceb0
}
