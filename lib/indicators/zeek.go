package indicators

import (
	"bytes"
	"slices"
	"strings"
)

// zeekFields begins the header of a file for Zeek's intelligence framework.
const zeekFields = "#fields\t"

// zeek reads such files. A header can come again, with other fields.
func (b *builder) zeek(lines *lines) error {
	indicator, kind, desc, source := -1, -1, -1, -1
	var fields [][]byte
	for lines.next() {
		line := lines.text
		if header, ok := bytes.CutPrefix(line, []byte(zeekFields)); ok {
			names := strings.Split(string(header), "\t")
			indicator, kind = slices.Index(names, "indicator"), slices.Index(names, "indicator_type")
			desc, source = slices.Index(names, "meta.desc"), slices.Index(names, "meta.source")
			continue
		}
		if isComment(line) {
			continue
		}
		fields = fields[:0]
		for len(fields) < maxFields {
			field, rest, more := bytes.Cut(line, []byte{'\t'})
			fields = append(fields, field)
			if line = rest; !more {
				break
			}
		}
		field := func(i int) []byte {
			if i < 0 || i >= len(fields) || string(fields[i]) == "-" {
				return nil
			}
			return fields[i]
		}
		about := field(desc)
		if about == nil {
			about = field(source)
		}
		t := field(kind)
		b.result(b.intel(t, field(indicator), about, lines.number), lines.number, string(t))
	}
	return lines.err
}

// maxFields is how many fields of a line are looked at.
const maxFields = 64

// intel adds an indicator of one of Zeek's types.
func (b *builder) intel(kind, value, about []byte, line int) outcome {
	if len(value) == 0 || len(kind) == 0 {
		return bad
	}
	switch string(kind) {
	case "Intel::ADDR", "Intel::SUBNET":
		return b.address(value, about, line)
	case "Intel::DOMAIN":
		return b.domain(value, about, line)
	case "Intel::URL":
		return b.url(value, about, line)
	case "Intel::SOFTWARE":
		return b.agent(value, about, line)
	case "Intel::CERT_HASH", "Intel::FILE_HASH": // Zeek sees certificates as files
		if len(value) == md5Digits && isHex(value) {
			return foreign
		}
		return b.hash(value, about, line, SHA1, SHA256)
	case "Intel::JA3", "Intel::JA3S", "Intel::HASSH":
		return b.hash(value, about, line, MD5)
	case "Intel::JA4":
		return b.ja4(value, about, line)
	}
	return foreign
}
