package packet

import (
	"errors"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"merctools/lib/wire"
)

// Headers of IEEE 802.11 and of what adapters put before it are read by
// package layers of gopacket, from a copy of their first bytes: it takes the
// last four bytes of a frame for its checksum, and most captures have none.
// What is left of a frame goes on in the cursor. A checksum at the end does no
// harm: the length of an IP packet stands in its header.

// read80211 reads the header of a data frame (IEEE 802.11, section 9.3.2) and
// the LLC header in it. Frames of other kinds, encrypted ones, and the second
// and later fragments carry nothing that can be read. Of several packets in
// one frame (A-MSDU) it is the first.
func read80211(c wire.Cursor) (wire.Cursor, uint16) { return dataFrame(c, false) }

// dataFrame reads a data frame, whose header may be padded to a multiple of 4
// bytes.
func dataFrame(c wire.Cursor, padded bool) (wire.Cursor, uint16) {
	const (
		longest  = 24 + 6 + 2 + 4 // header with a fourth address, QoS and HT control
		checksum = 4
		noData   = 0x10   // in the type: a frame without a body
		aMSDU    = 1 << 7 // in the first byte of the QoS control field
	)
	var header [longest + checksum]byte
	n := copy(header[:longest], c)
	h, err := decode80211(header[:n+checksum])
	if err != nil || h.Type.MainType() != layers.Dot11TypeData || h.Type&noData != 0 || h.Flags.WEP() || h.FragmentNumber > 0 {
		return nil, EtherTypeNone
	}
	size := len(h.Contents)
	several := false
	if h.QOS != nil {
		at := size - 2
		if h.HTControl != nil {
			at -= 4
		}
		several = header[at]&aMSDU != 0
	}
	if padded {
		size = (size + 3) &^ 3
	}
	c.Skip(size)
	if several {
		c.Skip(6 + 6 + 2) // addresses and length of the first packet
	}
	return readLLC(c)
}

// decode80211 decodes a header, with anything in place of the checksum. Of
// what follows, as much may be missing as there is none.
func decode80211(header []byte) (h layers.Dot11, err error) {
	defer rescue(&err)
	err = h.DecodeFromBytes(header, gopacket.NilDecodeFeedback)
	return h, err
}

// readRadiotap reads a radiotap header, then the frame (www.radiotap.org).
func readRadiotap(c wire.Cursor) (wire.Cursor, uint16) {
	head := c
	head.Skip(2) // version, padding
	size := int(head.Uint16LE())
	if size < 8 || size > len(c) {
		return nil, EtherTypeNone
	}
	h, err := decodeRadiotap(c[:size])
	padded := err == nil && len(h.RadioTapValues) > 0 && h.RadioTapValues[0].Flags&layers.RadioTapFlagsDatapad != 0
	c.Skip(size)
	return dataFrame(c, padded)
}

func decodeRadiotap(header []byte) (h layers.RadioTap, err error) {
	defer rescue(&err)
	err = h.DecodeFromBytes(header, gopacket.NilDecodeFeedback)
	return h, err
}

// readPRISM reads a header of PRISM cards, then the frame. Some drivers write
// an AVS header for the same link type.
func readPRISM(c wire.Cursor) (wire.Cursor, uint16) {
	if c.HasPrefix("\x80\x21\x10") {
		return readAVS(c)
	}
	h, err := decodePRISM(c)
	if err != nil {
		return nil, EtherTypeNone
	}
	c.Skip(int(h.Length))
	return read80211(c)
}

func decodePRISM(frame []byte) (h layers.PrismHeader, err error) {
	defer rescue(&err)
	err = h.DecodeFromBytes(frame, gopacket.NilDecodeFeedback)
	return h, err
}

// readAVS reads an AVS header, whose numbers are big-endian, then the frame.
func readAVS(c wire.Cursor) (wire.Cursor, uint16) {
	head := c
	head.Skip(4) // magic number and version
	size := head.Uint32()
	if size < 8 || int64(size) > int64(len(c)) {
		return nil, EtherTypeNone
	}
	c.Skip(int(size))
	return read80211(c)
}

// rescue turns a panic of the library into an error.
func rescue(err *error) {
	if recover() != nil {
		*err = errDecoder
	}
}

var errDecoder = errors.New("the decoder failed")
