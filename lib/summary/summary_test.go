package summary

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestLine(t *testing.T) {
	s := &Summary{Captures: []Capture{{Name: "a\u202e\n\U0001f600.pcap"}}, Files: 1, Added: []string{"size"}, Errors: []string{"x: cut off"}}
	s.Captures[0].See(100, 60, 5)
	s.Captures[0].See(60, 60, 3)
	s.Captures[0].See(60, 60, 0)
	s.Total.Add(&s.Captures[0])
	line, err := s.Append(nil)
	if err != nil || !Is(line) || !json.Valid(line) || line[len(line)-1] != '\n' {
		t.Fatalf("%v: %q", err, line)
	}
	for _, b := range line {
		if b >= 0x80 {
			t.Fatalf("not ASCII: %q", line)
		}
	}
	got, err := Read(line)
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("%v: %+v", err, got)
	}
	if c := got.Total; c.Packets != 3 || c.Bytes != 220 || c.Cut != 1 || c.First != 3 || c.Last != 5 {
		t.Errorf("%+v", c)
	}
	for _, other := range []string{`{"capture_summary":7}`, `{"capture_summary":{"captures":[` + `{}`, `{}`} {
		if _, err := Read([]byte(other)); err == nil {
			t.Errorf("%s is one", other)
		}
	}
}
