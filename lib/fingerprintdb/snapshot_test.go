package fingerprintdb

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"merctools/lib/npf"
)

// withSnapshot is an archive and what it has for a snapshot.
type withSnapshot struct {
	io.Reader
	snapshot []byte
}

func (withSnapshot) Close() error { return nil }

func (a withSnapshot) Snapshot() []byte { return a.snapshot }

// snapshotted are an archive with families and attributes, and its snapshot.
func snapshotted(t *testing.T) (tgz, snapshot []byte) {
	t.Helper()
	tgz = compressed(tarball(append([]file{{FileFamilies, `{"family":"f","weight":2}` + "\n" +
		`{"fp_type":"tls","listed":0.9,"margin":0.1,"nearest":[[0.5,0.8]]}` + "\n"}}, resources(
		entryLine("tls", "tls/(0303)(13011302)((0000)(0017))", 10, "", processObject("p", 10, false, `"family":"f"`, `"attributes":{"x":true}`)),
		entryLine("tls", "tls/(0303)(00350036)((000b00020100))", 10, "", processObject("q", 10, false, `"attributes":{"x":false}`)),
	)...)...))
	snapshot, err := Snapshot(bytes.NewReader(tgz))
	if err != nil {
		t.Fatal(err)
	}
	return tgz, snapshot
}

func answersOf(t *testing.T, m *Model) string {
	var all []string
	for _, fp := range []string{"tls/(0303)(13011302)((0000)(0017))", "tls/(0303)(13011302)((0000)(0017)(0018))", "tls/(0303)(00350036)((000b00020100))", "tls/(0303)(0001)()"} {
		all = append(all, answer(t, m, NewHistory(), Observation{Type: npf.TLS, Fingerprint: []byte(fp)}))
	}
	return strings.Join(all, "\n")
}

// A snapshot is used in place of its archive; what isn't one is not.
func TestSnapshotInPlace(t *testing.T) {
	tgz, snapshot := snapshotted(t)
	plain, err := Load(bytes.NewReader(tgz), LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := answersOf(t, plain)
	if !strings.Contains(want, `"process":"f"`) || !strings.Contains(want, `"x"`) {
		t.Fatal(want)
	}
	for name, a := range map[string]withSnapshot{
		"alone":         {strings.NewReader(""), snapshot},
		"none":          {bytes.NewReader(tgz), nil},
		"other version": {bytes.NewReader(tgz), append([]byte{snapshotFormat + 1}, snapshot[1:]...)},
		"begun":         {bytes.NewReader(tgz), snapshot[:100]},
	} {
		m, err := Open(a, LoadOptions{Report: func(n Notice) { t.Errorf("%s: %v", name, n) }})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := answersOf(t, m); got != want || m.Version() != plain.Version() {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// A snapshot that ends too early is an error.
func TestSnapshotDamaged(t *testing.T) {
	tgz, snapshot := snapshotted(t)
	files := snapshotReader{rest: snapshot[1:]}
	files.piece()
	for n := len(snapshot) - len(files.rest); n < len(snapshot); n++ {
		m, err := Open(withSnapshot{bytes.NewReader(tgz), snapshot[:n]}, LoadOptions{})
		if err != nil {
			t.Fatalf("%d of %d bytes: %v", n, len(snapshot), err)
		}
		if err := m.Load(); !errors.Is(err, errSnapshot) {
			t.Fatalf("%d of %d bytes: %v", n, len(snapshot), err)
		}
	}
}

// What can't be used as it is has no snapshot.
func TestNoSnapshot(t *testing.T) {
	for name, tgz := range map[string][]byte{
		"no archive":        []byte("x"),
		"notices":           compressed(tarball(resources(anyEntry, "{")...)),
		"a file is missing": compressed(tarball(resources(anyEntry)[:3]...)),
		"bare":              []byte(anyEntry + "\n"),
	} {
		if s, err := Snapshot(bytes.NewReader(tgz)); err == nil {
			t.Errorf("%s: %d bytes", name, len(s))
		}
	}
}

func TestSnapshotNumbers(t *testing.T) {
	for _, list := range [][]uint64{nil, {0}, {1, 255}, {256, 1}, {1 << 16, 1<<32 - 1, 0}, {1 << 32}, {1<<64 - 1, 7}} {
		r := snapshotReader{rest: appendNumbers(nil, list)}
		if got := numbers[uint64](&r); !slices.Equal(got, list) || r.bad || len(r.rest) != 0 {
			t.Errorf("%d: %d", list, got)
		}
	}
	r := snapshotReader{rest: []byte{3, 3, 1, 2, 3}}
	if got := numbers[uint64](&r); got != nil || !r.bad {
		t.Errorf("numbers of three bytes: %d", got)
	}
}

// A table with fixed hashes finds what is in it, at the same places in each run.
func TestFixedTable(t *testing.T) {
	table := fixedTable()
	var all []string
	for n := range 5000 {
		all = append(all, strings.Repeat("x", n%40)+syntheticFingerprint(n)[:n%300])
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for _, s := range all {
		if err := table.add([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	for n, s := range all {
		if got, ok := table.find([]byte(s)); !ok || got != uint32(n) {
			t.Fatalf("%q: %d, %t", s, got, ok)
		}
		if _, ok := table.find([]byte(s + "!")); ok {
			t.Fatalf("%q is found, too", s+"!")
		}
	}
	if h := table.hash([]byte("tls/(0303)(1301)()")); h != 0x2a815f1b1993240e {
		t.Errorf("the hash is %#x here: snapshots of other machines can't be used", h)
	}
	// As few collisions as chance has: the same 32 bits twice among n strings.
	seen := make(map[uint32]int)
	for _, s := range all {
		seen[uint32(table.hash([]byte(s)))]++
	}
	if twice := len(all) - len(seen); twice > 2 {
		t.Errorf("%d of %d strings have the low 32 bits of another", twice, len(all))
	}
}
