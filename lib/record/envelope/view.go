package envelope

import (
	"slices"

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
