package ring

import (
	"fmt"

	"github.com/cilium/ebpf"

	"merctools/lib/capture/flowhead"
	"merctools/lib/packet"
)

// heads are the flows of a group of which only the first packets are captured.
type heads struct {
	flows    *flowhead.Flows
	programs map[flowhead.Frame]*ebpf.Program
}

// openHeads makes the programs for all interfaces that the group may have, as
// long as there are privileges to make them.
func (g *Group) openHeads() error {
	flows, err := flowhead.Open(g.config.FlowHead)
	if err != nil {
		return err
	}
	g.heads = &heads{flows: flows, programs: map[flowhead.Frame]*ebpf.Program{}}
	devices := []device{{link: packet.LinkEthernet, tags: true}, {link: packet.LinkRaw}}
	if g.config.Interface == AnyInterface {
		devices = []device{{link: packet.LinkSLL2, any: true}}
	}
	var unfit error
	for _, d := range devices {
		f, err := g.selecting(d)
		if err != nil {
			unfit = err // frames of the other kind may have what it asks for
			continue
		}
		p, err := flows.Program(frame(d), f)
		if err != nil {
			return fmt.Errorf("flow head: %w", err)
		}
		g.heads.programs[frame(d)] = p
	}
	if len(g.heads.programs) == 0 {
		return unfit
	}
	return nil
}

func (h *heads) close() {
	for _, p := range h.programs {
		p.Close()
	}
	h.flows.Close()
}

// frame is what packets of a device begin with.
func frame(d device) flowhead.Frame {
	switch {
	case d.any:
		return flowhead.Cooked
	case d.link == packet.LinkRaw:
		return flowhead.IP
	}
	return flowhead.Ethernet
}

// BeyondHead is how many packets the kernel left out because the head of their
// flow had passed, and whether it does that. They are in none of the other
// counts.
func (g *Group) BeyondHead() (packets uint64, on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.heads != nil {
		g.beyondHead = g.heads.flows.Dropped()
	}
	return g.beyondHead, g.config.FlowHead > 0
}
