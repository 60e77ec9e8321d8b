// Package members writes members that a record has on demand: what joins it
// with the rows of other tools, tells where its packet came from, and what a
// handshake or a DNS message says that the message's own members leave out.
//
// A member is one row in the table.
package members

import (
	"fmt"
	"slices"
	"strings"

	"merctools/lib/internal/memo"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// A Packet is what members are written from: a message and the packet that
// completed it.
type Packet struct {
	Message       *Message // nil for data of an unknown protocol
	*proto.Packet          // its Key's Version is 0 where there is no flow
}

// table has the members in the order of a record: those of the message, of the
// flow, of the packet.
var table = []row{
	ofMessage("type", (*Message).hasType, writeType, record.F("type", record.String, "the message as --select names it")),
	ofMessage("tls_params", (*Message).hasHello, writeTLS, record.O("tls_params", "what a client or server of TLS, DTLS or QUIC offers or chose, by its registered name", tlsFields...)),
	ofMessage("tls_params", (*Message).hasKEXInit, writeSSH, record.O("ssh_params", "what the KEXINIT messages of both sides agree on (RFC 4253, section 7.1), in the second of them", sshFields...)),
	ofMessage("dns_header", (*Message).isDNS, writeDNS, record.O("dns_header", "header of a DNS message, and EDNS", dnsFields...)),
	ofMessage("credentials", (*Message).exposes, writeCredentials, record.F("credentials", record.String, "the message exposes credentials: password, token, or derived, which is computed from a password")),
	ofFlow(appendFlowID, record.F("flow_id", record.Hex, "number of the flow, the same for both directions and in all runs")),
	ofFlow(appendCommunityID, record.F("community_id", record.String, "Community ID of the flow, version 1")),
	ofFlow(appendMAC, record.O("mac", "hardware addresses of the link layer", record.F("src", record.Address, "sender"), record.F("dst", record.Address, "receiver"))),
	ofFlow(appendVLAN, record.L("vlan", record.Uint, "identifiers of the VLANs that the packet was in, the outermost first")),
	ofFlow(appendFile, record.F("file", record.Text, "name of the capture; not there for standard input")),
	ofPacket(packetNumber, record.F("packet", record.Uint, "number of the packet in the capture, counted from 1")),
	ofPacket(packetInterface, record.F("interface", record.Text, "name of the interface that the packet was captured on")),
	ofPacket(packetSize, record.F("size", record.Uint, "bytes of the packet on the wire")),
	ofPacket(packetTime, record.F("time_iso", record.String, "time of the packet in UTC, with nanoseconds (RFC 3339)").To(record.Moment)),
}

// A row is a member, and the name in a list that asks for it.
type row struct {
	field record.Field
	name  string

	// Of a message: whether any message that a value is used for has it, and
	// what writes it into the open record.
	has   func(*Message) bool
	write func(*Set, *record.Writer)

	// Of a flow: what appends it to the open record. Packets of a flow with the
	// same headers below IP have it in common, in one capture.
	append func(*Set, []byte) []byte

	// Of a packet: its bit for appendPacket. All records have these members, so
	// that they are written in one go.
	packet packetMembers
}

func ofMessage(name string, has func(*Message) bool, write func(*Set, *record.Writer), f record.Field) row {
	return row{field: f, name: name, has: has, write: write}
}

func ofFlow(add func(*Set, []byte) []byte, f record.Field) row {
	return row{field: f, name: f.Name, append: add}
}

func ofPacket(bit packetMembers, f record.Field) row {
	return row{field: f, name: f.Name, packet: bit}
}

// Fields describes the members.
func Fields() []record.Field {
	var fields []record.Field
	for i := range table {
		fields = append(fields, table[i].field.If("--add"))
	}
	return fields
}

// Names are the names that a list can have, in the order of a record.
func Names() []string {
	var names []string
	for i := range table {
		if !slices.Contains(names, table[i].name) {
			names = append(names, table[i].name)
		}
	}
	return names
}

// A List says which members records get. It is read-only. The nil List is
// empty.
type List struct {
	message, flow []*row
	packet        packetMembers
	ids           bool // some members of the flow need the conversation
	seed          uint16
}

// An UnknownError says that a list has a name that is none of a member.
type UnknownError struct{ Name string }

// Error names what there is.
func (e *UnknownError) Error() string { return e.With() }

// With is the text of the error where a caller knows further names.
func (e *UnknownError) With(further ...string) string {
	known := slices.Concat([]string{"all"}, Names(), further)
	return fmt.Sprintf("unknown member %q (known: %s)", e.Name, strings.Join(known, " "))
}

// Parse reads a comma-separated list of names; "all" stands for all of them.
// Space around a name does not count. The empty list is nil. seed is that of
// Community IDs.
func Parse(list string, seed uint16) (*List, error) {
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if name != "" && name != "all" && !slices.Contains(Names(), name) {
			return nil, &UnknownError{name}
		}
		wanted[name] = true
	}
	l := &List{seed: seed}
	for i := range table {
		r := &table[i]
		switch {
		case !wanted["all"] && !wanted[r.name]:
		case r.write != nil:
			l.message = append(l.message, r)
		case r.append != nil:
			l.flow = append(l.flow, r)
			l.ids = l.ids || r.name == "flow_id" || r.name == "community_id"
		default:
			l.packet |= r.packet
		}
	}
	if len(l.message)+len(l.flow) == 0 && l.packet == 0 {
		return nil, nil
	}
	return l, nil
}

