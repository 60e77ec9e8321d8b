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
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// An Origin says where a packet comes from. What is not known is zero.
type Origin struct {
	File      string // name of the capture
	Interface string // name of the interface
	Number    uint64 // in the capture, counted from 1
	Length    uint32 // bytes on the wire
}

// Origins tells where the packets of a batch come from, by their index in it.
type Origins interface{ Origin(i int) Origin }

// A Packet is what members are written from: a message and the packet that
// completed it.
type Packet struct {
	Message proto.Message
	Kind    *proto.Kind // of the message; nil for data of an unknown protocol
	Headers *packet.Headers
	Bytes   []byte
	Flow    *flow.Key // nil where there is none
	Time    int64     // nanoseconds since 1970
	Origin
}

// table has the members in the order of a record.
var table = []row{
	{record.F("type", record.String, "the message as --select names it"), "type", writeType},
	{record.O("tls_params", "what a client or server of TLS, DTLS or QUIC offers or chose, by its registered name", tlsFields...), "tls_params", writeTLS},
	{record.O("ssh_params", "what the KEXINIT messages of both sides agree on (RFC 4253, section 7.1), in the second of them", sshFields...), "tls_params", writeSSH},
	{record.O("dns_header", "header of a DNS message, and EDNS", dnsFields...), "dns_header", writeDNS},
	{record.F("credentials", record.String, "the message exposes credentials: password, token, or derived, which is computed from a password"), "credentials", writeCredentials},
	{record.F("flow_id", record.Hex, "number of the flow, the same for both directions and in all runs"), "flow_id", writeFlowID},
	{record.F("community_id", record.String, "Community ID of the flow, version 1"), "community_id", writeCommunityID},
	{record.O("mac", "hardware addresses of the link layer", record.F("src", record.Address, "sender"), record.F("dst", record.Address, "receiver")), "mac", writeMAC},
	{record.L("vlan", record.Uint, "identifiers of the VLANs that the packet was in, the outermost first"), "vlan", writeVLAN},
	{record.F("file", record.Text, "name of the capture; not there for standard input"), "file", writeFile},
	{record.F("packet", record.Uint, "number of the packet in the capture, counted from 1"), "packet", writeNumber},
	{record.F("interface", record.Text, "name of the interface that the packet was captured on"), "interface", writeInterface},
	{record.F("size", record.Uint, "bytes of the packet on the wire"), "size", writeSize},
	{record.F("time_iso", record.String, "time of the packet in UTC, with nanoseconds (RFC 3339)").To(record.Moment), "time_iso", writeTime},
}

// A row is a member: the name in a list that asks for it, and what writes it
// into the open record.
type row struct {
	field record.Field
	name  string
	write func(*Set, *record.Writer)
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
	rows []*row
	seed uint16
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
		if r := &table[i]; wanted["all"] || wanted[r.name] {
			l.rows = append(l.rows, r)
		}
	}
	if len(l.rows) == 0 {
		return nil, nil
	}
	return l, nil
}

// A Set writes members. It keeps what it needs of a flow's earlier messages,
// and is for one goroutine.
type Set struct {
	Packet

	list                    *List
	before, flowRows, after []*row          // those of the list
	flows                   *flowTable      // nil where no members of flows are wanted
	community               *communityTable // nil where they are not wanted
	clients                 *memo.Table     // members of TLS clients by the shape of their hello
	second                  int64           // that time is of, in seconds since 1970
	time                    []byte          // the member of the last time
	ssh                     *sshTable       // nil where it is not wanted
	file                    string          // whose member is fileText
	fileText                []byte
	headers                 *dnsTable // nil where they are not wanted
	text                    []byte    // scratch
}

// NewSet returns a Set for a list, or nil where that is empty.
func (l *List) NewSet() *Set {
	if l == nil {
		return nil
	}
	s := &Set{list: l}
	s.before, s.flowRows, s.after = splitFlowMembers(l.rows)
	if len(s.flowRows) > 0 {
		s.flows = new(flowTable)
	}
	for _, r := range l.rows {
		switch r.field.Name {
		case "ssh_params":
			s.ssh = new(sshTable)
		case "community_id":
			s.community = new(communityTable)
		case "tls_params":
			s.clients = memo.New()
		case "dns_header":
			s.headers = new(dnsTable)
		}
	}
	return s
}

// WriteRecord writes the members for s.Packet into the open record.
func (s *Set) WriteRecord(w *record.Writer) {
	s.writeRows(s.before, w)
	if s.flows != nil {
		s.writeFlow(w)
	}
	s.writeRows(s.after, w)
}

func (s *Set) writeRows(rows []*row, w *record.Writer) {
	for _, r := range rows {
		r.write(s, w)
	}
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
	for _, r := range l.rows {
		switch r.field.Name {
		case "ssh_params":
			n += sshMemory
		case "tls_params":
			n += memo.Memory
		}
	}
	return n
}

func writeType(s *Set, w *record.Writer) {
	if m, ok := s.Message.(proto.Selected); ok {
		w.Key("type").Str(m.Selector())
		return
	}
	if s.Kind != nil && len(s.Kind.Select) > 0 {
		w.Key("type").Str(s.Kind.Select[len(s.Kind.Select)-1])
	}
}
