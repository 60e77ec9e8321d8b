package explain

import (
	"encoding/binary"
	"fmt"

	"merctools/lib/npf"
	"merctools/lib/proto/quic"
	"merctools/lib/proto/tls"
	"merctools/lib/wire"
)

// client explains the fingerprint of a ClientHello.
func (e *Explanation) client(tree *npf.Tree, r *reader) {
	e.Summary = "ClientHello of " + protocolName(tree.Type) + ", "
	f := npf.FormatOf(tree.Type, tree.Format)
	switch f {
	case npf.InOrder:
		e.Summary += "extensions in the order of the message"
	case npf.Sorted:
		e.Summary += "extensions sorted by type"
	case npf.Registered:
		e.Summary += "extensions sorted by type, without those that depend on the session"
	default:
		e.Summary += "in an unknown format"
	}
	if tree.Word != "" {
		return
	}
	if tree.Type == npf.QUIC {
		e.add(quicVersion(r.value()))
	}
	e.hello(r, f)
	if !r.missing && (f == npf.InOrder || f == npf.Sorted) {
		e.AlsoKnownAs = hashes(tree, f)
	}
}

// hello explains what fingerprints of a ClientHello have in common.
func (e *Explanation) hello(r *reader, f npf.Format) {
	e.add(version(r.value()), suites("cipher suites", r.value()))
	x := extensions(r.next(), false)
	if f == npf.Registered {
		for i := range x.Parts {
			if p := &x.Parts[i]; p.Code == "003e" {
				p.Name = "an unassigned extension"
			} else if p.Code == "ff00" {
				p.Name = "an extension for private use"
			}
		}
	}
	e.add(x)
}

func quicVersion(v []byte) Part {
	p := Part{Name: "QUIC version", Code: digits(v)}
	if len(v) == 4 {
		p.Text = quic.VersionName(binary.BigEndian.Uint32(v))
	}
	return p
}

func version(v []byte) Part {
	p := Part{Name: "version", Code: digits(v)}
	if len(v) == 2 {
		p.Text = tls.VersionName(binary.BigEndian.Uint16(v))
	}
	return p
}

func suites(name string, list []byte) Part {
	return Part{Name: name, Parts: codes(list, tls.CipherSuiteName)}
}

// codes are code points of two bytes with their names.
func codes(list []byte, name func(uint16) string) (parts []Part) {
	for c := range tls.CodeList(list).All() {
		parts = append(parts, code(c, name(c)))
	}
	return parts
}

func code(c uint16, name string) Part {
	p := Part{Code: fmt.Sprintf("%04x", c), Name: name}
	if tls.IsGREASE(c) {
		p.Name, p.GREASE = "GREASE", true
	}
	return p
}

// bytewise are code points of one byte with their names.
func bytewise(list []byte, name func(uint8) string) (parts []Part) {
	for _, c := range list {
		parts = append(parts, Part{Code: fmt.Sprintf("%02x", c), Name: name(c)})
	}
	return parts
}

func groupName(c uint16) string {
	name := tls.GroupName(c)
	if tls.IsPostQuantum(c) && name != "" {
		name += " (post-quantum)"
	}
	return name
}

// extensions explains a list of extensions.
func extensions(list npf.Node, server bool) Part {
	x := Part{Name: "extensions"}
	for _, n := range list.List {
		x.Parts = append(x.Parts, extension(n, server))
	}
	return x
}

// extension explains an extension. In fingerprints its type is followed by its
// length and its value, if it has them there, or for transport parameters by a
// list of their identifiers.
func extension(n npf.Node, server bool) Part {
	c := wire.Cursor(n.Value)
	if len(n.List) > 0 {
		c = n.List[0].Value
	}
	t := c.Uint16()
	if c.Failed() {
		return Part{Code: digits(n.Value), Name: "not an extension"}
	}
	p := code(t, tls.ExtensionType(t).CommonName())
	switch {
	case len(n.List) > 1:
		for _, id := range n.List[1].List {
			p.Parts = append(p.Parts, transportParameter(id.Value))
		}
	case c.More():
		length := int(c.Uint16())
		value := c
		if c.Failed() || value.Len() != length {
			p.Text = "not a value: " + digits(n.Value[2:])
			break
		}
		if p.Parts, p.Text = describe(tls.ExtensionType(t), value, server); p.Parts == nil && p.Text == "" {
			p.Text = digits(value)
		}
	}
	return p
}

func transportParameter(id []byte) Part {
	p := Part{Code: digits(id)}
	if len(id) > 0 && len(id) == 1<<(id[0]>>6) {
		c := wire.Cursor(id)
		n := c.Uint(len(id)) &^ (3 << (8*len(id) - 2))
		if p.Name = tls.TransportParameterName(n); n%31 == 27 {
			p.Name, p.GREASE = "GREASE", true
		}
	}
	return p
}

// describe explains the value of an extension. Where it does not have the
// form that the extension should have, it returns nothing.
func describe(t tls.ExtensionType, value wire.Cursor, server bool) (parts []Part, words string) {
	switch t {
	case tls.ExtSupportedGroups:
		return codes(vector(value, 2), groupName), ""
	case tls.ExtSignatureAlgorithms, 50:
		return codes(vector(value, 2), tls.SignatureAlgorithmName), ""
	case tls.ExtSupportedVersions:
		if server {
			return codes(value, tls.VersionName), ""
		}
		return codes(vector(value, 1), tls.VersionName), ""
	case 27: // compress_certificate
		return codes(vector(value, 1), tls.CertificateCompressionName), ""
	case tls.ExtECPointFormats:
		return bytewise(vector(value, 1), tls.PointFormatName), ""
	case tls.ExtPSKModes:
		return bytewise(vector(value, 1), tls.PSKModeName), ""
	case tls.ExtALPN:
		list := tls.NameList(vector(value, 2))
		for name := range list.All() {
			parts = append(parts, Part{Code: digits(name), Name: Printable(name)})
		}
		return parts, ""
	case 1: // max_fragment_length (RFC 6066, section 4)
		if n := value.Uint8(); value.Ok() && n >= 1 && n <= 4 {
			return nil, fmt.Sprintf("%d bytes", 256<<n)
		}
	case 5: // status_request
		if len(value) > 0 && value[0] == 1 {
			return nil, "OCSP"
		}
	case 15: // heartbeat (RFC 6520, section 2)
		switch string(value) {
		case "\x01":
			return nil, "the peer may send requests"
		case "\x02":
			return nil, "the peer must not send requests"
		}
	case 28: // record_size_limit
		if n := value.Uint16(); value.Ok() && !value.More() {
			return nil, fmt.Sprintf("%d bytes", n)
		}
	}
	return nil, ""
}

// vector is a vector with a length of lengthLen bytes; it is nil where the
// length is not that of what follows.
func vector(value wire.Cursor, lengthLen int) []byte {
	n := int(value.Uint(lengthLen))
	if value.Failed() || value.Len() != n {
		return nil
	}
	return value
}
