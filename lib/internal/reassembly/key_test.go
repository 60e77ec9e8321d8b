package reassembly

import (
	"encoding/binary"

	"merctools/lib/flow"
)

func key(n int) flow.Key {
	k := flow.Key{SrcPort: 1000, DstPort: 443, Protocol: 6, Version: 4, Src: [16]byte{10, 0, 0, 1}, Dst: [16]byte{10, 0, 0, 2}}
	binary.BigEndian.PutUint32(k.Src[:], 0x0a000000+uint32(n))
	return k
}
