// Package build makes resource archives from ground truth: records of which
// the processes behind them are known.
//
// A Labeler adds the processes to records, as members src_process and
// dst_process. A Builder counts what labelled records say, and writes the
// archive.
package build

import (
	"net/netip"
	"strconv"
	"time"

	"merctools/lib/process"
	"merctools/lib/record"
)

// The members of a record that name the processes at the two ends.
const (
	srcProcess = "src_process"
	dstProcess = "dst_process"
)

// A Process is what a label says.
type Process struct {
	process.Process
	Name       string   // by which archives know it; the executable's if it is empty
	Library    string   // name and version of the library that speaks the protocol
	Malware    bool     //
	Attributes []string // such as remote_access_tool
}

// A Labeler adds to records the processes of their sockets.
type Labeler struct {
	// Find returns the process that owns a socket, and false for a socket
	// that is not to be labelled.
	Find func(process.Socket) (Process, bool)
	// MaxAge is how old a record may be; 0 stands for any age. What uses a
	// socket now says nothing of who used it long ago.
	MaxAge time.Duration
	// Now is the time that ages are counted from.
	Now func() time.Time

	Records  int // lines that are records
	Labelled int // of them, those that have labels now
	Old      int // of them, those older than MaxAge
	Foreign  int // lines that are no JSON objects

	w record.Writer
}

// ends are what a record says of its conversation.
type ends struct {
	socket process.Socket
	time   time.Time
	done   bool // the record has labels
	end    int  // offset behind its last member
	whole  bool // the line is a JSON object
	ok     bool // the record has addresses
}

func readEnds(line []byte) (e ends) {
	var m record.Member
	var src, dst, srcPort, dstPort, protocol []byte
	s := record.Scan(line)
	for s.Next(&m) {
		switch string(m.Name) {
		case "src_ip":
			src = m.Value
		case "dst_ip":
			dst = m.Value
		case "src_port":
			srcPort = m.Value
		case "dst_port":
			dstPort = m.Value
		case "protocol":
			protocol = m.Value
		case "event_start":
			e.time = seconds(m.Value)
		case srcProcess, dstProcess:
			e.done = true
		}
		e.end = m.End
	}
	e.whole = s.Complete()
	if e.ok = e.whole && src != nil && dst != nil; !e.ok {
		return e
	}
	from, err1 := netip.ParseAddr(string(record.Quoted(src)))
	to, err2 := netip.ParseAddr(string(record.Quoted(dst)))
	if err1 == nil && err2 == nil {
		e.socket.Local = netip.AddrPortFrom(from, uint16(number(srcPort, 16)))
		e.socket.Remote = netip.AddrPortFrom(to, uint16(number(dstPort, 16)))
	}
	e.socket.Protocol = uint8(number(protocol, 8))
	return e
}

func number(text []byte, bits int) uint64 {
	n, err := strconv.ParseUint(string(text), 10, bits)
	if err != nil {
		return 0
	}
	return n
}

// seconds reads a time: a number of seconds since 1970, or, in a normalized
// record, a time as RFC 3339 has it.
func seconds(text []byte) time.Time {
	if text := record.Quoted(text); text != nil {
		t, err := time.Parse(time.RFC3339, string(text))
		if err != nil {
			return time.Time{}
		}
		return t.Truncate(time.Second)
	}
	s, err := strconv.ParseFloat(string(text), 64)
	if err != nil || s < 0 || s > 1e11 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0)
}

// Append appends a line to dst, with labels where the processes are known.
func (l *Labeler) Append(dst, line []byte) []byte {
	e := readEnds(line)
	if !e.whole {
		l.Foreign++
		return append(dst, line...)
	}
	l.Records++
	if !e.ok || e.done {
		return append(dst, line...)
	}
	if l.MaxAge > 0 && !e.time.IsZero() && l.Now().Sub(e.time) > l.MaxAge {
		l.Old++
		return append(dst, line...)
	}
	if p := e.socket.Protocol; p != process.TCP && p != process.UDP || !e.socket.Local.IsValid() {
		return append(dst, line...)
	}
	src, isSrc := l.Find(e.socket)
	dest, isDst := l.Find(e.socket.Reverse())
	if !isSrc && !isDst {
		return append(dst, line...)
	}
	l.Labelled++
	l.w.SetBuffer(append(dst, line[:e.end]...))
	if isSrc {
		src.write(&l.w, srcProcess)
	}
	if isDst {
		dest.write(&l.w, dstProcess)
	}
	return append(l.w.Bytes(), line[e.end:]...)
}

// write writes a label.
func (p *Process) write(w *record.Writer, member string) {
	w.Key(member).Object()
	text := func(key, value string) {
		if value != "" {
			w.Key(key).Text([]byte(value))
		}
	}
	name := p.Name
	if name == "" {
		name = p.Program.Name()
	}
	text("name", name)
	text("version", p.Version)
	text("package", p.Package)
	text("library", p.Library)
	text("path", p.Path)
	if p.Command != name {
		text("command", p.Command)
	}
	text("sha256", p.SHA256)
	text("parent", p.Parent)
	if p.PID != 0 {
		w.Key("pid").Int(int64(p.PID))
	}
	text("os", p.OS)
	if p.Malware {
		w.Key("malware").Bool(true)
	}
	if len(p.Attributes) > 0 {
		w.Key("attributes").Array()
		for _, a := range p.Attributes {
			w.Elem().Text([]byte(a))
		}
		w.EndArray()
	}
	w.EndObject()
}
