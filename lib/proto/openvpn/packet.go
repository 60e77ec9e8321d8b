package openvpn

import (
	"bytes"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// An Opcode says what a packet is. The numbers are those of OpenVPN's wire
// protocol.
type Opcode uint8

const (
	hardResetClientV1 Opcode = 1
	controlV1         Opcode = 4
	ackV1             Opcode = 5
	dataV1            Opcode = 6
	dataV2            Opcode = 9
	wrappedControlV1  Opcode = 11
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

// String is the name of the opcode, such as "P_CONTROL_V1"; it is empty where
// there is none.
func (o Opcode) String() string {
	if !o.known() {
		return ""
	}
	return opcodeNames[o]
}

func (o Opcode) known() bool { return o >= hardResetClientV1 && o <= wrappedControlV1 }

// Control reports whether packets of this kind go through the reliability
// layer, and so have a message number.
func (o Opcode) Control() bool {
	return o.known() && o != ackV1 && o != dataV1 && o != dataV2
}

// A Packet is one packet of the control channel over TCP, where a length
// comes before each.
//
//	length (2) opcode and key (1) session (8) [HMAC] replay number (4)
//	[time (4)] count (1) [numbers (4 each) peer's session (8)]
//	[message number (4)] [data]
//
// Whether there is an HMAC and a time is for the configuration to say, and is
// guessed here.
type Packet struct {
	Opcode        Opcode
	KeyID         uint8       // number of the key, less than 8
	Session       uint64      // the sender's identifier of the session
	HMAC          wire.Cursor // nil where there seems to be none
	ReplayNumber  uint32
	HasTime       bool
	Time          uint32 // seconds since 1970
	Acknowledged  uint8  // how many packets are acknowledged
	MessageNumber uint32 // of a control packet
	Data          wire.Cursor
}

const (
	lengthLen  = 2
	numberLen  = 4
	sessionLen = 8

	minHMACLen = 16 // of MD5
)

// parse reads a packet, and reports whether it is one.
func (p *Packet) parse(c *wire.Cursor) bool {
	*p = Packet{}
	length := int(c.Uint16())
	start := c.Len()
	head := c.Uint8()
	p.Opcode, p.KeyID = Opcode(head>>3), head&7
	p.Session = c.Uint64()
	if seemsHMAC(*c) {
		if p.HMAC = readHMAC(c); p.HMAC.Failed() {
			return false
		}
	}
	p.ReplayNumber = c.Uint32()
	if p.HasTime = seemsTime(*c); p.HasTime {
		p.Time = c.Uint32()
	}
	p.Acknowledged = c.Uint8()
	if c.Len() < numberLen*int(p.Acknowledged) {
		return false
	}
	if p.Acknowledged > 0 {
		c.Skip(numberLen * int(p.Acknowledged))
		c.Skip(sessionLen)
	}
	if p.Opcode.Control() {
		p.MessageNumber = c.Uint32()
	}
	if p.Opcode == controlV1 {
		if length -= start - c.Len(); length <= 0 || c.Len() < length {
			return false
		}
		p.Data = c.Bytes(length)
	}
	return c.Ok() && p.Opcode.known()
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

func (p *Packet) writeRecord(w *record.Writer, metadata bool) {
	w.Key("opcode").Str(opcodeNames[p.Opcode])
	if metadata {
		w.Key("session_id").HexUint(p.Session, 16)
		w.Key("hmac").Bool(p.HMAC.Ok())
		if p.HasTime {
			w.Key("net_time").Uint(uint64(p.Time))
		}
	}
	w.Key("replay_pkt_id").Uint(uint64(p.ReplayNumber))
	w.Key("id_array_len").Uint(uint64(p.Acknowledged))
	if p.Opcode.Control() {
		w.Key("msg_pkt_id").Uint(uint64(p.MessageNumber))
	}
}
