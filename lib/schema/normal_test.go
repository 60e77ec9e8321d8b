package schema

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
)

func compileNormal(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(NormalSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("normal.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("normal.schema.json")
}

// TestNormalRecords holds the normalized records of all captures against their
// schema, and that they have all values of the records. It takes the same
// captures as TestRecords.
func TestNormalRecords(t *testing.T) {
	schema := compileNormal(t)
	for kind, cfg := range configs(t) {
		t.Run(kind, func(t *testing.T) {
			cfg.MaskKey = []byte("0123456789abcdef")
			plain, err := engine.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			cfg.Normalize = true
			normal, err := engine.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			records, changed, bad := 0, 0, 0
			seen := map[string]bool{}
			for _, name := range captures(t) {
				var before [][]byte
				each(t, name, plain.NewWorker(fingerprintdb.NewHistory()), func(record []byte) { before = append(before, bytes.Clone(record)) })
				i := 0
				each(t, name, normal.NewWorker(fingerprintdb.NewHistory()), func(record []byte) {
					if i >= len(before) {
						t.Errorf("%s: one more record: %s", filepath.Base(name), record)
						return
					}
					was := before[i]
					i++
					records++
					if !bytes.Equal(was[:bytes.LastIndex(was, []byte(`,"event_start"`))], record[:bytes.LastIndex(record, []byte(`,"event_start"`))]) {
						changed++
					}
					problem := validate(schema, record)
					if problem == "" {
						problem = lost(t, was, record)
					}
					if problem != "" {
						if bad++; !seen[problem] && len(seen) < 10 {
							seen[problem] = true
							t.Errorf("%s: %s\n%.3000s\n%.3000s", filepath.Base(name), problem, was, record)
						}
					}
				})
				if i != len(before) {
					t.Errorf("%s: %d records, not %d", filepath.Base(name), i, len(before))
				}
			}
			t.Logf("%d records, %d of them changed, %d of them wrong", records, changed, bad)
			if records == 0 || changed == 0 && kind != "initial data" {
				t.Error("no records")
			}
		})
	}
}

// A bag has values of a record as text, by the names of their members, and how
// many there are of each.
type bag map[[2]string]int

// takeAll takes values of a member out, if all are there.
func (b bag) takeAll(name string, values ...string) bool {
	for i, v := range values {
		if b[[2]string{name, v}] == 0 {
			for _, v := range values[:i] {
				b[[2]string{name, v}]++
			}
			return false
		}
		b[[2]string{name, v}]--
	}
	return true
}

// renamed are members that have another name in normalized records. The values
// of other attributes have any.
var renamed = map[string]string{"command": "status_code", "value": "port", "xxx": "id", "minimim": "minimum"}

// leftOut are members that normalized records don't have, and that need no
// other.
var leftOut = []string{
	"quic.plaintext", "quic.raw_packet_data", "dhcp.options.end", "dhcp.options.pad",
	"dns.response.answer.svc_params.key", "mdns.response.answer.svc_params.key",
}

// lost says which values a normalized record lacks, or has too many. It knows
// nothing of the forms that members have.
func lost(t *testing.T, record, normal []byte) string {
	values, keys := bag{}, map[string]bool{}
	leaves(t, normal, func(path, value string) {
		if !strings.HasSuffix(path, ".extensions.critical") {
			values[[2]string{lastName(path), value}]++
		}
	}, keys)
	var problem string
	type leaf struct{ path, value string }
	var later []leaf
	leaves(t, record, func(path, value string) {
		switch {
		case strings.HasSuffix(path, ".extensions.critical"):
		case slices.Contains(leftOut, path):
		case values.takeAll(lastName(path), value):
		default:
			later = append(later, leaf{path, value}) // when it can't take others' values any more
		}
	}, map[string]bool{})
	for _, l := range later {
		name := lastName(l.path)
		switch {
		case values.takes(name, l.value), values.takes(renamed[name], l.value):
		case name == "attribute_type" && keys[l.value]:
		case name == "attribute_value" && values.takeAnywhere(l.value):
		default:
			problem += "lost: " + l.path + ": " + l.value + "\n"
		}
	}
	for v, n := range values {
		if n > 0 && v[0] != "critical" { // of unsupported extensions
			problem += "new: " + v[0] + ": " + v[1] + "\n"
		}
	}
	return problem
}

func lastName(path string) string {
	return strings.TrimSuffix(path[strings.LastIndexByte(path, '.')+1:], "_text")
}

func (b bag) takeAnywhere(value string) bool {
	for k, n := range b {
		if k[1] == value && n > 0 {
			b[k]--
			return true
		}
	}
	return false
}

// takes takes out what can stand for a value.
func (b bag) takes(name, value string) bool {
	if b.takeAll(name, value) {
		return true
	}
	for _, form := range []string{"2006-01-02 15:04:05Z", "2006-01-02T15:04:05Z"} {
		if when, err := time.Parse(form, value); err == nil && b.takeAll(name, when.Format(time.RFC3339)) {
			return true
		}
	}
	if date, decimals, ok := strings.Cut(value, "."); ok && strings.Contains(date, "T") && len(decimals) > 2 && b.takeAll(name, date+"."+decimals[2:]) {
		return true
	}
	if seconds, micro, ok := strings.Cut(value, "."); ok {
		s, err1 := strconv.ParseInt(seconds, 10, 64)
		us, err2 := strconv.ParseInt(micro, 10, 64)
		if err1 == nil && err2 == nil && b.takeAll(name, time.Unix(s, us*1000).UTC().Format("2006-01-02T15:04:05.000000Z")) {
			return true
		}
	}
	if s, err := strconv.ParseInt(value, 10, 64); err == nil && b.takeAll(name, time.Unix(s, 0).UTC().Format(time.RFC3339)) {
		return true
	}
	if n, err := strconv.ParseUint(value, 16, 64); err == nil && b.takeAll(name, strconv.FormatUint(n, 10)) {
		return true
	}
	words := strings.Split(strings.TrimSuffix(value, ","), ",")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	if value == "" || b.takeAll(name, words...) {
		return true
	}
	for _, size := range []int{4, 2} {
		var codes []string
		for part := range slices.Chunk([]byte(value), size) {
			codes = append(codes, string(part))
		}
		if b.takeAll(name, codes...) {
			return true
		}
	}
	var lists []any
	if json.Unmarshal([]byte(value), &lists) != nil {
		return false
	}
	return b.takeAll(name, flat(lists)...)
}

// flat are the strings in lists.
func flat(lists []any) (all []string) {
	for _, e := range lists {
		switch e := e.(type) {
		case string:
			all = append(all, e)
		case []any:
			all = append(all, flat(e)...)
		}
	}
	return all
}

// leaves calls do with all values that are no objects or arrays, and adds the
// names of members to keys.
func leaves(t *testing.T, record []byte, do func(path, value string), keys map[string]bool) {
	d := json.NewDecoder(bytes.NewReader(record))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, record)
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, e := range v {
				keys[name] = true
				walk(path+"."+name, e)
			}
		case []any:
			for _, e := range v {
				walk(path, e)
			}
		case string:
			do(strings.TrimPrefix(path, "."), v)
		case json.Number:
			do(strings.TrimPrefix(path, "."), v.String())
		case bool:
			do(strings.TrimPrefix(path, "."), strconv.FormatBool(v))
		case nil:
			do(strings.TrimPrefix(path, "."), "null")
		}
	}
	walk("", v)
}

