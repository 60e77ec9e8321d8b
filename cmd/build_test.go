package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
)

// TestBuildMerges builds an archive of records, an archive and a database of
// pmercury, each with a weight of its own.
func TestBuildMerges(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	record := func(process string) string {
		return fmt.Sprintf(`{"fingerprints":{"tls":"tls/(0303)(1301)((0000))"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":40000,"dst_port":443,"event_start":1.5,"src_process":{"name":%q}}`+"\n", process)
	}
	old := filepath.Join(dir, "old.tgz")
	output(t, []byte(strings.Repeat(record("a"), 6)), "merc-analyze", "build", "-o", old)
	records := write("records.jsonl", strings.Repeat(record("b"), 3))
	pmercury := write("pmercury.json", `{"str_repr": "(0303)(1301)((0000))", "total_count": 20, "process_info": [{"process": "c", "sha256": "AA", "count": 20, "classes_ip_as": {"64500": 20}, "classes_hostname_domains": {"c.example": 20}, "classes_port_applications": {"https": 20}, "os_info": {"(A)(B)(1)": 20}}]}`+"\n")
	merged := filepath.Join(dir, "merged.tgz")
	output(t, nil, "merc-analyze", "build", "-o", merged, old+":0.5", records+":10", pmercury)

	f, err := os.Open(merged)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, err := archive.NewReader(f, nil, archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]uint64)
	var reader fingerprintdb.EntryReader
	var e fingerprintdb.Entry
	err = a.Each(func(file string, line []byte) error {
		if file != fingerprintdb.FileDatabase {
			return nil
		}
		if err := reader.Read(line, &e); err != nil {
			return err
		}
		for _, p := range e.Processes {
			counts[p.Name] += p.Count
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if counts["a"] != 3 || counts["b"] != 30 || counts["c"] != 20 || len(counts) != 3 {
		t.Errorf("%v", counts)
	}
}
