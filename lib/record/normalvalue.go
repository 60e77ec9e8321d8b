package record

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"
)

// scalar writes a number or a time, or else text under another name.
func (n *Normalizer) scalar(k *node, at, end int) {
	value := n.src[at:end]
	text, quoted := value, value[0] == '"'
	if quoted {
		text = value[1 : len(value)-1]
	}
	n.key(k.key)
	before := len(n.out)
	ok := false
	switch k.form {
	case Number:
		if ok = quoted && isNumber(text); ok {
			n.out = append(n.out, text...)
		}
	case HexNumber:
		n.out, ok = appendHexNumber(n.out, text, quoted)
	case Date:
		n.out, ok = appendDate(n.out, text, quoted)
	case FileTime:
		n.out, ok = appendFileTime(n.out, text, quoted)
	case Seconds:
		n.out, ok = appendSeconds(n.out, text, !quoted)
	case Lists:
		n.out, ok = appendLists(n.out, text, quoted)
	}
	if ok {
		return
	}
	n.out = append(n.out[:before-len(k.key)], k.text...)
	if quoted {
		n.out = append(n.out, value...)
		return
	}
	n.out = append(n.out, '"')
	n.out = AppendText(n.out, value)
	n.out = append(n.out, '"')
}

// maxDigits is the number of digits of the longest number. All such fit 64
// bits.
const maxDigits = 18

func isNumber(text []byte) bool {
	if len(text) == 0 || len(text) > maxDigits || text[0] == '0' && len(text) > 1 {
		return false
	}
	return areDigits(text)
}

func areDigits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func appendHexNumber(b, text []byte, ok bool) ([]byte, bool) {
	var room [8]byte
	if !ok || len(text) == 0 || len(text) > 2*len(room) || len(text)%2 != 0 {
		return b, false
	}
	bytes := room[len(room)-len(text)/2:]
	// The top bit is the sign.
	if _, err := hex.Decode(bytes, text); err != nil || bytes[0] > 0x7f {
		return b, false
	}
	return strconv.AppendUint(b, binary.BigEndian.Uint64(room[:]), 10), true
}

// dateLen is the length of a time without the Z.
const dateLen = len("2026-01-31T23:59:59")

// isDate reports whether text is a time that exists, as far as seconds.
func isDate(t []byte) bool {
	const form = "0000-00-00 00:00:00"
	for i := range form {
		switch c := t[i]; {
		case form[i] == '0' && (c < '0' || c > '9'), form[i] != '0' && c != form[i] && (form[i] != ' ' || c != 'T'):
			return false
		}
	}
	two := func(i int) int { return int(t[i]-'0')*10 + int(t[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) && two(11) < 24 && two(14) < 60 && two(17) < 60
}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return int([...]uint8{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1])
}

func appendDate(b, text []byte, ok bool) ([]byte, bool) {
	if !ok || len(text) != dateLen+1 || text[dateLen] != 'Z' || !isDate(text) {
		return b, false
	}
	b = append(b, '"')
	b = append(b, text[:10]...)
	b = append(b, 'T')
	b = append(b, text[11:]...)
	return append(b, '"'), true
}

// appendFileTime keeps seven of the nine decimals: a FILETIME counts tenths of
// microseconds, and the two before these are of its seconds.
func appendFileTime(b, text []byte, ok bool) ([]byte, bool) {
	const decimals, seconds = 9, 2
	if !ok || len(text) != dateLen+1+decimals+1 || text[dateLen] != '.' || text[len(text)-1] != 'Z' ||
		!isDate(text) || !areDigits(text[dateLen+1:len(text)-1]) {
		return b, false
	}
	b = append(b, '"')
	b = append(b, text[:10]...)
	b = append(b, 'T')
	b = append(b, text[11:dateLen+1]...)
	b = append(b, text[dateLen+1+seconds:]...)
	return append(b, '"'), true
}

// maxSeconds is the end of the year 9999.
const maxSeconds = 253402300799

func appendSeconds(b, text []byte, ok bool) ([]byte, bool) {
	if !ok || !isNumber(text) {
		return b, false
	}
	var v int64
	for _, c := range text {
		v = v*10 + int64(c-'0')
	}
	if v > maxSeconds {
		return b, false
	}
	b = append(b, '"')
	b = time.Unix(v, 0).UTC().AppendFormat(b, "2006-01-02T15:04:05Z")
	return append(b, '"'), true
}

// appendLists appends nested lists of strings that need no escapes, in JSON,
// which is the text.
func appendLists(b, text []byte, ok bool) ([]byte, bool) {
	if !ok || len(text) == 0 || text[0] != '[' {
		return b, false
	}
	depth := 0
	var last byte // of what was read, but in strings
	for i := 0; i < len(text); {
		c := text[i]
		i++
		follows := last == ',' || last == '[' // and a value may
		switch {
		case c == '[' && (last == 0 || follows):
			depth++
		case c == ']' && last != ',' && depth > 0:
			depth--
		case c == ',' && last != ',' && last != '[' && depth > 0:
		case c == '\\' && i < len(text) && text[i] == '"' && follows:
			end := bytes.IndexByte(text[i+1:], '\\') + i + 1
			if end <= i || end+1 >= len(text) || text[end+1] != '"' {
				return b, false
			}
			b = append(b, text[i:end]...)
			b = append(b, '"')
			i, last = end+2, '"'
			continue
		default:
			return b, false
		}
		b = append(b, c)
		if last = c; depth == 0 {
			return b, i == len(text)
		}
	}
	return b, false
}

// list writes the parts of a text.
func (n *Normalizer) list(f Form, text []byte) {
	n.out = append(n.out, '[')
	switch f {
	case Words:
		for len(text) > 0 {
			word := text
			if i := bytes.IndexByte(text, ','); i >= 0 {
				word, text = text[:i], text[i+1:]
			} else {
				text = nil
			}
			n.word(bytes.Trim(word, " "))
		}
	default:
		size := 4
		if f == Codes2 {
			size = 2
		}
		for ; len(text) > size; text = text[size:] {
			n.word(text[:size])
		}
		if len(text) > 0 {
			n.word(text)
		}
	}
	n.out = append(n.out, ']')
}

func (n *Normalizer) word(text []byte) {
	if n.out[len(n.out)-1] != '[' {
		n.out = append(n.out, ',')
	}
	n.out = append(n.out, '"')
	n.out = append(n.out, text...)
	n.out = append(n.out, '"')
}

// DateTime writes a time in nanoseconds since 1970 as RFC 3339 has it, in UTC,
// with six decimals; what is beyond them is cut off.
func (n *Normalizer) DateTime(w *Writer, ns int64) {
	micro := ns / 1e3
	second, micro := micro/1e6, micro%1e6
	if micro < 0 {
		second, micro = second-1, micro+1e6
	}
	if second != n.second || len(n.date) == 0 {
		n.second = second
		n.date = time.Unix(second, 0).UTC().AppendFormat(n.date[:0], `"2006-01-02T15:04:05`)
	}
	w.buf = append(w.buf, n.date...)
	at := len(w.buf)
	// Seven digits, so that zeros stay; the point takes the place of the first.
	w.buf = strconv.AppendUint(w.buf, uint64(micro)+1e6, 10)
	w.buf[at] = '.'
	w.buf = append(w.buf, 'Z', '"')
}
