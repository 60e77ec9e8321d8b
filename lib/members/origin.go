package members

import "merctools/lib/record"

// An Origin says where a packet comes from. What is not known is zero.
type Origin struct {
	Source
	Place
}

// A Source is where several packets come from.
type Source struct {
	File       string   // name of the capture
	Interfaces []string // their names; nobody changes them

	// At returns the place of the packet that is processed. It is asked for
	// records only. Where it is nil, the place isn't known.
	At func() Place
}

// A Place is where a packet is in its source.
type Place struct {
	Number    uint64 // in the capture, counted from 1
	Length    uint32 // bytes on the wire
	Interface int    // its number among the source's
}

// Origin says where the present packet comes from, for later.
func (s *Set) Origin() Origin {
	s.locate()
	o := s.origin
	o.At = nil
	return o
}

// locate finds out the place of the present packet.
func (s *Set) locate() {
	if s.origin.At != nil {
		s.origin.Place = s.origin.At()
	}
}

// SetOrigin tells where the next packet comes from, and returns what it was told
// before.
func (s *Set) SetOrigin(o Origin) (before Origin) {
	before = s.origin
	s.SetSource(o.Source)
	s.origin.Place = o.Place
	return before
}

// SetSource tells where the next packets come from.
func (s *Set) SetSource(from Source) {
	if from.File != s.origin.File {
		s.file = s.file[:0]
		if s.flows != nil {
			s.flows.forget()
		}
		if from.File != "" {
			s.file = appendText(s.file, `"file":`, from.File)
		}
	}
	s.origin, s.interfaceOf = Origin{Source: from}, -1
}

func appendFile(s *Set, b []byte) []byte {
	if len(s.file) == 0 {
		return b
	}
	return append(separated(b), s.file...)
}

// appendText appends a member whose value is any text.
func appendText(b []byte, key, value string) []byte {
	b = append(append(b, key...), '"')
	b = record.AppendText(b, []byte(value))
	return append(b, '"')
}
