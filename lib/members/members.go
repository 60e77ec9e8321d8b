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

	"merctools/lib/flow"
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

// table has the members in the order of a record.
var table = []row{
	{record.F("type", record.String, "the message as --select names it"), "type", writeType, nil},
	{record.O("tls_params", "what a client or server of TLS, DTLS or QUIC offers or chose, by its registered name", tlsFields...), "tls_params", writeTLS, nil},
	{record.O("ssh_params", "what the KEXINIT messages of both sides agree on (RFC 4253, section 7.1), in the second of them", sshFields...), "tls_params", writeSSH, nil},
	{record.O("dns_header", "header of a DNS message, and EDNS", dnsFields...), "dns_header", writeDNS, nil},
	{record.F("credentials", record.String, "the message exposes credentials: password, token, or derived, which is computed from a password"), "credentials", writeCredentials, nil},
	{record.F("flow_id", record.Hex, "number of the flow, the same for both directions and in all runs"), "flow_id", nil, appendFlowID},
	{record.F("community_id", record.String, "Community ID of the flow, version 1"), "community_id", nil, appendCommunityID},
	{record.O("mac", "hardware addresses of the link layer", record.F("src", record.Address, "sender"), record.F("dst", record.Address, "receiver")), "mac", nil, appendMAC},
	{record.L("vlan", record.Uint, "identifiers of the VLANs that the packet was in, the outermost first"), "vlan", nil, appendVLAN},
	{record.F("file", record.Text, "name of the capture; not there for standard input"), "file", nil, appendFile},
	{record.F("packet", record.Uint, "number of the packet in the capture, counted from 1"), "packet", nil, appendNumber},
	{record.F("interface", record.Text, "name of the interface that the packet was captured on"), "interface", nil, appendInterface},
	{record.F("size", record.Uint, "bytes of the packet on the wire"), "size", nil, appendSize},
	{record.F("time_iso", record.String, "time of the packet in UTC, with nanoseconds (RFC 3339)").To(record.Moment), "time_iso", nil, appendTime},
}

// A row is a member: the name in a list that asks for it, and what writes it
// into the open record. Members of the packet come behind those of the message.
// All records have them, so that they are appended: that is faster.
type row struct {
	field  record.Field
	name   string
	write  func(*Set, *record.Writer)
	append func(*Set, []byte) []byte // where write is nil
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
	message, ids, packet []*row // in this order
	seed                 uint16
}

// Parse reads a comma-separated list of names; "all" stands for all of them.
// Space around a name does not count. The empty list is nil. seed is that of
// Community IDs.
func Parse(list string, seed uint16) (*List, error) {
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if name != "" && name != "all" && !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("unknown member %q (known: all %s)", name, strings.Join(Names(), " "))
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
		case r.name == "flow_id" || r.name == "community_id":
			l.ids = append(l.ids, r)
		default:
			l.packet = append(l.packet, r)
		}
	}
	if len(l.message)+len(l.ids)+len(l.packet) == 0 {
		return nil, nil
	}
	return l, nil
}

func (l *List) rows() []*row { return slices.Concat(l.message, l.ids, l.packet) }

// A Set writes members. It keeps what it needs of a flow's earlier messages,
// and is for one goroutine.
type Set struct {
	Packet
	origin Origin   // of the packet
	flow   flow.Key // its flow, in the same direction for both
	flowID uint64

	remembered *flowTexts // of the packet's flow; nil where there are none

	list *List

	// Texts that are used again, and what they are of. A table is nil where
	// its members are not wanted.
	flows         *flowTable
	community     *communityTable
	clients       *memo.Table // tls_params by the shape of the client's hello
	servers       *memo.Table // tls_params by what the server chose
	headers       *memo.Table // dns_header
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
	if len(l.ids) > 0 {
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
			s.headers = memo.NewShort()
		}
	}
	return s
}

// WriteRecord writes the members for s.Packet into the open record.
func (s *Set) WriteRecord(w *record.Writer) {
	for _, r := range s.list.message {
		r.write(s, w)
	}
	b := w.Bytes()
	if len(s.list.ids) > 0 {
		b = s.appendIDs(b)
	}
	for _, r := range s.list.packet {
		b = r.append(s, b)
	}
	w.SetBuffer(b)
}

// separated appends the comma behind the last member of an open object, if it
// has any.
func separated(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] != '{' {
		return append(b, ',')
	}
	return b
}

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
