package members

import (
	"strconv"
	"time"

	"merctools/lib/record"
)

// An Origin says where a packet comes from. What is not known is zero.
type Origin struct {
	Source
	Place
}

// A Source is where several packets come from.
type Source struct {
	File       string   // name of the capture
	Interfaces []string // their names; nobody changes them
}

// A Place is where a packet is in its source.
type Place struct {
	Number    uint64 // in the capture, counted from 1
	Length    uint32 // bytes on the wire
	Interface int    // its number among the source's
}

// Origin says where the present packet comes from.
func (s *Set) Origin() Origin { return s.origin }

// SetOrigin tells where the next packet comes from.
func (s *Set) SetOrigin(o Origin) {
	s.SetSource(o.Source)
	s.SetPlace(o.Place)
}

// SetSource tells where the next packets come from.
func (s *Set) SetSource(from Source) {
	if from.File != s.origin.File {
		s.file = s.file[:0]
		if from.File != "" {
			s.file = appendText(s.file, `"file":`, from.File)
		}
	}
	s.origin.Source, s.interfaceOf = from, -1
}

// SetPlace tells where the next packet is in its source.
func (s *Set) SetPlace(p Place) { s.origin.Place = p }

func appendFile(s *Set, b []byte) []byte {
	if len(s.file) == 0 {
		return b
	}
	return append(separated(b), s.file...)
}

func appendInterface(s *Set, b []byte) []byte {
	n := s.origin.Interface
	if n >= len(s.origin.Interfaces) {
		return b
	}
	if n != s.interfaceOf {
		s.interfaceOf, s.interfaceText = n, s.interfaceText[:0]
		if name := s.origin.Interfaces[n]; name != "" {
			s.interfaceText = appendText(s.interfaceText, `"interface":`, name)
		}
	}
	if len(s.interfaceText) == 0 {
		return b
	}
	return append(separated(b), s.interfaceText...)
}

// appendText appends a member whose value is any text.
func appendText(b []byte, key, value string) []byte {
	b = append(append(b, key...), '"')
	b = record.AppendText(b, []byte(value))
	return append(b, '"')
}

func appendNumber(s *Set, b []byte) []byte {
	if s.origin.Number == 0 {
		return b
	}
	b = append(separated(b), `"packet":`...)
	return strconv.AppendUint(b, s.origin.Number, 10)
}

// appendSize appends the bytes that were captured where nothing else is known.
func appendSize(s *Set, b []byte) []byte {
	n := max(s.origin.Length, uint32(len(s.Bytes)))
	if n == 0 {
		return b
	}
	b = append(separated(b), `"size":`...)
	return strconv.AppendUint(b, uint64(n), 10)
}

// timeFormat is the member as text, of which packets of the same second share
// all but the last nine digits.
const (
	timeFormat = `"time_iso":"2006-01-02T15:04:05.000000000Z"`
	timeDigits = len(`000000000Z"`)
)

// appendTime appends nine decimals always, so that texts sort like times.
func appendTime(s *Set, b []byte) []byte {
	second, ns := s.Time/1e9, s.Time%1e9
	if ns < 0 {
		second, ns = second-1, ns+1e9
	}
	if second != s.second || len(s.time) == 0 {
		s.second = second
		s.time = time.Unix(second, 0).UTC().AppendFormat(s.time[:0], timeFormat)
	}
	b = append(separated(b), s.time...)
	digits := b[len(b)-timeDigits:][:9]
	high, low := uint32(ns/1e5), uint32(ns%1e5)
	putPair(digits[0:2], high/100)
	putPair(digits[2:4], high%100)
	putPair(digits[4:6], low/1000)
	putPair(digits[6:8], low/10%100)
	digits[8] = byte('0' + low%10)
	return b
}

// putPair puts two decimal digits.
func putPair(dst []byte, n uint32) {
	dst[0], dst[1] = byte('0'+n/10), byte('0'+n%10)
}
