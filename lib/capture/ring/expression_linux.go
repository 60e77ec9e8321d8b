package ring

import (
	"merctools/lib/capture/pcapfilter"
	"merctools/lib/packet"
)

// compile returns the program of an expression for frames of a device.
func compile(expression string, d device) (Filter, error) {
	program, err := pcapfilter.Compile(expression, pcapfilter.Link{
		Live: true, Raw: d.link == packet.LinkRaw, Stripped: d.tags, Cooked: d.any, Hosts: d.hosts,
	})
	if err != nil {
		return nil, err
	}
	return program, nil
}

// seenOnce puts before a filter that the loopback interface shows each packet
// twice, as outgoing and as incoming, when all interfaces are captured.
func (f Filter) seenOnce() Filter {
	const (
		loadWord    = 0x20 // at an absolute offset
		jumpIfEqual = 0x15
		ancillary   = 1<<32 - 0x1000 // SKF_AD_OFF
		packetType  = ancillary + 4
		hardware    = ancillary + 28
		outgoing    = 4   // PACKET_OUTGOING
		loopback    = 772 // ARPHRD_LOOPBACK
	)
	return append(Filter{
		{Op: loadWord, K: packetType},
		{Op: jumpIfEqual, Jf: 3, K: outgoing},
		{Op: loadWord, K: hardware},
		{Op: jumpIfEqual, Jf: 1, K: loopback},
		{Op: opReturn, K: 0},
	}, f...)
}
