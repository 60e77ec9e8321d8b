package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"merctools/lib/fingerprintdb/build"
	"merctools/lib/npf"
	"merctools/lib/record/envelope"
)

// An archive gives the samples of the records that it was built of.
func TestReadArchive(t *testing.T) {
	records := []byte(`{"fingerprints":{"tls":"tls/(0303)(1301)((0000)(002b0003020304))"},"tls":{"client":{}},"src_process":{"name":"a","version":"1","family":"f","kind":"real"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":443,"event_start":1.5}
{"fingerprints":{"http":"http/(474554)(485454502f312e31)((486f7374)(557365722d4167656e74))"},"http":{"request":{"user_agent":"a/1"}},"src_process":{"name":"a","version":"2","family":"f","kind":"real"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":80,"event_start":1.5}
`)
	b := build.NewBuilder(build.Options{Version: "1", TLS: formatTLS, QUIC: formatQUIC, NoDestinations: true})
	for line := range bytes.Lines(records) {
		b.Add(line)
	}
	var tgz bytes.Buffer
	if err := b.Write(&tgz); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var view envelope.View
	var converter npf.Converter
	var tables []map[string]int
	for _, content := range [][]byte{records, tgz.Bytes()} {
		name := filepath.Join(dir, "samples")
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		samples, err := read([]string{name})
		if err != nil || len(samples) != 2 {
			t.Fatalf("%d samples, %v", len(samples), err)
		}
		seen := make(map[string]int)
		for _, s := range samples {
			if !view.Read(s.line) {
				t.Fatalf("%s is no record", s.line)
			}
			fp, _ := view.InFormat(&converter, formatTLS, formatQUIC)
			seen[fmt.Sprintf("%s %s %s %+v", view.Type, fp, view.UserAgent, s.label)]++
		}
		tables = append(tables, seen)
	}
	for key := range tables[0] {
		if tables[1][key] != 1 {
			t.Errorf("%s is not in %v", key, tables[1])
		}
	}
}
