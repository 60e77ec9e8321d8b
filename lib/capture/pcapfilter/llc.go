package pcapfilter

// lastLength is the greatest number that is a length in place of an Ethernet
// type. Frames with a length have a header of LLC (IEEE 802.2) behind it.
const lastLength = 1500

// Numbers in a header of LLC that stand for a protocol.
const (
	sapIP      = 0x06
	sapIPX     = 0xe0
	sapNetBEUI = 0xf0
	sapISO     = 0xfe
)

// linkProtocol is a protocol by its number in the link layer's header: an
// Ethernet type, or a number of LLC.
func linkProtocol(n uint16) node {
	switch n {
	case typeAppleTalk:
		return anyOf(etherType{n}, snap(0x080007, n)) // of Apple
	case typeAARP:
		return anyOf(etherType{n}, snap(0, n))
	case sapIPX:
		// Also right behind the length, where its checksum is all ones.
		return anyOf(etherType{typeIPX}, allOf(llc{}, anyOf(payload(0, 1, 0xff, sapIPX), payload(0, 2, 0xffff, 0xffff))), snap(0, typeIPX))
	case sapIP, sapNetBEUI, sapISO: // as destination and source
		return allOf(llc{}, payload(0, 2, 0xffff, uint32(n)<<8|uint32(n)))
	}
	if n <= lastLength {
		return allOf(llc{}, payload(0, 1, 0xff, uint32(n)))
	}
	return etherType{n}
}

// snap is the type of a frame that has it behind LLC, with the organization
// that gave it; 0 is for those of Ethernet.
func snap(organization uint32, t uint16) node {
	return allOf(llc{}, payload(0, 4, 0xffffffff, 0xaaaa0300|organization>>16), payload(4, 4, 0xffffffff, organization<<16|uint32(t)))
}

// payload compares the bits of a mask in the bytes at an offset behind the link
// layer's header.
func payload(offset uint32, size int, mask, want uint32) node {
	var v value = load{layer: networkLayer, index: constant(offset), size: size}
	if mask != 1<<(8*size)-1 {
		v = operation{"&", v, constant(mask)}
	}
	return relation{op: "=", left: v, right: constant(want)}
}

// llcTypes are the types of LLC, by bits of the byte that says them.
var llcTypes = map[string]struct{ mask, value uint32 }{
	"i": {0x01, 0x00},
	"s": {0x03, 0x01}, "rr": {0x0f, 0x01}, "rnr": {0x0f, 0x05}, "rej": {0x0f, 0x09},
	"u": {0x03, 0x03}, "ui": {0xef, 0x03}, "ua": {0xef, 0x63}, "disc": {0xef, 0x43}, "sabme": {0xef, 0x6f},
	"test": {0xef, 0xe3}, "xid": {0xef, 0xaf}, "frmr": {0xef, 0x87},
}

// llcFrame reads the type that may follow "llc".
func (p *parser) llcFrame() node {
	n := allOf(llc{}, not{payload(0, 2, 0xffff, 0xffff)}) // that is IPX
	if t, ok := llcTypes[p.peek().text]; ok {
		p.next++
		n = allOf(n, payload(2, 1, t.mask, t.value))
	}
	return n
}

// isoProtocols are the protocols that "iso proto" knows by name (ISO/IEC TR 9577).
var isoProtocols = map[string]uint8{"clnp": 0x81, "esis": 0x82, "es-is": 0x82, "isis": 0x83, "is-is": 0x83}

// isisTypes are names of types of IS-IS packets (ISO/IEC 10589). Hellos of
// links between two routers are for both levels.
var isisTypes = map[string][]uint8{
	"l1": {15, 17, 18, 24, 26}, "l2": {16, 17, 20, 25, 27},
	"iih": {15, 16, 17}, "lsp": {18, 20}, "snp": {24, 25, 26, 27}, "csnp": {24, 25}, "psnp": {26, 27},
}

// isoProtocol is a protocol behind the three bytes of LLC.
func isoProtocol(n uint8) node {
	return allOf(linkProtocol(sapISO), payload(3, 1, 0xff, uint32(n)))
}

func isisType(n uint8) node {
	return allOf(isoProtocol(isoProtocols["isis"]), payload(3+4, 1, 0x1f, uint32(n)))
}
