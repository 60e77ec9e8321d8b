// Package subject reads from a record what its analysis needs: the
// fingerprint, the flow, and what the client says of itself and of the server.
package subject

import (
	"bytes"
	"net/netip"
	"strconv"
	"unsafe"

	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/record"
)

// A Record is what was found in a record. Its slices are views into the
// record's text, but for those that say otherwise.
type Record struct {
	Type        npf.Type // None where there is no fingerprint
	Fingerprint []byte
	// FingerprintAt is the offset of the fingerprint in the record.
	FingerprintAt int
	// OneFormat says that the fingerprint has the same format whatever is
	// asked for: it is that of a QUIC packet that came unencrypted.
	OneFormat bool

	Key flow.Key

	ServerName []byte // escaped as in the record
	UserAgent  []byte // the same; it may be a copy

	// InsertAt is the offset at which an analysis belongs: behind the
	// protocol's members, before those of the flow. PlaceAt is that of
	// src_geo and dst_geo: behind the flow's members, before the time.
	InsertAt, PlaceAt int
	// Context, Analysis, SrcPlace and DstPlace are where these members are,
	// with the comma before them; a span is empty where there is none.
	Context, Analysis, SrcPlace, DstPlace Span

	tls, snmp []byte // members
}

// A Span is a range of offsets.
type Span struct{ From, To int }

// Empty reports whether there is nothing in the span.
func (s Span) Empty() bool { return s.From == s.To }

// A Reader reads records. It is for one goroutine at a time.
type Reader struct {
	// Keys says to read the flow of every record, also of those without a
	// fingerprint.
	Keys bool

	joined  []byte
	escaped []byte
	oid     []byte
	der     []byte
}

// Read finds in a line of JSON what is there. It returns false where the line
// is no record: not an object, or one with neither addresses nor a time.
func (r *Reader) Read(line []byte, rec *Record) bool {
	*rec = Record{InsertAt: -1, PlaceAt: -1}
	var m record.Member
	var fingerprints, context, message, quic, when []byte
	var src, dst, srcPort, dstPort, protocol []byte
	s := record.Scan(line)
	for s.Next(&m) {
		switch string(m.Name) {
		case "fingerprints":
			fingerprints = m.Value
		case "tls":
			rec.tls, message = m.Value, m.Value
		case "quic":
			quic = m.Value
		case "snmp":
			rec.snmp = m.Value
		case "http", "ssh", "stun", "tofsee_initial_message":
			message = m.Value
		case "context":
			rec.Context = member(line, &m)
			context = m.Value
		case "analysis":
			rec.Analysis = member(line, &m)
		case "reassembly_properties", "ip", "encapsulations":
			r.insert(line, rec, &m)
		case "src_ip":
			r.insert(line, rec, &m)
			src = m.Value
		case "dst_ip":
			dst = m.Value
			rec.PlaceAt = m.End
		case "src_port":
			srcPort = m.Value
		case "dst_port":
			dstPort = m.Value
			rec.PlaceAt = m.End
		case "protocol":
			protocol = m.Value
		case "src_geo":
			rec.SrcPlace = member(line, &m)
		case "dst_geo":
			rec.DstPlace = member(line, &m)
		case "event_start":
			when = m.Value
		}
	}
	if !s.Complete() || dst == nil && when == nil {
		return false
	}
	if fingerprints == nil || dst == nil { // ARP and the like have no addresses of IP
		if r.Keys {
			readKey(&rec.Key, src, dst, srcPort, dstPort, protocol)
		}
		return true
	}
	readKey(&rec.Key, src, dst, srcPort, dstPort, protocol)
	r.readFingerprint(line, fingerprints, rec)
	rec.OneFormat = rec.Type == npf.QUIC && quic != nil && record.Find(quic, "salt_string") == nil
	r.readNames(message, rec)
	if context != nil {
		readContext(context, rec)
	}
	return true
}

// member is the place of a member, and of the comma before it, or else of the
// one behind it.
func member(line []byte, m *record.Member) Span {
	s := Span{m.Start, m.End}
	if at, ok := commaBefore(line, m.Start); ok {
		s.From = at
	} else {
		for i := s.To; i < len(line); i++ {
			if line[i] == ',' {
				s.To = i + 1
			}
			if !isSpace(line[i]) {
				break
			}
		}
	}
	return s
}

