package engine_test

import (
	"net/netip"
	"strings"
	"testing"

	"merctools/lib/engine"
	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// At the end of a flow, what came of a message of TCP is read; fragments of DTLS
// are given up, and don't wait for those of a later message.
func TestPayloadEnd(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true}})
	from, to := netip.MustParseAddrPort("192.0.2.1:50000"), netip.MustParseAddrPort("192.0.2.2:443")
	tcp, udp := flow.NewKey(packet.ProtocolTCP, from, to), flow.NewKey(packet.ProtocolUDP, from, to)
	payload := func(k flow.Key, data string) string { return string(w.Payload(nil, &k, []byte(data), 0)) }
	end := func(k flow.Key) string { return string(w.PayloadEnd(nil, &k, 0)) }

	if got := payload(tcp, clientHello[:70]); got != "" || !w.AwaitsMore() {
		t.Errorf("part of a hello: %s", got)
	}
	if got := end(tcp); !strings.Contains(got, `"tls":"tls/(0303)(1301)()"`) || !w.Truncated() {
		t.Errorf("the end: %s", got)
	}
	if got := end(tcp); got != "" {
		t.Errorf("a second end: %s", got)
	}

	first := dtlsRecord(22, 0, dtlsPart(1, 0, dtlsClient, 0, 60))
	rest := dtlsRecord(22, 0, dtlsPart(1, 0, dtlsClient, 60, len(dtlsClient)))
	whole := payload(udp, first) + payload(udp, rest)
	if !strings.Contains(whole, `"dtls"`) {
		t.Errorf("two fragments: %s", whole)
	}
	if got := payload(udp, first); got != "" || !w.AwaitsMore() {
		t.Errorf("a fragment: %s", got)
	}
	if got := end(udp); got != "" || w.AwaitsMore() {
		t.Errorf("the end: %s", got)
	}
	if got := payload(udp, rest); got != "" || w.AwaitsMore() {
		t.Errorf("the rest after the end: %s", got)
	}
	if got := payload(udp, first) + payload(udp, rest); got != whole {
		t.Errorf("two fragments again: %s", got)
	}
}

// With Deep, what a stream holds is read, too.
func TestPayloadEndDeep(t *testing.T) {
	w := newDeepWorker(t)
	k := flow.NewKey(packet.ProtocolTCP, netip.MustParseAddrPort("192.0.2.1:50000"), netip.MustParseAddrPort("192.0.2.2:443"))
	if w.InspectPayload(&k, []byte(clientHello[:70]), 0) || !w.AwaitsMore() {
		t.Error("part of a hello is a message")
	}
	if !w.InspectPayloadEnd(&k, 0) || !w.Truncated() || w.AwaitsMore() || w.Flow() != k {
		t.Errorf("the end: %v of %v", w.Message(), w.Flow())
	}
	if w.InspectPayloadEnd(&k, 0) {
		t.Errorf("a second end: %v", w.Message())
	}
	if s := w.Counters(); s.Packets != 1 || s.Records != 1 {
		t.Errorf("%d records of %d packets", s.Records, s.Packets)
	}
}
