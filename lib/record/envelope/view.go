package envelope

import (
	"bytes"
	"encoding/hex"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"unsafe"

	"merctools/lib/fdc"
	"merctools/lib/fingerprintdb"
	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/proto/dns"
	"merctools/lib/record"
)

// A View is a record that is read in place: what its analysis needs, and where
// members are. It is for one goroutine at a time. Its slices are views into
// the record's text, but for those that say otherwise.
type View struct {
	// Keys says to read the flow of every record, also of those without a
	// fingerprint.
	Keys bool
	// FingerprintsOnly says that records are read to be classified, and nothing
	// else is done with them.
	FingerprintsOnly bool

	// Final, with FingerprintsOnly, says that the record stays as it is: its
	// fingerprint is of a type that is not classified and has one format, and
	// there is neither a context nor an analysis. The flow and names were not
	// read.
	Final bool

	Type        npf.Type // None where there is no fingerprint
	Fingerprint []byte   // empty where only other formats are in the context
	// FingerprintAt is the offset of the fingerprint in the record; -1 where it
	// is empty.
	FingerprintAt int
	// OneFormat says that the fingerprint has the same format whatever is
	// asked for: it is that of a QUIC packet that came unencrypted.
	OneFormat bool

	Key flow.Key

	SrcIP, DstIP []byte // text of the addresses, whether or not there is a fingerprint; nil where there are none

	ServerName []byte // escaped as in the record; nil if AppendServerName has other bytes
	UserAgent  []byte // the same; it may be a copy
	Analysis   []byte // the analysis that the record has; nil where it has none

	line                        []byte
	present                     uint64         // set of names
	spans                       [maxNames]Span // of names that are present; for the message from its first member to its last
	serverNameHex, userAgentHex []byte         // in place of text

	fingerprint Span // the member in fingerprints; empty where there is none
	further     Span // the members in fingerprints that are not NPF's, from the first to the last

	formats   []byte // fingerprints in other formats: an array
	tls, snmp []byte // members

	dns, http, others []byte // members: DNS in any form, HTTP, all fingerprints

	object  fdc.Context
	binary  []byte // the text of which object is
	told    [2][]byte
	joined  []byte // scratch
	dnsName dns.Name
	escaped []byte
	oid     []byte
	der     []byte
}

// A Span is a range of offsets.
type Span struct{ From, To int }

// Empty reports whether there is nothing in the span.
func (s Span) Empty() bool { return s.From == s.To }

// A name is one that stands in the table, or the lack of one: the names of the
// message's members stand in no row.
type name struct {
	text  string
	row   Position
	field field
}

// A field is a member whose value Read keeps.
type field uint8

const (
	fieldOther field = iota
	fieldFingerprints
	fieldContext
	fieldFDC
	fieldAnalysis
	fieldSrcIP
	fieldDstIP
	fieldSrcPort
	fieldDstPort
	fieldProtocol
	fieldTime
	fieldMessage // of those in no row
	numFields
)

var fieldNames = [numFields]string{
	"", "fingerprints", "context", "fdc", "analysis", "src_ip", "dst_ip", "src_port", "dst_port", "protocol", "event_start", "",
}

// maxNames is how many names there can be: as many as a set of them has bits.
const maxNames = 64

var (
	names   []name        // in the order of the table
	byLen   [48][]indexed // those that a lookup finds, by length
	inRow   []uint64      // the set of names in each row
	message int           // index of the message's
)

func init() {
	for p := range table {
		list := namesOf(&table[p])
		if len(list) == 0 {
			list = []string{""}
			message = len(names)
		}
		inRow = append(inRow, 0)
		for _, text := range list {
			i := len(names)
			n := name{text: text, row: Position(p)}
			if text == "" {
				n.field = fieldMessage
			} else {
				byLen[len(text)] = append(byLen[len(text)], indexed{text, i})
				n.field = field(max(slices.Index(fieldNames[:], text), 0))
			}
			names = append(names, n)
			inRow[p] |= 1 << i
		}
	}
	if len(names) > maxNames {
		panic("envelope: more names than a set holds")
	}
}

// An indexed name is one with its index in names.
type indexed struct {
	text  string
	index int
}

// nameOf returns the index of a name.
func nameOf(text []byte) int {
	if len(text) < len(byLen) {
		for _, n := range byLen[len(text)] {
			if n.text[0] == text[0] && n.text == string(text) {
				return n.index
			}
		}
	}
	return message
}

