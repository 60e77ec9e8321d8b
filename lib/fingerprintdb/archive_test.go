package fingerprintdb

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
)

// A file of an archive.
type file struct{ name, text string }

// tarball makes an archive: for each file a header (POSIX.1-1988, ustar) and
// its text in blocks of 512 bytes, and two empty blocks at the end.
func tarball(files ...file) []byte {
	var b bytes.Buffer
	for _, f := range files {
		var h [512]byte
		copy(h[0:], f.name)
		copy(h[100:], "0000644\x000000000\x000000000\x00")
		copy(h[124:], fmt.Sprintf("%011o\x00%011o\x00        0", len(f.text), 0))
		copy(h[257:], "ustar\x0000")
		sum := 0
		for _, c := range h {
			sum += int(c)
		}
		copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
		b.Write(h[:])
		b.WriteString(f.text)
		b.Write(make([]byte, -len(f.text)&511))
	}
	b.Write(make([]byte, 1024))
	return b.Bytes()
}

func compressed(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

// load makes a model of the files and returns what was reported.
func load(t testing.TB, o LoadOptions, files ...file) (*Model, []string) {
	t.Helper()
	var notices []string
	o.Report = func(n Notice) { notices = append(notices, n.String()) }
	m, err := Load(bytes.NewReader(compressed(tarball(files...))), o)
	if err != nil {
		t.Fatal(err)
	}
	return m, notices
}

// resources are the files of a complete archive with the given fingerprints.
func resources(lines ...string) []file {
	return []file{
		{"VERSION", "2025.01.02; 2.0.full\n"},
		{"fingerprint_db.json", strings.Join(lines, "\n") + "\n"},
		{"fp_prevalence_tls.txt", "tls/(0303)(1301)()\n"},
		{"pyasn.db", "192.0.2.0/24\t64500\n2001:db8::/32\t64501\n"},
		{"doh-watchlist.txt", "dns.example\n192.0.2.53\n2001:db8::53\n"},
		{"domain-mappings.db", `{"subnet":"198.51.100.0/24","type":"domain_mapping","tag":"bank.example"}` + "\n"},
	}
}

// with replaces a file of an archive.
func with(files []file, name, text string) []file {
	out := append([]file(nil), files...)
	for i := range out {
		if out[i].name == name {
			out[i].text = text
		}
	}
	return out
}
