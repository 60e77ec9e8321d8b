package indicators

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// columns says where in a CSV file what is: indices of columns, or -1.
type columns struct {
	value int
	about []int                    // columns with texts
	kind  int                      // column with the kind, as MISP names it
	use   int                      // column that has 0 for what is not to be looked for
	read  func(*builder) csvReader // by the header, where there is no column with the kind
}

type csvReader func(value, about []byte, line int) outcome

// csvValues are the names of columns with indicators, as abuse.ch has them,
// and what reads those.
var csvValues = map[string]func(*builder) csvReader{
	"ja3_md5": func(b *builder) csvReader {
		return func(v, about []byte, line int) outcome { return b.hash(v, about, line, MD5) }
	},
	"sha1": func(b *builder) csvReader {
		return func(v, about []byte, line int) outcome { return b.hash(v, about, line, SHA1) }
	},
	"dst_ip": func(b *builder) csvReader { return b.address },
	"dstip":  func(b *builder) csvReader { return b.address },
}

// csvTexts are the names of columns with texts.
var csvTexts = []string{"listingreason", "malware", "comment", "event_info"}

// csvHeader reads a line as names of columns. It may be a comment. ok is false
// where no name is that of a column with indicators.
func csvHeader(line []byte) (c columns, ok bool) {
	c = columns{value: -1, kind: -1, use: -1}
	if bytes.IndexByte(line, ',') < 0 {
		return c, false
	}
	text := strings.ToLower(strings.TrimLeft(string(line), "# "))
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		names = append(names, strings.Trim(name, " \t\r\n\""))
	}
	if c.kind, c.value = slices.Index(names, "type"), slices.Index(names, "value"); c.kind >= 0 && c.value >= 0 {
		c.use = slices.Index(names, "to_ids")
	} else {
		c.kind = -1
		c.value = slices.IndexFunc(names, func(n string) bool { return csvValues[n] != nil })
		if c.value < 0 {
			return c, false
		}
		c.read = csvValues[names[c.value]]
	}
	for _, name := range csvTexts {
		if i := slices.Index(names, name); i >= 0 {
			c.about = append(c.about, i)
		}
	}
	return c, true
}

// csv reads lists with columns that their header names.
func (b *builder) csv(lines *lines) error {
	var c columns
	for ok := false; !ok && lines.next(); {
		c, ok = csvHeader(bytes.TrimSpace(lines.text))
	}
	if lines.err != nil {
		return lines.err
	}
	r := csv.NewReader(lines.in)
	r.Comment, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord, r.TrimLeadingSpace = '#', -1, true, true, true
	var read csvReader
	if c.read != nil {
		read = c.read(b)
	}
	var value, about []byte
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			b.result(bad, lines.number+broken.StartLine, "")
			continue
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		line += lines.number
		if c.value >= len(row) {
			b.result(bad, line, "")
			continue
		}
		value = append(value[:0], strings.TrimSpace(row[c.value])...)
		about = about[:0]
		for _, i := range c.about {
			if i < len(row) && row[i] != "" {
				if len(about) > 0 {
					about = append(about, "; "...)
				}
				about = append(about, row[i]...)
			}
		}
		if c.kind < 0 {
			b.result(read(value, about, line), line, "")
			continue
		}
		if c.kind >= len(row) {
			b.result(bad, line, "")
			continue
		}
		if c.use >= 0 && c.use < len(row) && row[c.use] == "0" {
			continue
		}
		b.result(b.misp(row[c.kind], value, about, line), line, row[c.kind])
	}
}

// misp adds an attribute as MISP exports it. One of two values, such as
// "domain|ip", counts by its first, but for a file's hash.
func (b *builder) misp(kind string, value, about []byte, line int) outcome {
	first, second, _ := bytes.Cut(value, []byte{'|'})
	switch kind {
	case "ip-src", "ip-dst", "ip-src|port", "ip-dst|port":
		return b.valid(first, about, line, b.address)
	case "domain", "hostname", "hostname|port":
		return b.valid(first, about, line, b.domain)
	case "domain|ip":
		if out := b.valid(first, about, line, b.domain); out != added {
			return out
		}
		return b.valid(second, about, line, b.address)
	case "url", "uri":
		return b.valid(value, about, line, b.url)
	case "user-agent":
		return b.agent(value, about, line)
	case "ja3-fingerprint-md5", "hassh-md5", "hasshserver-md5":
		return b.hash(value, about, line, MD5)
	case "ja4-fingerprint", "ja4":
		return b.ja4(value, about, line)
	case "x509-fingerprint-sha1":
		return b.hash(value, about, line, SHA1)
	case "x509-fingerprint-sha256":
		return b.hash(value, about, line, SHA256)
	}
	return foreign
}

func (b *builder) ja4(value, about []byte, line int) outcome {
	if !isJA4(value) {
		return bad
	}
	return b.add(JA4, value, about, line)
}

// valid adds what is not empty.
func (b *builder) valid(value, about []byte, line int, add csvReader) outcome {
	if value = bytes.TrimSpace(value); len(value) == 0 {
		return bad
	}
	return add(value, about, line)
}
