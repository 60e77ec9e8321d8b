package indicators

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// stixObject is what counts of an object in a bundle (STIX 2.1, section 4.7).
type stixObject struct {
	Type        string     `json:"type"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Pattern     string     `json:"pattern"`
	PatternType string     `json:"pattern_type"`
	Revoked     bool       `json:"revoked"`
	ValidUntil  *time.Time `json:"valid_until"`
}

var errBundle = errors.New("JSON, but not a STIX bundle with objects")

// stix reads a bundle of STIX 2.1, object by object: fastjson would need the
// whole bundle in memory.
func (b *builder) stix(lines *lines) error {
	in := &lineCounter{in: lines.in}
	d := json.NewDecoder(in)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errBundle
	}
	found := false
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
		if name != "objects" {
			var other json.RawMessage
			if err := d.Decode(&other); err != nil {
				return fmt.Errorf("not JSON: %w", err)
			}
			continue
		}
		found = true
		if t, err := d.Token(); err != nil || t != json.Delim('[') {
			return errBundle
		}
		for d.More() {
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				return fmt.Errorf("not JSON: %w", err)
			}
			b.stixObject(raw, in.line(d.InputOffset()-int64(len(raw))))
		}
		if _, err := d.Token(); err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
	}
	if !found {
		return errBundle
	}
	return nil
}

// stixObject adds what the pattern of an indicator names.
func (b *builder) stixObject(raw []byte, line int) {
	var o stixObject
	if err := json.Unmarshal(raw, &o); err != nil {
		b.result(bad, line, "")
		return
	}
	if o.Type != "indicator" || o.Revoked || o.ValidUntil != nil && o.ValidUntil.Before(time.Now()) {
		return
	}
	if o.PatternType != "" && o.PatternType != "stix" {
		b.result(foreign, line, "patterns of type "+o.PatternType)
		return
	}
	about := o.Name
	if about == "" {
		about = o.Description
	}
	comparisons, ok := parsePattern(o.Pattern)
	if !ok {
		b.result(foreign, line, "a pattern with more than alternatives")
		return
	}
	for _, c := range comparisons {
		b.result(b.comparison(c, []byte(about), line), line, c.path)
	}
}

// A comparison is of a path and a value in a pattern.
type comparison struct{ path, value string }

// parsePattern reads a pattern of comparisons by "=" that are alternatives:
// [a:b = 'x' OR c:d = 'y'] OR [e:f = 'z'] (STIX 2.1, section 9). ok is false
// for any other.
func parsePattern(pattern string) (list []comparison, ok bool) {
	rest := pattern
	for {
		if rest, ok = cut(rest, "["); !ok {
			return nil, false
		}
		for {
			var c comparison
			if c, rest, ok = parseComparison(rest); !ok {
				return nil, false
			}
			list = append(list, c)
			if after, more := cut(rest, "OR "); more {
				rest = after
				continue
			}
			break
		}
		if rest, ok = cut(rest, "]"); !ok {
			return nil, false
		}
		if strings.TrimSpace(rest) == "" {
			return list, true
		}
		if rest, ok = cut(rest, "OR "); !ok {
			return nil, false
		}
	}
}

// cut cuts off a token that space may come before.
func cut(s, token string) (rest string, ok bool) {
	return strings.CutPrefix(strings.TrimLeft(s, " \t\r\n"), token)
}

// parseComparison reads path = 'value'. In the value a backslash escapes a
// quote or a backslash.
func parseComparison(s string) (c comparison, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t\r\n")
	quoted := false
	i := strings.IndexFunc(s, func(r rune) bool {
		if r == '\'' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '=')
	})
	if i <= 0 {
		return c, "", false
	}
	c.path = s[:i]
	if s, ok = cut(s[i:], "="); !ok {
		return c, "", false
	}
	if s, ok = cut(s, "'"); !ok {
		return c, "", false
	}
	var value strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			value.WriteByte(s[i])
		case s[i] == '\'':
			c.value = value.String()
			return c, s[i+1:], true
		default:
			value.WriteByte(s[i])
		}
	}
	return c, "", false
}

// comparison adds what a comparison is with.
func (b *builder) comparison(c comparison, about []byte, line int) outcome {
	value := []byte(c.value)
	if len(value) == 0 {
		return bad
	}
	object, property, _ := strings.Cut(c.path, ":")
	property = strings.ReplaceAll(property, "'", "")
	last := property[strings.LastIndexByte(property, '.')+1:]
	switch object {
	case "ipv4-addr", "ipv6-addr":
		return b.address(value, about, line)
	case "domain-name":
		return b.domain(value, about, line)
	case "url":
		return b.url(value, about, line)
	case "x509-certificate":
		switch last {
		case "SHA-1":
			return b.hash(value, about, line, SHA1)
		case "SHA-256":
			return b.hash(value, about, line, SHA256)
		}
	case "network-traffic":
		switch strings.ToLower(last) {
		case "value": // src_ref.value or dst_ref.value
			if out := b.address(value, about, line); out == added {
				return out
			}
			return b.domain(value, about, line)
		case "user-agent":
			return b.agent(value, about, line)
		case "ja3", "ja3s", "ja3_hash", "ja3s_hash", "hassh", "hassh_server", "hasshserver":
			return b.hash(value, about, line, MD5)
		case "ja4":
			return b.ja4(value, about, line)
		}
	}
	return foreign
}

// A lineCounter counts the lines of what is read.
type lineCounter struct {
	in   io.Reader
	ends []int64 // offsets of ends of lines that were read and not asked for
	read int64
	n    int // lines that end before what was asked for last
}

// Read implements io.Reader.
func (c *lineCounter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	for i := 0; ; i++ {
		next := bytes.IndexByte(p[i:n], '\n')
		if next < 0 {
			break
		}
		i += next
		c.ends = append(c.ends, c.read+int64(i))
	}
	c.read += int64(n)
	return n, err
}

// line is the number of the line at an offset, from 1. Offsets go up.
func (c *lineCounter) line(offset int64) int {
	i := 0
	for i < len(c.ends) && c.ends[i] < offset {
		i++
	}
	c.n += i
	c.ends = c.ends[i:]
	return c.n + 1
}
