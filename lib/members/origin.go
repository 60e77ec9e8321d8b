package members

import (
	"time"

	"merctools/lib/record"
)

func writeFile(s *Set, w *record.Writer) {
	if s.File != s.file {
		var text record.Writer
		text.Key("file").Text([]byte(s.File))
		s.file, s.fileText = s.File, text.Bytes()
	}
	if s.File != "" {
		w.RawMember(s.fileText)
	}
}

func writeInterface(s *Set, w *record.Writer) { s.writeName(w, "interface", s.Interface) }

func (s *Set) writeName(w *record.Writer, key, name string) {
	if name != "" {
		s.text = append(s.text[:0], name...)
		w.Key(key).Text(s.text)
	}
}

func writeNumber(s *Set, w *record.Writer) {
	if s.Number > 0 {
		w.Key("packet").Uint(s.Number)
	}
}

// writeSize writes the bytes that were captured where nothing else is known.
func writeSize(s *Set, w *record.Writer) {
	n := max(s.Length, uint32(len(s.Bytes)))
	if n > 0 {
		w.Key("size").Uint(uint64(n))
	}
}

func writeMAC(s *Set, w *record.Writer) {
	if s.Headers == nil {
		return
	}
	h := s.Headers.Hardware(s.Bytes)
	if h.Src == nil && h.Dst == nil {
		return
	}
	w.Key("mac").Object()
	if h.Src != nil {
		w.Key("src").MAC(h.Src)
	}
	if h.Dst != nil {
		w.Key("dst").MAC(h.Dst)
	}
	w.EndObject()
}

func writeVLAN(s *Set, w *record.Writer) {
	if s.Headers == nil {
		return
	}
	h := s.Headers.Hardware(s.Bytes)
	id, ok := h.NextVLAN()
	if !ok {
		return
	}
	w.Key("vlan").Array()
	for ; ok; id, ok = h.NextVLAN() {
		w.Elem().Uint(uint64(id))
	}
	w.EndArray()
}

// timeFormat is the member as text, of which packets of the same second share
// all but the last nine digits.
const (
	timeFormat   = `"time_iso":"2006-01-02T15:04:05.000000000Z"`
	timeDigitsAt = len(timeFormat) - len(`000000000Z"`)
)

// writeTime writes nine decimals always, so that texts sort like times.
func writeTime(s *Set, w *record.Writer) {
	second, ns := s.Time/1e9, s.Time%1e9
	if ns < 0 {
		second, ns = second-1, ns+1e9
	}
	if second != s.second || len(s.time) == 0 {
		s.second = second
		s.time = time.Unix(second, 0).UTC().AppendFormat(s.time[:0], timeFormat)
	}
	digits := s.time[timeDigitsAt : timeDigitsAt+9]
	high, low := uint32(ns/1e5), uint32(ns%1e5)
	putPair(digits[0:2], high/100)
	putPair(digits[2:4], high%100)
	putPair(digits[4:6], low/1000)
	putPair(digits[6:8], low/10%100)
	digits[8] = byte('0' + low%10)
	w.RawMember(s.time)
}

// putPair puts two decimal digits.
func putPair(dst []byte, n uint32) {
	dst[0], dst[1] = byte('0'+n/10), byte('0'+n%10)
}
