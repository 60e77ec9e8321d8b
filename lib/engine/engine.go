package engine

import (
	"fmt"
	"sync/atomic"

	"merctools/lib/cryptopolicy"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprints"
	"merctools/lib/geoip"
	"merctools/lib/indicators"
	"merctools/lib/internal/detect"
	"merctools/lib/internal/reassembly"
	"merctools/lib/members"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/proto/registry"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// A Config says what an Engine does.
type Config struct {
	proto.Options

	// Fingerprints are those that records get beside NPF's; none are where it
	// is nil.
	Fingerprints *fingerprints.List
	// Members are those that records get beside their own; none are where it
	// is nil.
	Members *members.List
	// Model is what messages are classified with; none are where it is nil.
	// Fingerprints have the formats that it asks for.
	Model *fingerprintdb.Model
	// Explain says to write what classifications rest on.
	Explain bool
	// Policies are what handshakes are held against; none are where it is
	// nil.
	Policies *cryptopolicy.Policies
	// ExposedCreds says to report messages that show credentials.
	ExposedCreds bool
	// Context says to write what a later analysis needs and the options keep
	// out of the record.
	Context bool
	// FDC is the version of the fingerprint and destination contexts that
	// records get, 1 or 2; none where it is 0.
	FDC int
	// Behavior says to report hosts that pass on what they were sent.
	Behavior bool
	// Indicators are what is looked for in records; nothing is where it is nil.
	// The set that is there may be replaced at any time.
	Indicators *atomic.Pointer[indicators.Set]
	// Places says where the addresses of a record are used; nothing is
	// written of that where it is nil.
	Places geoip.Places
	// Quarantine is called with each packet that a parser failed on, its link
	// type and time (nanoseconds since 1970), by the Worker that gave it up;
	// several may call at once. The packet is the Worker's again afterwards;
	// size is its length where it is cut off. It may be nil.
	Quarantine func(linkType uint16, packet []byte, size int, t int64)
	// RecordLimit is how many bytes a record may have, less its analysis; 0 for
	// any number up to record.MaxLen. What is longer is shortened, and says
	// what was left out. At least envelope.MinLimit.
	RecordLimit int
	// Normalize says to write records in their normal form (record.Form).
	Normalize bool
	// MaskKey, if not nil, says that secrets are masked, with hashes by this
	// key. Packets in quarantine have no payload then.
	MaskKey []byte
	// Memory is how many bytes a Worker may take for what it keeps of several
	// packets, of all kinds; 0 for the bound that each kind has of its own. At
	// least LeastMemory. The fragments that a reader of headers holds (see
	// NewReader) count for a Worker that doesn't read them itself.
	Memory int
	// Observe makes an Observer for a new Worker. It may be nil.
	Observe func() Observer
}

// An Engine holds what all workers share.
type Engine struct {
	cfg   Config
	kinds []*proto.Kind // by detect.Kind; the first is for None
	tcp   detect.Table
	udp   detect.Table
	ip    [256]detect.Kind
	ether map[uint16]detect.Kind

	decoder *packet.Decoder
	normal  *record.Plan // nil where records have no normal form
	framers []framer     // of the selected protocols, with Deep
	joins   []func(*proto.Options) proto.Joiner
}

// A framer finds messages of a protocol. kinds are those of all of its messages,
// detect.None where one isn't selected.
type framer struct {
	*proto.Framer
	kinds []detect.Kind
}

// New returns an Engine for a configuration.
func New(cfg Config) (*Engine, error) {
	opt := &cfg.Options
	if opt.Select == nil {
		opt.Select = proto.All()
	}
	if opt.Deep {
		opt.Reassembly = true
	}
	if opt.TLSFormat < 0 || opt.TLSFormat > maxFormats || opt.QUICFormat < 0 || opt.QUICFormat > 1 {
		return nil, fmt.Errorf("unknown fingerprint format: tls/%d, quic/%d", opt.TLSFormat, opt.QUICFormat)
	}
	if n := cfg.RecordLimit; n != 0 && n < envelope.MinLimit {
		return nil, fmt.Errorf("a record limit of %d bytes is less than %d", n, envelope.MinLimit)
	}
	if cfg.Memory != 0 {
		if least := cfg.LeastMemory(); cfg.Memory < least {
			return nil, fmt.Errorf("%d bytes of memory for a worker's state are less than %d", cfg.Memory, least)
		}
		opt.Memory = cfg.shares()
	}
	if cfg.Model != nil {
		opt.ModelFormats = cfg.Model.Formats
	}
	e := &Engine{cfg: cfg, kinds: []*proto.Kind{nil}, ether: map[uint16]detect.Kind{}}
	for _, p := range registry.All {
		selected := false
		kinds := make([]detect.Kind, len(p.Messages))
		for i := range p.Messages {
			if m := &p.Messages[i]; opt.Select.Has(m.Select...) && (opt.Deep || !m.Deep) {
				kinds[i] = detect.Kind(len(e.kinds))
				e.add(m)
				selected = true
			}
		}
		if selected && p.Framer != nil {
			e.framers = append(e.framers, framer{p.Framer, kinds})
		}
		if selected && p.Join != nil && opt.Deep {
			e.joins = append(e.joins, p.Join)
		}
	}
	if cfg.Normalize {
		e.normal = record.NewPlan(registry.Fields())
	}
	var tunnels packet.TunnelSet
	for _, m := range e.kinds[1:] {
		if m.Tunnel != packet.TunnelNone {
			tunnels.Add(m.Tunnel)
		}
	}
	e.decoder = packet.NewDecoder(packet.Config{Tunnels: tunnels, IsMessage: e.isMessage, Part: e.part, Deep: opt.Deep})
	return e, nil
}

// Decoder returns what reads the headers of packets for Worker.Decoded: it
// follows the tunnels that are selected.
func (e *Engine) Decoder() *packet.Decoder { return e.decoder }

// NewReader returns what reads the headers of packets for Worker.Decoded, and
// puts together fragments of IP packets where Options.Deep says so.
func (e *Engine) NewReader() *packet.Reader {
	memory := e.cfg.Options.Memory.Fragments
	if memory == 0 && e.cfg.MinimizeRAM {
		memory = reassembly.DatagramMemoryLow
	}
	return e.decoder.NewReader(memory)
}

// isMessage reports whether UDP ports stand for a message.
func (e *Engine) isMessage(srcPort, dstPort uint16) bool {
	// Quirk Q15: either port goes before the tunnel.
	kind := e.udp.ByPorts(srcPort, dstPort)
	return kind != detect.None && e.kinds[kind].New != nil
}

func (e *Engine) add(m *proto.Kind) {
	kind := detect.Kind(len(e.kinds))
	e.kinds = append(e.kinds, m)
	for _, r := range m.Match {
		switch r.Layer {
		case detect.TCP:
			e.tcp.Add(kind, r)
		case detect.UDP:
			e.udp.Add(kind, r)
		case detect.IP:
			e.ip[r.Number] = kind
		case detect.Ethernet:
			e.ether[r.Number] = kind
		}
	}
}

// Config is what the engine was made with.
func (e *Engine) Config() *Config { return &e.cfg }
