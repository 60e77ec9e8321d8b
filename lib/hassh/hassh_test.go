package hassh_test

import (
	"io"
	"maps"
	"os"
	"testing"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/engine"
	"merctools/lib/hassh"
	"merctools/lib/proto"
	"merctools/lib/proto/ssh"
)

// keyExchanges calls f with each KEXINIT of a capture.
func keyExchanges(t *testing.T, name string, f func(k *ssh.KEXInit, server bool)) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := pcap.Open(file, name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Config{Options: proto.Options{Reassembly: true}})
	if err != nil {
		t.Fatal(err)
	}
	w := e.NewWorker(nil)
	for {
		var b capture.Batch
		if err := r.ReadBatch(&b); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Packets {
			p := &b.Packets[i]
			if !w.Inspect(p.Link, b.Bytes(i), p.Time) {
				continue
			}
			m, ok := w.Message().(interface{ KEXInit() *ssh.KEXInit })
			if ok && m.KEXInit().Present() {
				f(m.KEXInit(), w.Flow().SrcPort == 22)
			}
		}
	}
}

// The fingerprints are those that tshark gives.
func TestCapture(t *testing.T) {
	want := map[string]int{
		"425d29fe50d8e4f5e37efb6e24bcf660 server": 8,
		"146c5c62d23255e543b72292ce71de2c client": 1,
		"472b5de333ad665af5cbf10ff892c4df client": 3,
		"4b47cfaad4dee7920f57e9fb4d7fc5bf client": 1,
		"a20aced7c9824fd804f59e68dd801ad3 client": 1,
		"bf90c25fe6d3cdf99cb0564f4a9c7c29 client": 1,
	}
	got := map[string]int{}
	var h hassh.Hasher
	keyExchanges(t, "../../testdata/captures/ssh.pcap", func(k *ssh.KEXInit, server bool) {
		if server {
			got[string(h.AppendServer(nil, k))+" server"]++
		} else {
			got[string(h.AppendClient(nil, k))+" client"]++
		}
	})
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNoAllocations(t *testing.T) {
	b := make([]byte, 0, 64)
	n := 0
	keyExchanges(t, "../../testdata/captures/ssh.pcap", func(k *ssh.KEXInit, server bool) {
		var h hassh.Hasher
		h.AppendClient(b, k)
		if a := testing.AllocsPerRun(10, func() { h.AppendClient(b, k); h.AppendServer(b, k) }); a != 0 {
			t.Errorf("%v allocations", a)
		}
		n++
	})
	if n == 0 {
		t.Error("no KEXINIT")
	}
}
