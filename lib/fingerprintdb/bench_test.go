package fingerprintdb

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/record"
)

// writeDatabase writes n lines of fingerprint_db.json with some processes
// each, and returns how many bytes.
func writeDatabase(w io.Writer, n, processes int) int {
	r := rand.New(rand.NewPCG(1, 2))
	size := 0
	put := func(format string, args ...any) {
		k, _ := fmt.Fprintf(w, format, args...)
		size += k
	}
	object := func(name string, count int, key func() string) {
		put(`,"%s":{`, name)
		for i := range count {
			if i > 0 {
				put(",")
			}
			put(`"%s":%d`, key(), 1+r.IntN(1000))
		}
		put("}")
	}
	for i := range n {
		put(`{"str_repr":"%s","fp_type":"tls","total_count":%d,"process_info":[`, syntheticFingerprint(i), processes*1000)
		for p := range processes {
			if p > 0 {
				put(",")
			}
			put(`{"process":"process %d","count":%d,"malware":%t,"attributes":{"tunnel":%t}`, r.IntN(2000), 1+r.IntN(1000), p%5 == 4, p%3 == 2)
			host := func() string { return fmt.Sprintf("host%d.example%d.com", r.IntN(20), r.IntN(20000)) }
			object("classes_hostname_sni", 8, host)
			object("classes_hostname_domains", 6, func() string { return fmt.Sprintf("example%d.com", r.IntN(20000)) })
			object("classes_port_port", 2, func() string { return fmt.Sprint(443 + r.IntN(20)) })
			object("classes_ip_as", 5, func() string { return fmt.Sprint(r.IntN(60000)) })
			object("classes_ip_ip", 10, func() string {
				return netip.AddrFrom4([4]byte{byte(20 + r.IntN(80)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}).String()
			})
			object("classes_user_agent", 1, func() string { return "None" })
			put("}")
		}
		put("]}\n")
	}
	return size
}

func syntheticFingerprint(i int) string {
	return fmt.Sprintf("tls/(0303)(%08x130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035)"+
		"((0a0a)(0000)(0017)(ff01)(000a000a00080a0a001d00170018)(000b00020100)(0023)(0010000e000c02683208687474702f312e31)"+
		"(000500050100000000)(000d0012001004030804040105030805050108060601)(0012)(0033)(002d00020101)(002b0003020304))", i)
}

// BenchmarkLoad loads archives of 40 MB of text each, and reports the memory
// that the model then takes.
func BenchmarkLoad(b *testing.B) {
	for _, c := range []struct {
		name                    string
		fingerprints, processes int
		minimizeRAM             bool
	}{
		{"many-fingerprints", 15_000, 5, false},
		{"many-processes", 150, 500, false},
		{"minimize-ram", 15_000, 5, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			var text lineBuffer
			size := writeDatabase(&text, c.fingerprints, c.processes)
			archive := compressed(tarball(with(resources(), FileDatabase, string(text))...))
			text = nil
			b.SetBytes(int64(size))
			for b.Loop() {
				runtime.GC()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				m, err := Load(bytes.NewReader(archive), LoadOptions{MinimizeRAM: c.minimizeRAM})
				if err != nil {
					b.Fatal(err)
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
				b.ReportMetric(float64(size)/(1<<20), "MiB-text")
				runtime.KeepAlive(m)
			}
		})
	}
}

// BenchmarkAnalyze is the cost of one answer.
func BenchmarkAnalyze(b *testing.B) {
	for _, processes := range []int{1, 5, 50, 500} {
		b.Run(fmt.Sprint("labeled-", processes), func(b *testing.B) {
			var text lineBuffer
			n := min(1000, 5000/processes)
			writeDatabase(&text, n, processes)
			m, _ := load(b, LoadOptions{}, with(resources(), "fingerprint_db.json", string(text))...)
			benchmarkAnalyze(b, m, n)
		})
	}
	b.Run("unlabeled", func(b *testing.B) {
		m, _ := load(b, LoadOptions{}, resources()...)
		benchmarkAnalyze(b, m, 1000)
	})
}

type lineBuffer []byte

func (l *lineBuffer) Write(b []byte) (int, error) {
	*l = append(*l, b...)
	return len(b), nil
}

func benchmarkAnalyze(b *testing.B, m *Model, fingerprints int) {
	a, h := NewAnalyzer(m), NewHistory()
	w := record.NewWriter(make([]byte, 0, 4096))
	list := make([][]byte, fingerprints)
	for i := range list {
		list[i] = []byte(syntheticFingerprint(i))
	}
	k := flow.Key{Version: 4, DstPort: 443, Protocol: 6}
	copy(k.Dst[:], []byte{192, 0, 2, 7})
	copy(k.Src[:], []byte{10, 0, 0, 7})
	s := Observation{Type: npf.TLS, Key: &k, ServerName: []byte("host7.example77.com")}
	var r Result
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Fingerprint = list[i%len(list)]
		r.Reset()
		a.Analyze(&s, &r)
		h.Resolve(&r)
		w.Reset(0)
		r.Write(w)
	}
}

// BenchmarkASN is the cost of one look-up in a table of a million networks.
func BenchmarkASN(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var p subnetTable
	random := func() [4]byte {
		return [4]byte{byte(1 + r.IntN(222)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 1_000_000 {
		bits := 24 - max(0, r.IntN(16)-8)
		p.line(netip.PrefixFrom(netip.AddrFrom4(random()), bits).String()+"\t64500", false)
	}
	p.done()
	runtime.GC()
	runtime.ReadMemStats(&after)
	addrs := make([]netip.Addr, 4096)
	for i := range addrs {
		addrs[i] = netip.AddrFrom4(random())
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.ASN(addrs[i&4095])
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
	runtime.KeepAlive(&p)
}
