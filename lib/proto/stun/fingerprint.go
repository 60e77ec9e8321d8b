package stun

import (
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/wire"
)

const fingerprintFormat = 1

// Fingerprint implements proto.Fingerprinter: class, method, whether there is
// a magic cookie, and those attributes that tell implementations apart, in
// their order. Responses have none, as they depend on the request.
func (m *Message) Fingerprint(b *npf.Builder) {
	if m.isResponse() {
		return
	}
	b.Begin(npf.STUN, fingerprintFormat)
	b.Open()
	b.Uint8(m.Class())
	b.Close()
	b.Open()
	b.Uint16(m.Method())
	b.Close()
	b.Open()
	if m.HasCookie {
		b.Uint8(1)
	} else {
		b.Uint8(0)
	}
	b.Close()
	b.Open()
	for a := range m.Attributes() {
		if b.Full() {
			break
		}
		switch a.Type {
		case username, messageIntegrity, xorMappedAddress, ms8007, msVersion, software, fingerprint,
			unassignedC003, googNetworkInfo, unassignedDABA:
			b.Open()
			b.Uint16(a.Type)
			b.Close()
		case msAppID, msImplementationVersion:
			b.Open()
			b.Uint16(a.Type)
			b.Uint16(a.Length)
			b.Hex(a.Value)
			b.Close()
		}
	}
	b.Close()
}

// Context implements proto.Classifiable: the software that a request names is its
// user agent.
func (m *Message) Context(c *proto.Context) bool {
	*c = proto.Context{UserAgent: m.softwareName(), ServerNameShown: true, UserAgentShown: true}
	return !m.isResponse()
}

// softwareName is the value of the last SOFTWARE attribute.
func (m *Message) softwareName() (name wire.Cursor) {
	for a := range m.Attributes() {
		if a.Type == software {
			name = a.Value
		}
	}
	return name
}