// Read finds in a line of JSON what is there. It returns false where the line
// is no record: not an object, or one with neither addresses nor a time.
func (v *View) Read(line []byte) bool {
	v.reset(line)
	var m record.Member
	var values [numFields][]byte
	var messages, quic []byte
	s := record.Scan(line)
	for s.Next(&m) {
		i := nameOf(m.Name)
		if v.present>>i&1 == 0 || i != message {
			v.spans[i].From = m.Start
		}
		v.spans[i].To = m.End
		v.present |= 1 << i
		values[names[i].field] = m.Value
		if i != message {
			continue
		}
		switch string(m.Name) {
		case "tls":
			v.tls, messages = m.Value, m.Value
		case "quic":
			quic = m.Value
		case "snmp":
			v.snmp = m.Value
		case "dns", "mdns":
			v.dns = m.Value
		case "http":
			v.http, messages = m.Value, m.Value
		case "ssh", "stun", "tofsee_initial_message":
			messages = m.Value
		}
	}
	src, dst := values[fieldSrcIP], values[fieldDstIP]
	if !s.Complete() || dst == nil && values[fieldTime] == nil {
		return false
	}
	fingerprints, context := values[fieldFingerprints], values[fieldContext]
	v.others, v.Analysis = fingerprints, values[fieldAnalysis]
	v.SrcIP, v.DstIP = record.Quoted(src), record.Quoted(dst)
	if context != nil {
		v.formats = record.Find(context, "fingerprints")
	}
	hasFingerprint := dst != nil && (fingerprints != nil || v.formats != nil) // ARP and the like have no addresses of IP
	if hasFingerprint {
		v.readFingerprint(fingerprints)
		if v.FingerprintsOnly && v.isFinal() && context == nil && v.Analysis == nil {
			v.Final = true
			return true
		}
	}
	if hasFingerprint || v.Keys {
		readKey(&v.Key, src, dst, values[fieldSrcPort], values[fieldDstPort], values[fieldProtocol])
	}
	if !hasFingerprint {
		return true
	}
	v.OneFormat = v.Type == npf.QUIC && quic != nil && record.Find(quic, "salt_string") == nil
	v.readNames(messages)
	switch {
	case context != nil:
		v.readContext(context)
	case values[fieldFDC] != nil:
		v.readFDC(values[fieldFDC])
	}
	return true
}

// isFinal reports whether the fingerprint is not classified, and has one format.
func (v *View) isFinal() bool {
	return v.Type != npf.DTLS && !fingerprintdb.Classifiable(v.Type) && len(v.Fingerprint) > 0
}

func (v *View) reset(line []byte) {
	v.present = 0
	v.line = line
	v.Type, v.Fingerprint, v.FingerprintAt, v.OneFormat = npf.None, nil, -1, false
	v.Final = false
	v.fingerprint, v.further = Span{}, Span{}
	v.Key = flow.Key{}
	v.SrcIP, v.DstIP = nil, nil
	v.ServerName, v.UserAgent, v.Analysis = nil, nil, nil
	v.serverNameHex, v.userAgentHex = nil, nil
	v.formats, v.tls, v.snmp = nil, nil, nil
	v.dns, v.http, v.others = nil, nil, nil
}

// Has reports whether the record has members at a position.
func (v *View) Has(p Position) bool { return v.present&inRow[p] != 0 }

// Spans appends where the members at a position are, each with the comma
// before it, or else the one behind it.
func (v *View) Spans(dst []Span, p Position) []Span {
	for set := v.present & inRow[p]; set != 0; set &= set - 1 {
		dst = append(dst, v.withComma(v.spans[bits.TrailingZeros64(set)]))
	}
	return dst
}

// InsertAt returns the offset at which members at a position belong: before
// those that come next in the order of records, or else behind those that come
// last before them.
func (v *View) InsertAt(p Position) int {
	before, behind := -1, -1
	lower := v.present & (inRow[p]&-inRow[p] - 1)
	if higher := v.present &^ inRow[p] &^ lower; higher != 0 {
		next := names[bits.TrailingZeros64(higher)].row
		for set := v.present & inRow[next]; set != 0; set &= set - 1 {
			if at := v.spans[bits.TrailingZeros64(set)].From; before < 0 || at < before {
				before = at
			}
		}
	} else if lower != 0 {
		last := names[bits.Len64(lower)-1].row
		for set := v.present & inRow[last]; set != 0; set &= set - 1 {
			behind = max(behind, v.spans[bits.TrailingZeros64(set)].To)
		}
	}
	if before < 0 {
		return behind
	}
	if comma, ok := v.commaBefore(before); ok {
		return comma
	}
	return before
}

