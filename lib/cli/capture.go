package cli

import (
	"strings"

	"merctools/lib/capture/pcapfilter"
	"merctools/lib/capture/ring"
)

// Capture are the flags of commands that capture from an interface.
type Capture struct {
	Buffer      float64 `live:"tell" short:"b" group:"Capture:" placeholder:"FRACTION" help:"size of the buffer for packets, as a fraction of all memory (default: 0.05, at most 256 MiB)"`
	BPF         string  `name:"bpf" group:"Capture:" placeholder:"FILTER" brief:"capture only what a filter selects" help:"capture only what a filter selects, in mercury also of captures that are read: an expression such as 'tcp port 443', or what tcpdump -ddd prints"`
	FlowHead    int     `live:"refuse" group:"Capture:" placeholder:"N" help:"capture only the first N packets of each direction of a TCP or QUIC connection: the kernel leaves out the rest"`
	SnapLen     int     `live:"refuse" name:"snaplen" group:"Capture:" placeholder:"N" help:"capture at most N bytes of each packet"`
	Promiscuous bool    `live:"tell" default:"true" negatable:"" group:"Capture:" help:"also capture packets for other hosts, if the interface receives them (default: on)"`
	Wait        bool    `live:"tell" group:"Capture:" help:"wait for the interface if it does not exist or was removed"`
	User        string  `live:"tell" short:"u" group:"Capture:" placeholder:"USER" help:"become this user once the interface is open (default: the user who called sudo); use root to keep running as root"`
}

// Ring checks the flags and returns what they mean.
func (c *Capture) Ring(env *Env, name string, rings int) (ring.Config, error) {
	config := ring.Config{
		Interface:   name,
		Rings:       rings,
		SnapLen:     c.SnapLen,
		FlowHead:    c.FlowHead,
		Promiscuous: c.Promiscuous,
		Wait:        c.Wait,
		Notice:      env.Notice,
	}
	if !(c.Buffer >= 0 && c.Buffer <= 1) { // also what is not a number
		return config, Usagef("--buffer: %v is not between 0 and 1", c.Buffer)
	}
	config.Memory = ring.MemoryFraction(c.Buffer)
	if c.FlowHead < 0 {
		return config, Usagef("--flow-head: %d is less than 0", c.FlowHead)
	}
	if c.SnapLen < 0 {
		return config, Usagef("--snaplen: %d is less than 0", c.SnapLen)
	}
	if c.BPF != "" {
		var err error
		if !isProgram(c.BPF) {
			// It is compiled for the interface; what is wrong with it is
			// wrong for all.
			_, err = pcapfilter.Compile(c.BPF, pcapfilter.Link{Live: true, Stripped: true, Hosts: 1})
			config.Expression = c.BPF
		} else {
			config.Filter, err = ring.ParseFilter(c.BPF)
		}
		if err != nil {
			return config, Usagef("--bpf: %v", err)
		}
	}
	return config, nil
}

// isProgram reports whether a filter is a list of numbers, as tcpdump -ddd
// writes it, and not an expression.
func isProgram(filter string) bool {
	return strings.Trim(filter, "0123456789 \t\r\n") == ""
}