func (l *List) rows() []*row { return slices.Concat(l.message, l.flow) }

// A Set writes members. It keeps what it needs of a flow's earlier messages,
// and is for one goroutine.
type Set struct {
	Packet
	origin Origin       // of the packet
	flow   conversation // its flow, in order
	flowID uint64
	other  conversation // its flow as Community IDs have it

	remembered *flowTexts // of the packet's flow; nil where there are none

	list *List

	// Texts that are used again, and what they are of. A table is nil where
	// its members are not wanted.
	flows         *flowTable
	community     *communityTable
	clients       *memo.Table // tls_params by the shape of the client's hello
	servers       *memo.Table // tls_params by what the server chose
	headers       *dnsTexts   // dns_header without options of EDNS
	options       *memo.Table // dns_header with them
	file          []byte      // the member; empty where the name is not known
	interfaceText []byte      // the same
	interfaceOf   int         // the number of the interface; -1 where there is no text
	time          []byte      // the member of the last time
	second        int64       // that time is of, in seconds since 1970

	ssh  *sshTable // nil where it is not wanted
	text []byte    // scratch
}

// NewSet returns a Set for a list, or nil where that is empty.
func (l *List) NewSet() *Set {
	if l == nil {
		return nil
	}
	s := &Set{list: l, interfaceOf: -1}
	if len(l.flow) > 0 {
		s.flows = new(flowTable)
	}
	for _, r := range l.rows() {
		switch r.field.Name {
		case "ssh_params":
			s.ssh = new(sshTable)
		case "community_id":
			s.community = new(communityTable)
		case "tls_params":
			s.clients, s.servers = memo.New(), memo.NewShort()
		case "dns_header":
			s.headers, s.options = new(dnsTexts), memo.NewShort()
		}
	}
	return s
}

// WriteRecord writes the members for s.Packet into the open record.
func (s *Set) WriteRecord(w *record.Writer) {
	if s.Message != nil {
		for _, r := range s.Message.rows {
			r.write(s, w)
		}
	}
	b := w.Bytes()
	if len(s.list.flow) > 0 {
		b = s.appendFlow(b)
	}
	w.SetBuffer(s.appendPacket(b))
}

// separated appends the comma behind the last member of an open object, if it
// has any.
func separated(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] != '{' {
		return append(b, ',')
	}
	return b
}

// KeepsFlows reports whether a member depends on earlier packets of its flow.
func (s *Set) KeepsFlows() bool { return s != nil && s.ssh != nil }

// Offers counts the flows of which one side's key exchange of SSH was kept.
func (s *Set) Offers() proto.HeldCounts {
	if s == nil || s.ssh == nil {
		return proto.HeldCounts{}
	}
	return proto.HeldCounts{Begun: s.ssh.begun, Evicted: s.ssh.evicted}
}

// Memory is how many bytes the Sets of a list take at most, each.
func (l *List) Memory() int {
	if l == nil {
		return 0
	}
	n := 256 << 10
	for _, r := range l.rows() {
		switch r.field.Name {
		case "ssh_params":
			n += sshMemory
		case "tls_params":
			n += memo.Memory + memo.ShortMemory
		case "dns_header":
			n += memo.ShortMemory
		}
	}
	return n
}