// commaBefore finds the comma that stands before an offset, with nothing but
// space between.
func commaBefore(line []byte, at int) (int, bool) {
	for at--; at >= 0 && isSpace(line[at]); at-- {
	}
	return at, at >= 0 && line[at] == ','
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// insert notes where an analysis belongs, if that is not known yet.
func (r *Reader) insert(line []byte, rec *Record, m *record.Member) {
	if rec.InsertAt < 0 {
		rec.InsertAt = m.Start
		if at, ok := commaBefore(line, m.Start); ok {
			rec.InsertAt = at
		}
	}
}

func (r *Reader) readFingerprint(line, fingerprints []byte, rec *Record) {
	var m record.Member
	s := record.Scan(fingerprints)
	if !s.Next(&m) {
		return
	}
	rec.Type = npf.TypeByName(m.Name)
	rec.Fingerprint = record.Quoted(m.Value)
	rec.FingerprintAt = cap(line) - cap(rec.Fingerprint)
}

// messageName is the name of the member with what a message of a type says.
func messageName(t npf.Type) string {
	switch t {
	case npf.TLS, npf.QUIC:
		return "tls"
	case npf.HTTP:
		return "http"
	case npf.SSH, npf.SSHInit, npf.SSHServer, npf.SSHInitServer:
		return "ssh"
	case npf.Tofsee:
		return "tofsee_initial_message"
	case npf.STUN:
		return "stun"
	}
	return ""
}

// draftName is the member that drafts of QUIC have, with the name of the
// software.
const draftName = "quic_transport_parameters_draft"

var draftParameters = []byte(`"` + draftName + `"`)

// maxSoftware is how long the software and the comments in the identification
// of an SSH host can be, in bytes, for them to count.
const maxSoftware = 512

// readNames finds the names that the kind of message has.
func (r *Reader) readNames(message []byte, rec *Record) {
	switch rec.Type {
	case npf.TLS, npf.QUIC:
		rec.ServerName = record.Quoted(record.Find(message, "client", "server_name"))
		// Looking for a text takes a fraction of what looking for a member
		// does that hardly any client has.
		if bytes.Contains(message, draftParameters) && record.Find(message, "client", draftName) != nil {
			rec.UserAgent = record.Quoted(record.Find(message, "client", "google_user_agent"))
		}
	case npf.HTTP:
		rec.ServerName = record.Quoted(record.Find(message, "request", "host"))
		rec.UserAgent = record.Quoted(record.Find(message, "request", "user_agent"))
	case npf.SSH, npf.SSHInit, npf.SSHServer, npf.SSHInitServer:
		// The software is the whole identification, but only where it has a
		// comment (RFC 4253, section 4.2).
		start := record.Find(message, "init")
		if comment := record.Quoted(record.Find(start, "comment")); comment != nil {
			r.joined = append(r.joined[:0], record.Quoted(record.Find(start, "protocol"))...)
			r.joined = append(r.joined, comment...)
			if len(r.joined) > maxSoftware {
				r.escaped = record.AppendUnescaped(r.escaped[:0], r.joined)
				if len(r.escaped) > maxSoftware {
					break
				}
			}
			rec.UserAgent = r.joined
		}
	case npf.Tofsee:
		rec.UserAgent = record.Quoted(record.Find(message, "bot_ip"))
	case npf.STUN:
		rec.UserAgent = software(record.Find(message, "attributes"))
	}
}

// software is the value of the last SOFTWARE attribute of a STUN message.
func software(attributes []byte) (name []byte) {
	var m record.Member
	for l := (list{attributes}); l.more(); {
		var value []byte
		isSoftware := false
		for s := record.Scan(l.next()); s.Next(&m); {
			switch string(m.Name) {
			case "type":
				isSoftware = string(m.Value) == `"SOFTWARE"`
			case "value":
				value = record.Quoted(m.Value)
			}
		}
		if isSoftware {
			name = value
		}
	}
	return name
}

func readContext(context []byte, rec *Record) {
	var m record.Member
	for s := record.Scan(context); s.Next(&m); {
		switch string(m.Name) {
		case "server_name":
			rec.ServerName = record.Quoted(m.Value)
		case "user_agent":
			rec.UserAgent = record.Quoted(m.Value)
		}
	}
}

// WriteContext writes the member context with what can be classified by but
// is not in the record's text so far: serverName and userAgent as they are in
// the packet.
func (r *Reader) WriteContext(w *record.Writer, start int, t npf.Type, serverName, userAgent []byte) {
	if len(serverName) == 0 && len(userAgent) == 0 {
		return
	}
	rec := Record{Type: t}
	// The record is still open; closed, it can be read like any other.
	end := w.Len()
	w.EndObject()
	r.readNames(record.Find(w.Bytes()[start:], messageName(t)), &rec)
	w.Reset(end)
	name := !r.sameText(rec.ServerName, serverName)
	agent := !r.sameText(rec.UserAgent, userAgent)
	if !name && !agent {
		return
	}
	w.Key("context").Object()
	if name {
		w.Key("server_name").Text(serverName)
	}
	if agent {
		w.Key("user_agent").Text(userAgent)
	}
	w.EndObject()
}

// sameText reports whether escaped text is what raw text is written as.
func (r *Reader) sameText(escaped, raw []byte) bool {
	r.escaped = record.AppendText(r.escaped[:0], raw)
	return string(r.escaped) == string(escaped)
}

func readKey(k *flow.Key, src, dst, srcPort, dstPort, protocol []byte) {
	d, ok := address(dst)
	if !ok {
		return
	}
	k.Version = 6
	if d.Is4() {
		k.Version = 4
	}
	k.Dst = bytes16(d)
	if s, ok := address(src); ok {
		k.Src = bytes16(s)
	}
	k.SrcPort = uint16(number(srcPort))
	k.DstPort = uint16(number(dstPort))
	k.Protocol = uint8(number(protocol))
}

// bytes16 is an address in the form of a flow's key.
func bytes16(a netip.Addr) (b [16]byte) {
	if a.Is4() {
		v4 := a.As4()
		copy(b[:], v4[:])
		return b
	}
	return a.As16()
}

func address(value []byte) (netip.Addr, bool) {
	text := record.Quoted(value)
	if len(text) == 0 {
		return netip.Addr{}, false
	}
	// ParseAddr keeps nothing of the text but in an error, which goes no
	// further; a copy would be an allocation per record.
	a, err := netip.ParseAddr(unsafe.String(&text[0], len(text)))
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a, true
}

func number(value []byte) uint64 {
	if len(value) == 0 {
		return 0
	}
	n, err := strconv.ParseUint(unsafe.String(&value[0], len(value)), 10, 32)
	if err != nil {
		return 0
	}
	return n
}