// What is around a message has no form but times, which are written so: records are analyzed, and
// lines edited, without a thought of forms.
func TestFormsOfMessages(t *testing.T) {
	for _, f := range around() {
		if changed := record.NormalFields([]proto.Field{f}); f.Name != "event_start" && f.Name != "time_iso" && (len(changed) != 1 || likeness(changed, false) != likeness([]proto.Field{f}, false)) {
			t.Errorf("%s has a form", f.Name)
		}
	}
}

// The documents for normalized records have the types of these.
func TestNormalTables(t *testing.T) {
	duck := string(NormalDuckDB())
	for _, part := range []string{"\n  \"event_start\": 'TIMESTAMPTZ'", `"status_code" UBIGINT`, `"kex_algorithms" VARCHAR[]`, `"not_after" TIMESTAMPTZ`, `"subject" MAP(VARCHAR, VARCHAR[])`, `"cipher_suites" VARCHAR[]`} {
		if !strings.Contains(duck, part) {
			t.Errorf("DuckDB: no %s", part)
		}
	}
	click := string(NormalClickHouse())
	for _, part := range []string{"`event_start` DateTime64(6, 'UTC')\n)", "`status_code` Nullable(UInt64)", "`kex_algorithms` Array(Nullable(String))", "PARTITION BY toDate(event_start)\n"} {
		if !strings.Contains(click, part) {
			t.Errorf("ClickHouse: no %s", part)
		}
	}
	if strings.Contains(click, "event_time") || strings.Contains(click, ",\n)") {
		t.Error("ClickHouse: a column too many")
	}
}

// A number that is none stays text, under a name that the schema has.
func TestNormalText(t *testing.T) {
	schema := compileNormal(t)
	e, err := engine.New(engine.Config{Options: proto.Options{Metadata: true}, Normalize: true})
	if err != nil {
		t.Fatal(err)
	}
	const response = "HTTP/1.1 2x0 OK\r\nContent-Length: none\r\n\r\n"
	frame := []byte("............\x08\x00\x45\x00\x00\x00\x00\x00\x00\x00\x40\x06\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02" +
		"\x00\x50\x10\x00\x00\x00\x00\x01\x00\x00\x00\x00\x50\x18\x00\x00\x00\x00\x00\x00" + response)
	frame[17] = byte(len(frame) - 14)
	got := e.NewWorker(nil).Packet(nil, packet.LinkEthernet, frame, 0)
	if problem := validate(schema, got); problem != "" {
		t.Error(problem)
	}
	for _, member := range []string{`"status_code_text":"2x0"`, `"content_length_text":"none"`, `"event_start":"1970-01-01T00:00:00.000000Z"`} {
		if !strings.Contains(string(got), member) {
			t.Errorf("no %s in %s", member, got)
		}
	}
}

// The document about normalized records names each member that changes.
func TestNormalDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/normal.md")
	if err != nil {
		t.Fatal(err)
	}
	var walk func(path string, fields []proto.Field)
	walk = func(path string, fields []proto.Field) {
		for i := range fields {
			f := &fields[i]
			inLists := strings.HasPrefix(path, "ssh.kex.") // it names some of them
			if (f.Form != record.Same || f.As != "") && !inLists && !bytes.Contains(text, []byte("`"+f.Name+"`")) {
				t.Errorf("%s%s is not in the document", path, f.Name)
			}
			walk(path+f.Name+".", f.Fields)
		}
	}
	walk("", Fields())
}
