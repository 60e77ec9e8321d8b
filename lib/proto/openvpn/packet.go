package openvpn

import (
	"bytes"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// An opcode says what a packet is. The numbers are those of OpenVPN's wire
// protocol.
type opcode uint8

const (
	hardResetClientV1 opcode = 1
	controlV1         opcode = 4
	ackV1             opcode = 5
	dataV1            opcode = 6
	dataV2            opcode = 9
	wrappedControlV1  opcode = 11
)

var opcodeNames = [...]string{
	1:  "P_CONTROL_HARD_RESET_CLIENT_V1",
	2:  "P_CONTROL_HARD_RESET_SERVER_V1",
	3:  "P_CONTROL_SOFT_RESET_V1",
	4:  "P_CONTROL_V1",
	5:  "P_ACK_V1",
	6:  "P_DATA_V1",
	7:  "P_CONTROL_HARD_RESET_CLIENT_V2",
	8:  "P_CONTROL_HARD_RESET_SERVER_V2",
	9:  "P_DATA_V2",
	10: "P_CONTROL_HARD_RESET_CLIENT_V3",
	11: "P_CONTROL_WKC_V1",
}

func (o opcode) known() bool { return o >= hardResetClientV1 && o <= wrappedControlV1 }

// control reports whether packets of this kind go through the reliability
// layer, and so have a message number.
func (o opcode) control() bool {
	return o.known() && o != ackV1 && o != dataV1 && o != dataV2
}

// A packet is one packet of the control channel over TCP, where a length
// comes before each.
//
//	length (2) opcode and key (1) session (8) [HMAC] replay number (4)
//	[time (4)] count (1) [numbers (4 each) peer's session (8)]
//	[message number (4)] [data]
//
// Whether there is an HMAC and a time is for the configuration to say, and is
// guessed here.
type packet struct {
	opcode       opcode
	key          uint8
	session      uint64
	hmac         wire.Cursor // nil where there seems to be none
	replayNumber uint32
	hasTime      bool
	time         uint32 // seconds since 1970
	acknowledged uint8  // how many packets are acknowledged
	number       uint32 // of a control packet
	data         wire.Cursor
}

const (
	lengthLen  = 2
	numberLen  = 4
	sessionLen = 8

	minHMACLen = 16 // of MD5
)

// parse reads a packet, and reports whether it is one.
func (p *packet) parse(c *wire.Cursor) bool {
	*p = packet{}
	length := int(c.Uint16())
	start := c.Len()
	head := c.Uint8()
	p.opcode, p.key = opcode(head>>3), head&7
	p.session = c.Uint64()
	if seemsHMAC(*c) {
		if p.hmac = readHMAC(c); p.hmac.Failed() {
			return false
		}
	}
	p.replayNumber = c.Uint32()
	if p.hasTime = seemsTime(*c); p.hasTime {
		p.time = c.Uint32()
	}
	p.acknowledged = c.Uint8()
	if c.Len() < numberLen*int(p.acknowledged) {
		return false
	}
	if p.acknowledged > 0 {
		c.Skip(numberLen * int(p.acknowledged))
		c.Skip(sessionLen)
	}
	if p.opcode.control() {
		p.number = c.Uint32()
	}
	if p.opcode == controlV1 {
		if length -= start - c.Len(); length <= 0 || c.Len() < length {
			return false
		}
		p.data = c.Bytes(length)
	}
	return c.Ok() && p.opcode.known()
}

// seemsHMAC guesses that an HMAC comes next, and not a number, which would
// begin with zeros.
//
// Quirk Q99: it may be wrong.
func seemsHMAC(c wire.Cursor) bool {
	zeros := 0
	for v, i := c.Uint32(), 0; i < numberLen; v, i = v>>8, i+1 {
		if v&0xff == 0 {
			zeros++
		}
	}
	return zeros <= 1
}

// readHMAC reads an HMAC. Its end is where the number that follows shows by
// its zeros; without zeros, it is as long as the rest. Lengths are taken
// modulo 256.
func readHMAC(c *wire.Cursor) wire.Cursor {
	n := bytes.Index(*c, []byte{0, 0})
	if n < 0 {
		n = -c.Len() - 2
	}
	n = int(uint8(n))
	if c.Len() < minHMACLen || n < minHMACLen || n >= c.Len() {
		return nil
	}
	return c.Bytes(n)
}

// seemsTime guesses that a time comes next, and not the count of
// acknowledged packets and what follows it.
func seemsTime(c wire.Cursor) bool {
	count := c.Uint8()
	next := c.Uint8()
	return next != 0 || numberLen*int(count) > c.Len()
}

func (p *packet) writeRecord(w *record.Writer, metadata bool) {
	w.Key("opcode").Str(opcodeNames[p.opcode])
	if metadata {
		w.Key("session_id").HexUint(p.session, 16)
		w.Key("hmac").Bool(p.hmac.Ok())
		if p.hasTime {
			w.Key("net_time").Uint(uint64(p.time))
		}
	}
	w.Key("replay_pkt_id").Uint(uint64(p.replayNumber))
	w.Key("id_array_len").Uint(uint64(p.acknowledged))
	if p.opcode.control() {
		w.Key("msg_pkt_id").Uint(uint64(p.number))
	}
}
