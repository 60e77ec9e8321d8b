package hoststats

import (
	"bufio"
	"io"
	"strconv"
	"time"

	"merctools/lib/record"
)

// A Report is what was observed in some time.
type Report struct {
	// Dropped is how many observations are not in the report because of the
	// limit.
	Dropped uint64

	rows []row
}

// Entries is how many different observations there were.
func (r *Report) Entries() int { return len(r.rows) }

// A Header is in each line of a report: it says what made it.
type Header struct {
	Start           time.Time // of the program
	Version         string    // of the program
	ResourceVersion string    // of the model that messages were classified with
	Build           uint32    // number of the build, 0 where it has none
	Commit          string    // of the program's source code
	// Limit is how many entries a report has at most. It is written, with the
	// number of observations that are not in the report, where there are any:
	// limit, dropped. 0 says that nobody needs to be told.
	Limit int
}

// Write writes a line of JSON for each host:
//
//	src_ip            the host's address
//	libmerc_init_time, libmerc_version, resource_version, build_number,
//	git_commit_id     the Header
//	device_info       where there are any:
//	  cert_labels       common_name, count
//	  snmp_labels       oid, count
//	fingerprints
//	  str_repr          a fingerprint
//	  sessions
//	    user_agent        where there is one
//	    dest_info
//	      dst               "(server name)(address)(port)"
//	      count
//
// Hosts, and what is listed of each, are in the order of their numbers as
// hexadecimal text (0, 1, 10, 11, 2), where hosts, fingerprints, user agents,
// and what is written last are numbered each for themselves, in the order in
// which they were first seen.
func (r *Report) Write(w io.Writer, h *Header) error {
	p := printer{bufio.NewWriter(w)}
	header := h.append(nil)
	if h.Limit > 0 && r.Dropped > 0 {
		header = append(header, `, "limit" : `...)
		header = strconv.AppendInt(header, int64(h.Limit), 10)
		header = append(header, `, "dropped" : `...)
		header = strconv.AppendUint(header, r.Dropped, 10)
	}
	for host := range groups(ranked(r.rows), func(x, y *rank) bool { return x.host == y.host }) {
		p.host(host, header)
	}
	return p.Flush() // has the error of what was written before, too
}

func (h *Header) append(b []byte) []byte {
	// Quirk Q134: spaces as other programs write them.
	b = append(b, `"libmerc_init_time" : "`...)
	b = h.Start.UTC().AppendFormat(b, time.RFC3339)
	b = append(b, `","libmerc_version": "`...)
	b = record.AppendText(b, []byte(h.Version))
	b = append(b, `", "resource_version" : "`...)
	b = record.AppendText(b, []byte(h.ResourceVersion))
	b = append(b, `", "build_number" : "`...)
	b = strconv.AppendUint(b, uint64(h.Build), 10)
	b = append(b, `", "git_commit_id": "`...)
	b = record.AppendText(b, []byte(h.Commit))
	return append(b, '"')
}

// A printer writes the parts of a line. It leaves errors to Flush.
type printer struct{ *bufio.Writer }

func (p printer) host(rows []rank, header []byte) {
	p.WriteString(`{"src_ip":"`)
	p.Write(rows[0].appendHost(p.AvailableBuffer()))
	p.WriteString(`", `)
	p.Write(header)
	clients := rows
	for len(clients) > 0 && clients[0].kind != client {
		clients = clients[1:]
	}
	if labels := rows[:len(rows)-len(clients)]; len(labels) > 0 {
		p.WriteString(`, "device_info":{`)
		p.labels(labels)
		p.WriteByte('}')
	}
	p.WriteString(`, "fingerprints":[`)
	p.fingerprints(clients)
	p.WriteString("]}\n")
}

func (p printer) labels(rows []rank) {
	first := true
	for list := range groups(rows, func(x, y *rank) bool { return x.kind == y.kind }) {
		p.comma(&first)
		if list[0].kind == certificateName {
			p.WriteString(`"cert_labels":[`)
			p.counts("common_name", list)
		} else {
			p.WriteString(`"snmp_labels":[`)
			p.counts("oid", list)
		}
		p.WriteByte(']')
	}
}

func (p printer) fingerprints(rows []rank) {
	first := true
	for list := range groups(rows, func(x, y *rank) bool { return x.fingerprint == y.fingerprint }) {
		p.comma(&first)
		p.WriteString(`{"str_repr":"`)
		p.WriteString(list[0].key.fingerprint)
		p.WriteString(`", "sessions": [`)
		p.sessions(list)
		p.WriteString("]}")
	}
}

func (p printer) sessions(rows []rank) {
	first := true
	for list := range groups(rows, func(x, y *rank) bool { return x.agent == y.agent }) {
		p.comma(&first)
		p.WriteByte('{')
		if agent := list[0].key.agent; agent != "" {
			p.WriteString(`"user_agent":"`)
			p.WriteString(agent)
			p.WriteString(`", `)
		}
		p.WriteString(`"dest_info":[`)
		p.counts("dst", list)
		p.WriteString("]}")
	}
}

func (p printer) counts(name string, rows []rank) {
	first := true
	for i := range rows {
		p.comma(&first)
		p.WriteString(`{"`)
		p.WriteString(name)
		p.WriteString(`":"`)
		p.Write(rows[i].appendLast(p.AvailableBuffer()))
		p.WriteString(`","count":`)
		p.Write(strconv.AppendUint(p.AvailableBuffer(), rows[i].count, 10))
		p.WriteByte('}')
	}
}

// comma writes a comma between elements.
func (p printer) comma(first *bool) {
	if !*first {
		p.WriteByte(',')
	}
	*first = false
}