func (v *View) withComma(s Span) Span {
	if at, ok := v.commaBefore(s.From); ok {
		s.From = at
		return s
	}
	for i := s.To; i < len(v.line); i++ {
		if v.line[i] == ',' {
			s.To = i + 1
		}
		if !isSpace(v.line[i]) {
			break
		}
	}
	return s
}

// commaBefore finds the comma that stands before an offset, with nothing but
// space between.
func (v *View) commaBefore(at int) (int, bool) {
	for at--; at >= 0 && isSpace(v.line[at]); at-- {
	}
	return at, at >= 0 && v.line[at] == ','
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// readFingerprint finds NPF's fingerprint among the others.
func (v *View) readFingerprint(fingerprints []byte) {
	offset := cap(v.line) - cap(fingerprints)
	var m record.Member
	for s := record.Scan(fingerprints); s.Next(&m); {
		span := Span{offset + m.Start, offset + m.End}
		t := npf.TypeByName(m.Name)
		switch {
		case t == npf.None:
			if v.further.Empty() {
				v.further.From = span.From
			}
			v.further.To = span.To
		case v.Type == npf.None:
			v.Type = t
			v.fingerprint = span
			v.Fingerprint = record.Quoted(m.Value)
			v.FingerprintAt = cap(v.line) - cap(v.Fingerprint)
		}
	}
	if v.Type == npf.None { // it is too long in the format of the record
		if formats := record.ScanArray(v.formats); formats.Next() {
			name, _, _ := bytes.Cut(record.Quoted(formats.Value), []byte{'/'})
			v.Type = npf.TypeByName(name)
		}
	}
}

// readFDC takes names that are in no member of the message from a fingerprint
// and destination context, given as hexadecimal digits. One that can't be read
// tells nothing.
func (v *View) readFDC(object []byte) {
	digits := record.Quoted(object)
	v.binary = append(v.binary[:0], digits...)
	n, err := hex.Decode(v.binary, digits)
	if err != nil || v.object.Parse(v.binary[:n]) != nil {
		return
	}
	if name := v.object.ServerName; len(v.ServerName) == 0 && len(name) > 0 {
		v.told[0] = hex.AppendEncode(v.told[0][:0], name)
		v.ServerName, v.serverNameHex = nil, v.told[0]
	}
	if agent := v.object.UserAgent; len(v.UserAgent) == 0 && len(agent) > 0 {
		v.told[1] = hex.AppendEncode(v.told[1][:0], agent)
		v.UserAgent, v.userAgentHex = nil, v.told[1]
	}
}

// FingerprintMember returns where NPF's fingerprint is in the member
// fingerprints, with a comma. ok is false where there is none, or it is alone
// there.
func (v *View) FingerprintMember() (s Span, ok bool) {
	if v.fingerprint.Empty() || v.further.Empty() {
		return Span{}, false
	}
	return v.withComma(v.fingerprint), true
}

// FurtherAt returns the offset of the first member in fingerprints that is not
// NPF's, or -1.
func (v *View) FurtherAt() int {
	if v.further.Empty() {
		return -1
	}
	return v.further.From
}

// InFormat returns the fingerprint of a client in the format that tls says for
// TLS and DTLS, and quic for QUIC: from the context, if it is there, or else
// converted. It is empty where the message has none in that format. ok is
// false where the format can't be made of the one that is there.
func (v *View) InFormat(c *npf.Converter, tls, quic int) (fp []byte, ok bool) {
	format := tls
	switch v.Type {
	case npf.TLS, npf.DTLS:
	case npf.QUIC:
		format = quic
	default:
		return v.Fingerprint, true
	}
	if v.formats != nil {
		if fp, ok := v.contextFormat(format); ok {
			return fp, true
		}
	}
	if v.FingerprintAt < 0 {
		return nil, true
	}
	return c.Convert(v.Type, v.Fingerprint, format)
}

// contextFormat returns the fingerprint that the context has in a format.
func (v *View) contextFormat(format int) (fp []byte, ok bool) {
	for formats := record.ScanArray(v.formats); formats.Next(); {
		text := record.Quoted(formats.Value)
		rest, ok := bytes.CutPrefix(text, []byte(v.Type.String()))
		if !ok || len(rest) < 3 || rest[0] != '/' || rest[1] != byte('0'+format) || rest[2] != '/' {
			continue
		}
		if len(rest) == 3 {
			return nil, true
		}
		return text, true
	}
	return nil, false
}

// draftName is the member that drafts of QUIC have, with the name of the
// software.
const draftName = "quic_transport_parameters_draft"

var draftParameters = []byte(`"` + draftName + `"`)

// maxSoftware is how long the software and the comments in the identification
// of an SSH host can be, in bytes, for them to count.
const maxSoftware = 512

// readNames finds the names that the kind of message has.
func (v *View) readNames(message []byte) {
	switch v.Type {
	case npf.TLS, npf.QUIC:
		v.ServerName = record.Quoted(record.Find(message, "client", "server_name"))
		// Looking for a text takes a fraction of what looking for a member
		// does that hardly any client has.
		if bytes.Contains(message, draftParameters) && record.Find(message, "client", draftName) != nil {
			v.UserAgent = record.Quoted(record.Find(message, "client", "google_user_agent"))
		}
	case npf.HTTP:
		v.ServerName = record.Quoted(record.Find(message, "request", "host"))
		v.UserAgent = record.Quoted(record.Find(message, "request", "user_agent"))
	case npf.SSH, npf.SSHInit, npf.SSHServer, npf.SSHInitServer:
		// The software is the whole identification, but only where it has a
		// comment (RFC 4253, section 4.2).
		start := record.Find(message, "init")
		if comment := record.Quoted(record.Find(start, "comment")); comment != nil && len(start) <= record.MaxLen {
			v.joined = append(v.joined[:0], record.Quoted(record.Find(start, "protocol"))...)
			v.joined = append(v.joined, comment...)
			if len(v.joined) > maxSoftware {
				v.escaped = record.AppendUnescaped(v.escaped[:0], v.joined)
				if len(v.escaped) > maxSoftware {
					break
				}
			}
			v.UserAgent = v.joined
		}
	case npf.Tofsee:
		v.UserAgent = record.Quoted(record.Find(message, "bot_ip"))
	case npf.STUN:
		v.UserAgent = software(record.Find(message, "attributes"))
	}
}

// software is the value of the last SOFTWARE attribute of a STUN message.
func software(attributes []byte) (name []byte) {
	var m record.Member
	for list := record.ScanArray(attributes); list.Next(); {
		var value []byte
		isSoftware := false
		for s := record.Scan(list.Value); s.Next(&m); {
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

func (v *View) readContext(context []byte) {
	var m record.Member
	for s := record.Scan(context); s.Next(&m); {
		switch string(m.Name) {
		case "server_name":
			v.ServerName = record.Quoted(m.Value)
		case "user_agent":
			v.UserAgent = record.Quoted(m.Value)
		case "server_name_hex":
			v.ServerName, v.serverNameHex = nil, record.Quoted(m.Value)
		case "user_agent_hex":
			v.UserAgent, v.userAgentHex = nil, record.Quoted(m.Value)
		}
	}
}

// AppendServerName appends the host name that the client asks for, as it was
// in the message.
func (v *View) AppendServerName(dst []byte) []byte {
	return appendName(dst, v.ServerName, v.serverNameHex)
}

// AppendUserAgent appends the name of the sender's software, as it was in the
// message.
func (v *View) AppendUserAgent(dst []byte) []byte {
	return appendName(dst, v.UserAgent, v.userAgentHex)
}

// appendName appends a name, unless it is longer than a record can be: lines
// can be longer, and memory for names is not.
func appendName(dst, escaped, digits []byte) []byte {
	if len(escaped) > record.MaxLen || len(digits) > record.MaxLen {
		return dst
	}
	if digits == nil {
		return record.AppendUnescaped(dst, escaped)
	}
	n := len(dst)
	decoded, err := hex.AppendDecode(dst, digits)
	if err != nil {
		return dst[:n]
	}
	return decoded
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

func address(value []byte) (netip.Addr, bool) { return ParseAddress(record.Quoted(value)) }

// ParseAddress reads an address without a zone.
func ParseAddress(text []byte) (netip.Addr, bool) {
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
