package explain

import (
	"encoding/binary"

	"merctools/lib/ja"
	"merctools/lib/npf"
	"merctools/lib/proto/tls"
)

// hashes are the fingerprints of other kinds that a ClientHello has. What they
// are made from is all in formats that leave out no extension.
func hashes(tree *npf.Tree, f npf.Format) []Part {
	var m tls.ClientHello
	if !m.Parse(hello(tree)) {
		return nil
	}
	var h ja.Hasher
	transport := ja.TCP
	switch tree.Type {
	case npf.QUIC:
		transport = ja.QUIC
	case npf.DTLS:
		transport = ja.DTLS
	}
	list := []Part{
		{Name: "JA4", Text: string(h.AppendJA4(nil, &m, transport))},
		{Name: "JA4_r", Text: string(h.AppendJA4R(nil, &m, transport))},
	}
	if f == npf.InOrder {
		list = append(list, Part{Name: "JA3", Text: string(h.AppendJA3(nil, &m))})
	}
	return list
}

// hello is a ClientHello with what the fingerprint tells of it. Extensions of
// which it has no value are empty.
func hello(tree *npf.Tree) []byte {
	groups := tree.Groups
	if tree.Type == npf.QUIC {
		groups = groups[1:]
	}
	version, suites := groups[0].Value, groups[1].Value
	const random = 32
	b := append([]byte(nil), version...)
	b = append(b, make([]byte, random+1)...) // an empty session ID
	if tree.Type == npf.DTLS {
		b = append(b, 0) // an empty cookie
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(suites)))
	b = append(b, suites...)
	b = append(b, 1, 0) // no compression
	var x []byte
	for _, n := range groups[2].List {
		switch {
		case len(n.List) > 0:
			x = append(x, n.List[0].Value...)
			x = append(x, 0, 0)
		case len(n.Value) == 2:
			x = append(x, n.Value...)
			x = append(x, 0, 0)
		default:
			x = append(x, n.Value...)
		}
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(x)))
	return append(b, x...)
}
