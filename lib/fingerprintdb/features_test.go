package fingerprintdb

import (
	"math"
	"net/netip"
	"testing"

	"merctools/lib/npf"
)

// Weights that are the archive's own change nothing; others do. What Analyze
// answers afterwards is by the archive's again.
func TestAnalyzeWith(t *testing.T) {
	m, _ := load(t, LoadOptions{}, resources(entryLine("tls", fpOne, 10, unitWeights,
		processObject("a", 5, false, `"classes_port_port":{"443":5}`),
		processObject("b", 5, false, `"classes_port_port":{"80":5}`)))...)
	s := Observation{Type: npf.TLS, Fingerprint: []byte(fpOne), Key: key("10.0.0.9", "192.0.2.7")}
	s.Key.DstPort = 443
	a := NewAnalyzer(m)
	score := func(w *Weights) float64 {
		t.Helper()
		var r Result
		if w == nil {
			a.Analyze(&s, &r)
		} else {
			a.AnalyzeWith(&s, *w, &r)
		}
		name, score, ok := r.Process()
		if name != "a" || !ok {
			t.Errorf("process %q", name)
		}
		sum, best := 0.0, 0.0
		for name, p := range a.Candidates(&r) {
			sum += p
			if name == "a" {
				best = p
			}
		}
		if math.Abs(sum-1) > 1e-6 || math.Abs(best-score) > 1e-6 {
			t.Errorf("candidates: sum %v, %v of %v", sum, best, score)
		}
		return score
	}
	own := score(nil)
	if same := score(&Weights{1, 1, 1, 1, 1, 1}); same != own {
		t.Errorf("score %v with the archive's weights, %v without", same, own)
	}
	if none := score(&Weights{}); math.Abs(none-0.5) > 1e-6 || own < 0.6 {
		t.Errorf("score %v without weights, %v with them", none, own)
	}
	if again := score(nil); again != own {
		t.Errorf("score %v after other weights, %v before", again, own)
	}
}

func TestSetFakeTLS(t *testing.T) {
	for fp, want := range map[string]bool{"tls/(0303)(abcdef01)()": true, "tls/(0303)(1301)()": false} {
		var r Result
		r.SetFakeTLS(npf.TLS, []byte(fp))
		if r.HasAttributes() != want || (r.Attribute(int(fakeTLS)) == 1) != want {
			t.Errorf("%s: %v", fp, r.HasAttributes())
		}
	}
	var r Result
	if r.SetFakeTLS(npf.HTTP, []byte("http/(abcdef01)(abcdef01)()")); r.HasAttributes() || r.Attribute(99) != 0 {
		t.Error("an attribute of HTTP")
	}
}

func TestNormalAddress(t *testing.T) {
	for in, want := range map[string]string{"10.9.8.7": "10.0.0.1", "192.0.2.1": "192.0.2.1", "fd00::9": "fd00::1", "2001:db8::1": "2001:db8::1"} {
		if got := NormalAddress(netip.MustParseAddr(in)); got.String() != want {
			t.Errorf("%s: %v", in, got)
		}
	}
}
