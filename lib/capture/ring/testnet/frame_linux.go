package testnet

import "encoding/binary"

// UDP makes an Ethernet frame with a UDP datagram over IPv4. Hosts are the
// last two bytes of addresses in 10.0.0.0/16. Checksums are missing: nobody
// looks at them.
func UDP(src, dst, srcPort, dstPort uint16, payload []byte) []byte {
	f := make([]byte, 0, 42+len(payload))
	f = append(f, 2, 0, 0, 0, byte(dst>>8), byte(dst))
	f = append(f, 2, 0, 0, 0, byte(src>>8), byte(src))
	f = binary.BigEndian.AppendUint16(f, 0x0800)
	f = append(f, 0x45, 0)
	f = binary.BigEndian.AppendUint16(f, uint16(28+len(payload)))
	f = append(f, 0, 0, 0, 0, 64, 17, 0, 0)
	f = append(f, 10, 0, byte(src>>8), byte(src), 10, 0, byte(dst>>8), byte(dst))
	f = binary.BigEndian.AppendUint16(f, srcPort)
	f = binary.BigEndian.AppendUint16(f, dstPort)
	f = binary.BigEndian.AppendUint16(f, uint16(8+len(payload)))
	f = append(f, 0, 0)
	return append(f, payload...)
}

// Tagged puts a VLAN tag into a frame.
func Tagged(frame []byte, tpid, tci uint16) []byte {
	f := append([]byte(nil), frame[:12]...)
	f = binary.BigEndian.AppendUint16(f, tpid)
	f = binary.BigEndian.AppendUint16(f, tci)
	return append(f, frame[12:]...)
}
