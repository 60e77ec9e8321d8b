package fingerprintdb

import (
	"reflect"
	"strings"
	"testing"
)

func TestInfo(t *testing.T) {
	m, _ := load(t, LoadOptions{}, resources(
		twoProcesses(""),
		entryLine("tls", "tls/(01)", 10, "", processObject("good", 10, false)),
		entryLine("http", "http/(01)", 10, "", processObject("other", 10, false)),
		entryLine("stun", "stun/1/(01)", 10, "", processObject("other", 10, false)))...)
	want := Info{
		Version:      "2025.01.02; 2.0.full",
		Fingerprints: []TypeCount{{"http", 0, 1}, {"stun", 1, 1}, {"tls", 0, 2}},
		Processes:    3, Counts: 9, Common: 1, Networks: 2, Hosts: 3, Domains: 1,
	}
	if got := m.Info(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	m, _ = load(t, LoadOptions{}, file{"VERSION", "1"})
	if got := m.Info(); !reflect.DeepEqual(got, Info{Version: "1", Disabled: "fingerprint_db.json is missing"}) {
		t.Errorf("%+v", got)
	}
}

func TestLookup(t *testing.T) {
	m, _ := load(t, LoadOptions{Systems: true}, resources(
		entryLine("tls", fpOne, 10, "",
			processObject("rare", 2, false, `"attributes":{"a":true,"b":false}`),
			processObject("q\"é", 8, true, `"attributes":{"a":true,"b":true}`, `"os_info":{"cpe:\"x":3,"":9}`)),
		entryLine("tls", "tls/randomized", 10, "", processObject("r", 10, false)))...)
	got, total := m.Lookup([]byte(fpOne))
	want := []ProcessInfo{
		{"q\"é", 8, true, []string{"a", "b"}, []SystemInfo{{`cpe:"x`, 3}}},
		{"rare", 2, false, []string{"a"}, nil},
	}
	if total != 10 || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %d", got, total)
	}
	if got, total := m.Lookup([]byte("tls/(0303)()()")); got != nil || total != 0 {
		t.Errorf("%+v, %d", got, total)
	}
	var all []string
	for fp := range m.Fingerprints() {
		all = append(all, string(fp))
	}
	if strings.Join(all, " ") != fpOne+" tls/randomized" {
		t.Errorf("%q", all)
	}
	for range m.Fingerprints() {
		break
	}
	if unescape(`\x`) != `\x` {
		t.Error("what is no JSON stays as it is")
	}
}

func TestBounds(t *testing.T) {
	line := []byte(twoProcesses(""))
	db := newDatabase()
	r := databaseReader{db: db, warn: func(string, ...any) {}, systems: true}
	db.updates = maxUpdates - 8
	if err := r.line(line); err != errUpdates {
		t.Errorf("counts: %v", err)
	}
	db.updates--
	if err := r.line(line); err != nil {
		t.Errorf("counts: %v", err)
	}
	db.names = make([]string, maxNames)
	named := entryLine("tls", "tls/(00)", 10, "", processObject("new", 10, false))
	if err := r.line([]byte(named)); err != errNames {
		t.Errorf("names: %v", err)
	}
	db.names = db.names[:maxNames-1]
	named = entryLine("tls", "tls/(00)", 10, "", processObject("new", 10, false, `"os_info":{"new too":1}`))
	if err := r.line([]byte(named)); err != errNames {
		t.Errorf("systems: %v", err)
	}
	db.texts.offsets = make([]uint32, maxStrings)
	if err := r.line([]byte(entryLine("tls", "tls/(00)", 10, "", processObject("good", 10, false, `"classes_user_agent":{"new":1}`)))); err != errStrings {
		t.Errorf("strings: %v", err)
	}
}
