package cmd

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxData is the memory that a command gets whatever the archive or the
// database does, in KiB. Half of it is what a single line can cost.
const maxData = 512 << 10

// runBounded runs a command that is given nothing to do in bounded memory. A
// command that needs more ends with a trace of its stack.
func runBounded(t *testing.T, name string, args ...string) (status int, said string) {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell to set the limit with")
	}
	c := exec.Command(sh, slices.Concat([]string{"-c", fmt.Sprintf(`ulimit -d %d && exec "$0" "$@"`, maxData), command(name)}, args)...)
	var errors bytes.Buffer
	c.Stderr = &errors
	if err := c.Run(); err != nil {
		if _, ok := err.(*exec.ExitError); !ok {
			t.Fatal(err)
		}
	}
	return c.ProcessState.ExitCode(), errors.String()
}

// TestHostileArchives checks that archives that are damaged, or made to do
// harm, end in a line that says what is wrong, or in lines with the places of
// what was left out, and that none takes more memory than it should.
func TestHostileArchives(t *testing.T) {
	const process = `{"process":"p","count":10,"classes_hostname_sni":{},"classes_hostname_domains":{},"classes_port_port":{},"classes_ip_as":{},"classes_ip_ip":{}}`
	line := func(total, more string, processes string) string {
		return `{"str_repr":"tls/(0303)(1301)()","fp_type":"tls","total_count":` + total + more + `,"process_info":[` + processes + "]}\n"
	}
	weights := func(v string) string {
		return `,"feature_weights":{"as":` + v + `,"domain":0.1,"port":0.1,"ip":0.1,"sni":0.1,"ua":0.1}`
	}
	counted := func(n string) string { return strings.Replace(process, `"count":10`, `"count":`+n, 1) }
	member := func(name string, size int64) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, Format: tar.FormatGNU}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	database := func(text string) []byte {
		b := member("fingerprint_db.json", int64(len(text)))
		return append(append(b, text...), make([]byte, -len(text)&511)...)
	}
	zip := func(b []byte) []byte {
		var out bytes.Buffer
		z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
		if _, err := z.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	var many strings.Builder
	for i := range 1000 {
		many.WriteString(strings.Replace(line("10", "", process), "(1301)", fmt.Sprintf("(%04x)", i), 1))
	}
	good := zip(database(many.String()))
	// A large archive is loaded when there is something to classify.
	records := filepath.Join(t.TempDir(), "records.jsonl")
	if err := os.WriteFile(records, []byte(`{"fingerprints":{"tls":"tls/(0303)(1301)()"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","event_start":1}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		file   []byte
		status int
		want   string // in what is said
	}{
		{"empty", nil, 1, "neither a tar nor a gzip file"},
		{"cut off in the middle", good[:len(good)/2], 1, "fingerprint_db.json:"},
		{"cut off at the start", good[:12], 1, "unexpected EOF"},
		{"a tar cut off", member("fingerprint_db.json", 1<<40), 1, "unexpected EOF"},
		{"damaged", append(bytes.Clone(good[:len(good)-100]), bytes.Repeat([]byte{0x55}, 100)...), 1, "fingerprint_db.json:"},
		{"not an archive", bytes.Repeat([]byte("text\n"), 1000), 1, "neither a tar nor a gzip file"},
		// Parts of a gzip file are put one behind the other: some GiB of zeros.
		{"bomb", append(zip(member("fingerprint_db.json", 8<<30)), bytes.Repeat(zip(make([]byte, 4<<20)), 800)...), 1, "compression ratio too high"},
		{"bomb that nobody reads", append(zip(member("x", 8<<30)), bytes.Repeat(zip(make([]byte, 4<<20)), 800)...), 1, "compression ratio too high"},
		{"bomb of headers", zip(bytes.Repeat(member("fingerprint_db.json", 0), 100_000)), 0, "pyasn.db: missing"},
		{"endless line", member("fingerprint_db.json", 65<<20), 0, "fingerprint_db.json:1: line too long"},
		{"endless list", zip(database(line("10", "", "["+strings.Repeat("0,", 9<<20)+"0]"))), 0, "fingerprint_db.json:1: too many JSON values"},
		{"deep JSON", zip(database(strings.Repeat("[", 1<<20) + "\n" + strings.Repeat(`{"a":`, 1<<20) + "\n")), 0, "fingerprint_db.json:2: JSON nested too deeply"},
		{"many bad lines", zip(database(strings.Repeat("x\n", 1<<20))), 1, "fingerprint_db.json:1000: 1000 of the first 1000 lines can't be used"},
		{"many processes", zip(database(line("10", "", strings.Repeat(process+",", 70_000)+process))), 0, "fingerprint_db.json:1: more than 65535 processes"},
		{"count beyond 64 bits", zip(database(line("10", "", counted("18446744073709551616")))), 0, "fingerprint_db.json:1: a process has no count"},
		{"negative count", zip(database(line("10", "", counted("-1")))), 0, "fingerprint_db.json:1: a process has no count"},
		{"fraction of a count", zip(database(line("10", "", counted("1.5")))), 0, "fingerprint_db.json:1: a process has no count"},
		{"total of 0", zip(database(line("0", "", process))), 0, "fingerprint_db.json:1: no total_count"},
		{"negative total", zip(database(line("-10", "", process))), 0, "fingerprint_db.json:1: no total_count"},
		{"weight NaN", zip(database(line("10", weights("NaN"), process))), 0, "fingerprint_db.json:1: not JSON"},
		{"weight 1e999", zip(database(line("10", weights("1e999"), process))), 0, "fingerprint_db.json:1: feature_weights: as is missing or not a number"},
		{"negative weight", zip(database(line("10", weights("-0.1"), process))), 0, "fingerprint_db.json:1: feature_weights: as is missing or not a number"},
		{"long names", zip(database(line("10", "", strings.Replace(process, `"p"`, `"`+strings.Repeat("p", 30<<20)+`"`, 1)))), 0, "pyasn.db: missing"},
		{"a name of bytes that are not text", zip(database(line("10", "", strings.Replace(process, `"p"`, "\"\xff\xfe\\u0000\"", 1)))), 0, "pyasn.db: missing"},
	} {
		name := filepath.Join(t.TempDir(), "r.tgz")
		if err := os.WriteFile(name, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		if c.name == "endless line" {
			if err := os.Truncate(name, 66<<20); err != nil {
				t.Fatal(err)
			}
		}
		status, said := runBounded(t, "merc-analyze", "--resources="+name, records)
		if status != c.status || !strings.Contains(said, c.want) || strings.Contains(said, "goroutine") {
			t.Errorf("%s: exit status %d, %.500s", c.name, status, said)
		}
		// Only the file that is given up has had notices before.
		if lines := strings.Count(said, "\n"); status == 1 && lines != 1 && c.name != "many bad lines" || lines > 30 {
			t.Errorf("%s: %d lines are said: %.500s", c.name, lines, said)
		}
	}
}

// TestHostileDatabases is TestHostileArchives for databases of addresses.
func TestHostileDatabases(t *testing.T) {
	good, err := os.ReadFile(places)
	if err != nil {
		t.Fatal(err)
	}
	mark := bytes.LastIndex(good, []byte("\xab\xcd\xefMaxMind.com"))
	nodes := bytes.LastIndex(good, []byte("node_count"))
	if mark < 0 || nodes < 0 {
		t.Fatal("not a database")
	}
	size := int(good[nodes+len("node_count")] & 0x1f)
	many := bytes.Clone(good)
	for i := range size {
		many[nodes+len("node_count")+1+i] = 0xff
	}
	write := func(b []byte, holes int64) string {
		name := filepath.Join(t.TempDir(), "x.mmdb")
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Seek(holes, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(holes + int64(len(b))); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const capture = "../testdata/captures/http.pcap"
	for _, c := range []struct {
		name, file string
		want       string
	}{
		{"empty", write(nil, 0), "not a MaxMind DB file, or cut off"},
		{"cut off", write(good[:mark], 0), "not a MaxMind DB file, or cut off"},
		{"cut off in the metadata", write(good[:nodes], 0), "not a MaxMind DB file, or cut off"},
		{"the metadata only", write(good[mark:], 0), "not a MaxMind DB file, or cut off"},
		{"more nodes than there are", write(many, 0), "damaged: "},
		{"a large file of something else", write(nil, 64<<30), "not a MaxMind DB file, or cut off"},
		{"a directory", t.TempDir(), "not a MaxMind DB file, or cut off"},
		{"a device", "/dev/zero", "not a MaxMind DB file, or cut off"},
		{"damaged", write(append(bytes.Repeat([]byte{0xff}, mark), good[mark:]...), 0), "damaged: "},
		{"records damaged", write(damaged(good, mark), 0), "damaged: "},
	} {
		status, said := runBounded(t, "mercury", "-r", capture, "-f", "/dev/null", "--geo-db="+c.file)
		if status != 1 || !strings.Contains(said, c.want) || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: exit status %d, %.500s", c.name, status, said)
		}
	}
}

// damaged is a database with its records overwritten, which end where the
// metadata begins, behind the tree and 16 zeros.
func damaged(good []byte, mark int) []byte {
	b := bytes.Clone(good)
	tree := bytes.LastIndex(b[:mark], make([]byte, 16))
	for i := tree + 16; i < mark; i++ {
		b[i] = 0xff
	}
	return b
}
