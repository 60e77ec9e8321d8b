package bus

import (
	"bytes"
	"strings"
	"testing"
)

// What was encoded and sent with its headers comes back.
func TestCodec(t *testing.T) {
	for _, compress := range []bool{false, true} {
		for _, lines := range []string{"a\n", "a\nb\n", strings.Repeat("x", 1<<20) + "\n"} {
			e, err := newEncoder(compress, len(lines))
			if err != nil {
				t.Fatal(err)
			}
			m := &Message{ID: "i", Sensor: "s", Records: strings.Count(lines, "\n")}
			e.encode(m, []byte(lines))
			received := &Message{Body: m.Body}
			m.Headers(received.SetHeader)
			if received.ID != "i" || received.Sensor != "s" || received.Records != m.Records {
				t.Errorf("%+v", received)
			}
			if got := text(t, []*Message{received}); got != lines {
				t.Errorf("%d bytes, not %d", len(got), len(lines))
			}
		}
	}
}

// Messages of others are read, too; what is no message is an error.
func TestDecoder(t *testing.T) {
	bomb, err := newEncoder(true, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	large := &Message{}
	bomb.encode(large, bytes.Repeat([]byte("x\n"), maxText/2+1))
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		m       Message
		want    string
		records int
		err     string
	}{
		{"a line without an end", Message{Body: []byte("{}")}, "{}\n", 1, ""},
		{"no headers", Message{Body: []byte("a\nb\n")}, "a\nb\n", 2, ""},
		{"nothing", Message{}, "", 0, ""},
		{"count", Message{Body: []byte("a\nb\n"), Records: 3}, "", 0, "2 records, but its header says 3"},
		{"encoding", Message{Body: []byte("a"), Encoding: "br"}, "", 0, `unknown encoding "br"`},
		{"no zstd", Message{Body: []byte("abcdefgh"), Encoding: "zstd"}, "", 0, "magic number mismatch"},
		{"a bomb", *large, "", 0, "exceeds configured limit"},
	} {
		got, err := d.AppendLines([]byte("before"), &tt.m)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || string(got) != "before" {
				t.Errorf("%s: %q, %v", tt.name, got, err)
			}
			continue
		}
		if err != nil || string(got) != "before"+tt.want || tt.m.Records != tt.records {
			t.Errorf("%s: %q, %d records, %v", tt.name, got, tt.m.Records, err)
		}
	}
}

// FuzzDecoder holds that a body gives whole lines, as many as it says, or an
// error, in bounded memory.
func FuzzDecoder(f *testing.F) {
	e, err := newEncoder(true, 100)
	if err != nil {
		f.Fatal(err)
	}
	m := &Message{}
	e.encode(m, []byte("{}\n{}\n"))
	f.Add(m.Body, "zstd", "2")
	f.Add([]byte("{}"), "", "")
	d, err := NewDecoder()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, encoding, count string) {
		m := &Message{Body: body}
		m.SetHeader(headerEncoding, encoding)
		m.SetHeader(headerRecords, count)
		got, err := d.AppendLines(nil, m)
		if err != nil {
			if got != nil {
				t.Errorf("%d bytes with the error %v", len(got), err)
			}
			return
		}
		if len(got) > maxText+1 || bytes.Count(got, newline) != m.Records || len(got) > 0 && got[len(got)-1] != '\n' {
			t.Errorf("%d bytes, %d records", len(got), m.Records)
		}
	})
}
