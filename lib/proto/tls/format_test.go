package tls

import (
	"bytes"
	"testing"

	"merctools/lib/npf"
	"merctools/lib/wire"
)

// extensionTypes are those that the formats of fingerprints treat in ways of
// their own.
var extensionTypes = [...]ExtensionType{
	ExtServerName, ExtSupportedGroups, ExtSignatureAlgorithms, ExtALPN, 21, 23, 27, ExtSessionTicket,
	ExtPreSharedKey, 42, ExtSupportedVersions, ExtPSKModes, ExtKeyShare, ExtQUICParameters, 62, 63,
	0x3374, ExtTokenBinding, 0x754f, 0xfeff, 0xff00, 0xff01, 0xff77, ExtECH, ExtQUICParametersDraft,
	0x0a0a, 0xfafa, 0x1a2a,
}

// structuredHello makes a ClientHello with extensions out of any bytes: of
// each extension, one byte for its type, one for the length of its value, then
// the value. A type comes more than once only where repeats says so.
func structuredHello(data []byte, repeats bool) string {
	extensions := ""
	seen := map[ExtensionType]bool{}
	for len(data) > 1 {
		t := extensionTypes[int(data[0])%len(extensionTypes)]
		n := min(int(data[1]%48), len(data)-2)
		value := string(data[2 : 2+n])
		data = data[2+n:]
		if !repeats && seen[t] {
			continue
		}
		seen[t] = true
		extensions += extension(t, value)
	}
	return clientHello(extensions)
}

// FuzzFormats compares the fingerprint that a message has in each format with
// that which format 0's text is converted to.
func FuzzFormats(f *testing.F) {
	// Transport parameters whose order by number is not that of their bytes.
	f.Add([]byte("\x0d\x05\x1b\x00\x40\x05\x00"), false)
	f.Add([]byte("\x18\x0c\x40\x05\x00\x1b\x01x\x05\x00\x40\x3a\x01x\x00"), false)
	f.Add([]byte("\x19\x00\x0a\x05\x04\x3a\x3a\x03\x04\x1a\x00\x01\x04\x00\x02\x2a\x2a\x1b\x00\x04\x03abc"), false)
	f.Add([]byte("\x02\x01a\x02\x00\x02\x02bb\x02\x01b\x02\x00"), true)
	f.Add([]byte("\x13\x00\x0e\x00\x0f\x00\x14\x00\x15\x00\x16\x00"), false)
	f.Fuzz(func(t *testing.T, data []byte, repeats bool) {
		checkFormats(t, wire.Of([]byte(structuredHello(data, repeats))))
	})
}

// checkFormats compares what the message gives with what its text does, in
// all formats of TLS and QUIC.
func checkFormats(t *testing.T, body wire.Cursor) {
	t.Helper()
	var m ClientHello
	if !m.Parse(body) {
		t.Fatal("the hello can't be read")
	}
	var plain, other npf.Builder
	var c npf.Converter
	for _, kind := range []npf.Type{npf.TLS, npf.QUIC} {
		write := func(b *npf.Builder, format int) {
			b.Begin(kind, format)
			if kind == npf.QUIC {
				b.String([]byte("\x00\x00\x00\x01"))
			}
			m.WriteFingerprint(b, npf.FormatOf(kind, format))
		}
		if write(&plain, 0); plain.Type() == npf.None {
			if !plain.TooLong() {
				t.Error("no fingerprint, although it is not too long")
			}
			continue
		}
		last := 2
		if kind == npf.QUIC {
			last = 1
		}
		for format := 1; format <= last; format++ {
			write(&other, format)
			got, ok := c.Convert(kind, plain.Bytes(), format)
			if !ok {
				t.Errorf("format %d can't be derived from %s", format, plain.Bytes())
			} else if !bytes.Equal(got, other.Bytes()) && !plain.Repeats() {
				t.Errorf("%s\nconverted %s\nmessage   %s", plain.Bytes(), got, other.Bytes())
			}
		}
	}
}

// Repeated extensions are found whatever their type is, and those for GREASE
// do not count.
func TestRepeats(t *testing.T) {
	for _, tt := range []struct {
		extensions string
		want       bool
	}{
		{cat(extension(0), extension(10), extension(0x0a0a), extension(0x0a0a), extension(0x1a1a), extension(0xff01)), false},
		{cat(extension(0), extension(10), extension(0)), true},
		{cat(extension(0xffa5), extension(0xffa5)), true},
	} {
		var m ClientHello
		m.Parse(wire.Of([]byte(clientHello(tt.extensions))))
		for format := npf.InOrder; format <= npf.Registered; format++ {
			var b npf.Builder
			b.Begin(npf.TLS, int(format))
			if m.WriteFingerprint(&b, format); b.Repeats() != tt.want {
				t.Errorf("format %d of %x: %v", format, tt.extensions, b.Repeats())
			}
		}
	}
}
