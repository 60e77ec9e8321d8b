package report

import (
	"net/netip"
	"time"
)

// A Report is what a page shows. Its texts are as they came from the network.
type Report struct {
	Title     string
	Facts     []Fact
	Captures  Table // if there are several
	Timeline  *Timeline
	Protocols []Share
	Alerts    []Alert
	Sections  []Section
	Hosts     []Host
	AllHosts  int  // how many there are
	MoreHosts bool // there may be more than that
}

// A Fact is something about the capture.
type Fact struct{ Name, Value, Note string }

// A Share is a part of a whole.
type Share struct {
	Name  string
	Count uint64
	Part  float64 // from 0 to 1
}

// An Alert is something that needs attention, or was looked for in vain.
type Alert struct {
	Name  string
	Count uint64 // messages, or certificates
	Unit  string
	Rows  int
	Link  string // the table with the rows
	Note  string // why there is nothing, or what it means
	Level Level
}

// A Level says how much attention something needs.
type Level string

// The levels.
const (
	Bad     Level = "bad"
	Warn    Level = "warn"
	Info    Level = "info"
	Good    Level = "good"    // nothing was found
	Unknown Level = "unknown" // nobody looked
)

// A Section has tables about a subject.
type Section struct {
	ID, Title, Intro string
	Figures          []Figure
	Tables           []Table
}

// A Figure is a part of a whole, with its name.
type Figure struct {
	Name       string
	Count, All uint64
	Note       string
	Unknown    string // why it is not known; empty where it is
}

// A Table has the first rows of a list.
type Table struct {
	ID, Title, Intro string
	Columns          []Column
	Rows             []Row
	Total            int    // how many rows there are
	More             bool   // there may be more than that
	Note             string // what counts may lack
	Empty            string // what to say where there are no rows
	JQ               string // a condition on records that the rows are made of
}

// A Column of a table.
type Column struct {
	Name string
	Kind ColumnKind
}

// A ColumnKind says how a column is aligned and sorted.
type ColumnKind string

// The kinds of columns.
const (
	Text   ColumnKind = "text"
	Code   ColumnKind = "code" // addresses, hashes
	Number ColumnKind = "num"
	Time   ColumnKind = "time"
)

// A Row is a row; JQ is a condition on the records that it was counted from,
// which may be empty.
type Row struct {
	Cells []Cell
	JQ    string
	Count uint64 // of those records
	Level Level
}

// A Cell is what stands in a row.
type Cell struct {
	Text  string
	Small string // what it rests on, or how many more there are
	Sort  string // what it is sorted by, in place of the text
	Link  string // an anchor on the page
}

// A Host is one that sends messages.
type Host struct {
	ID, Address string
	Facts       []Fact
	Talks       Table
	Findings    []Cell
}

// Options say how to sum up.
type Options struct {
	// Rows is how many rows a table has at most, and Hosts how many hosts have
	// a part of their own.
	Rows, Hosts int
	// Archive says what messages were classified with; nil if that is unknown.
	Archive *Archive
	// ASN returns the number of the autonomous system of an address, 0 if it is
	// unknown. It may be nil.
	ASN func(netip.Addr) uint32
	// Indicators says that indicators were looked for.
	Indicators bool
	// Live says that the capture goes on, as of a time.
	Live time.Time
}

// An Archive sums up a resource archive.
type Archive struct {
	Version            string
	Processes, Malware int
}
