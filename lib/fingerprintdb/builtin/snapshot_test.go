package builtin_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/fingerprintdb/builtin"
	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/record"
)

// The snapshot is what go generate would write now.
func TestSnapshotIsCurrent(t *testing.T) {
	want, err := fingerprintdb.Snapshot(bytes.NewReader(builtin.Default()))
	if err != nil {
		t.Fatal(err)
	}
	if got := builtin.NewReader().(fingerprintdb.Snapshotter).Snapshot(); !bytes.Equal(got, want) {
		t.Errorf("the snapshot has %d bytes, and should have %d others: run go generate ./lib/fingerprintdb/builtin", len(got), len(want))
	}
}

// The archive and its snapshot give the same answers, with all that they rest on,
// for every fingerprint of the archive and for others that are near it.
func TestSnapshotAnswersAlike(t *testing.T) {
	fingerprints := known(t)
	if len(fingerprints) < 1000 {
		t.Fatalf("only %d fingerprints", len(fingerprints))
	}
	for _, c := range []struct {
		name    string
		options fingerprintdb.LoadOptions
		step    int // of every how many fingerprints one is asked for
	}{
		{"without options", fingerprintdb.LoadOptions{}, 1},
		{"systems", fingerprintdb.LoadOptions{Systems: true}, 7},
		{"minimize-ram", fingerprintdb.LoadOptions{MinimizeRAM: true}, 7},
		{"lite", fingerprintdb.LoadOptions{Lite: true, Verbose: true}, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := c.options
			o.Report = func(n fingerprintdb.Notice) { t.Errorf("notice: %v", n) }
			slow, err := fingerprintdb.Load(bytes.NewReader(builtin.Default()), o)
			if err != nil {
				t.Fatal(err)
			}
			version := ""
			o.Loaded = func(v string) { version = v }
			quick, err := fingerprintdb.Load(builtin.NewReader(), o)
			if err != nil || version != slow.Version() || quick.Disabled() != slow.Disabled() {
				t.Fatalf("%v, version %q and %q, %q", err, version, slow.Version(), quick.Disabled())
			}
			if a, b := strings.Join(slow.AttributeNames(), ","), strings.Join(quick.AttributeNames(), ","); a != b {
				t.Errorf("attributes %s and %s", a, b)
			}
			var some []fingerprint
			for i := 0; i < len(fingerprints); i += c.step {
				some = append(some, fingerprints[i])
			}
			compare(t, slow, quick, some)
		})
	}
}

// compare asks two models for fingerprints, with several destinations and user
// agents.
func compare(t *testing.T, slow, quick *fingerprintdb.Model, fingerprints []fingerprint) {
	a, b := fingerprintdb.NewAnalyzer(slow), fingerprintdb.NewAnalyzer(quick)
	a.Explain, b.Explain = true, true
	h, i := fingerprintdb.NewHistory(), fingerprintdb.NewHistory()
	places := []struct {
		key             flow.Key
		server, browser string
	}{
		{flow.Key{Version: 4, Dst: [16]byte{8, 8, 8, 8}, DstPort: 443}, "dns.google", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
		{flow.Key{Version: 6, Dst: [16]byte{0x20, 1, 0x48, 0x60}, DstPort: 80}, "www.example.com", "curl/8.5.0"},
		{flow.Key{Version: 4, Dst: [16]byte{192, 0, 2, 1}, DstPort: 8443}, "", ""},
	}
	write := func(a *fingerprintdb.Analyzer, h *fingerprintdb.History, s *fingerprintdb.Observation) string {
		var r fingerprintdb.Result
		ok := a.Analyze(s, &r)
		h.Resolve(&r)
		var w record.Writer
		if w.Object(); ok {
			r.Write(&w)
		}
		w.EndObject()
		return string(w.Bytes())
	}
	named, near := 0, 0
	for n, fp := range fingerprints {
		p := &places[n%len(places)]
		for _, text := range []string{fp.text, without(fp.text)} {
			s := fingerprintdb.Observation{Type: fp.typ, Fingerprint: []byte(text), Key: &p.key, ServerName: []byte(p.server), UserAgent: []byte(p.browser)}
			want := write(a, h, &s)
			if got := write(b, i, &s); got != want {
				t.Fatalf("%s: the archive says %s, the snapshot %s", text, want, got)
			}
			if strings.Contains(want, `"process":`) {
				named++
			}
			if strings.Contains(want, `"nearest":`) {
				near++
			}
		}
	}
	if named < len(fingerprints) || near < len(fingerprints)/4 {
		t.Errorf("of %d fingerprints twice, %d have a process and %d nearest ones", len(fingerprints), named, near)
	}
}

type fingerprint struct {
	typ  npf.Type
	text string
}

// without leaves out the last extension or header of a fingerprint.
func without(fp string) string {
	end := strings.LastIndex(fp, ")(")
	if end < 0 {
		return fp + "(01)"
	}
	return fp[:end+1] + strings.Repeat(")", strings.Count(fp[:end+1], "(")-strings.Count(fp[:end+1], ")"))
}

// known are the fingerprints of the archive.
func known(t *testing.T) (list []fingerprint) {
	types := map[string]npf.Type{"tls": npf.TLS, "http": npf.HTTP, "quic": npf.QUIC, "ssh": npf.SSH, "stun": npf.STUN, "tofsee": npf.Tofsee}
	a, err := archive.NewReader(bytes.NewReader(builtin.Default()), nil, archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var r fingerprintdb.EntryReader
	var e fingerprintdb.Entry
	if err := a.Each(func(file string, line []byte) error {
		if file != fingerprintdb.FileDatabase {
			return nil
		}
		if err := r.Read(line, &e); err != nil {
			return err
		}
		for _, fp := range append(e.Others, e.Fingerprint) {
			if fp != "" {
				list = append(list, fingerprint{types[e.Type], fp})
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// Whoever has a key for the archive is told that it isn't encrypted, and whoever
// reads the archive itself gets all of it.
func TestReader(t *testing.T) {
	if _, err := fingerprintdb.Open(builtin.NewReader(), fingerprintdb.LoadOptions{Key: make([]byte, 16)}); err == nil {
		t.Error("a key opens an archive that has none")
	}
	r := builtin.NewReader()
	if text, err := io.ReadAll(r); err != nil || !bytes.Equal(text, builtin.Default()) || r.Close() != nil {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
