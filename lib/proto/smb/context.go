package smb

import (
	"cmp"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Types of negotiate contexts (MS-SMB2, section 2.2.3.1).
const (
	preauthIntegrity = 1
	encryption       = 2
	compression      = 3
	netname          = 5
	transport        = 6
	rdmaTransform    = 7
	signing          = 8
)

// contextNames are the names of the types, some of them misspelt as other
// programs know them.
var contextNames = [...]string{
	preauthIntegrity: "smb2_preauth_integrity_capabilities",
	// Quirk Q83: misspelt.
	encryption:    "smb2_encryption_capabilties",
	compression:   "smb2_compression_capabilities",
	netname:       "smb2_netname_negotiate_context_id",
	transport:     "smb2_transport_capabilities",
	rdmaTransform: "smb2_rdma_transform_capabilites",
	signing:       "SMB2_SIGNING_CAPABILITIES",
}

var contextFields = proto.A("negotiate_contexts", "what is negotiated beside the dialect",
	proto.F("context_type", proto.String, "type"),
	proto.F("data_length", proto.Uint, "length of the data in bytes"),
	proto.F("hash_algorithm_count", proto.Uint, "number of hash algorithms"),
	proto.L("hash_algorithms", proto.Hex, "hash algorithms"),
	proto.F("salt", proto.Hex, "salt of the preauthentication integrity hash"),
	proto.F("cipher_count", proto.Uint, "number of ciphers"),
	proto.L("ciphers", proto.String, "ciphers"),
	proto.F("compression_algorithm_count", proto.Uint, "number of compression algorithms"),
	proto.F("flags", proto.Hex, "flags of compression or transport capabilities"),
	proto.L("compression_algorithms", proto.String, "compression algorithms"),
	proto.F("netname", proto.String, "name of the server; in hexadecimal where it is not ASCII"),
	proto.F("transform_count", proto.Uint, "number of RDMA transforms"),
	proto.L("rdma_transform_ids", proto.String, "RDMA transforms"),
	proto.F("signing_algorithm_count", proto.Uint, "number of signing algorithms"),
	proto.L("signing_algorithms", proto.String, "signing algorithms"),
	proto.F("value", proto.Hex, "data of a context of another type"),
)

// A NegotiateContext is what is negotiated beside the dialect (MS-SMB2,
// section 2.2.3.1).
type NegotiateContext struct {
	Type   uint16
	Length uint16 // of the data in bytes
	Data   wire.Cursor
}

func readContext(c *wire.Cursor) NegotiateContext {
	var x NegotiateContext
	x.Type = c.Uint16LE()
	x.Length = c.Uint16LE()
	c.SkipUpTo(4)
	x.Data = c.Bytes(int(x.Length))
	skipPadding(c, x.Length)
	return x
}

// skipPadding passes over what fills n bytes up to a multiple of 8. Eight
// bytes are taken for filling where n is such a multiple already.
//
// Quirk Q96: eight bytes where none are needed.
func skipPadding(c *wire.Cursor, n uint16) { c.SkipUpTo(8 - int(n)%8) }

// contextsOk reports whether c is a list of whole contexts.
func contextsOk(c wire.Cursor) bool {
	for c.More() {
		readContext(&c)
	}
	return c.Ok()
}

func writeContexts(w *record.Writer, c wire.Cursor) {
	if !c.More() {
		return
	}
	w.Key("negotiate_contexts").Array()
	for x := range contexts(c) {
		w.Elem().Object()
		x.write(w)
		w.EndObject()
	}
	w.EndArray()
}

func writeContextFeatures(f *record.Features, c wire.Cursor) {
	f.Open()
	for x := range contexts(c) {
		f.Open()
		f.HexUint(uint64(x.Type), 4)
		f.Hex(x.Data)
		f.Close()
	}
	f.Close()
}

func (x *NegotiateContext) write(w *record.Writer) {
	w.Key("context_type").NameOrCode(proto.Name(contextNames[:], x.Type), int64(x.Type))
	w.Key("data_length").Uint(uint64(x.Length))
	c := x.Data
	switch x.Type {
	case preauthIntegrity:
		n, saltLength := c.Uint16LE(), c.Uint16LE()
		w.Key("hash_algorithm_count").Uint(uint64(n))
		w.Key("hash_algorithms").Array()
		for ; n > 0 && c.More(); n-- {
			w.Elem().HexUint(uint64(c.Uint16LE()), 4)
		}
		w.EndArray()
		w.Key("salt").Hex(c.Bytes(int(saltLength)))
	case encryption:
		n := c.Uint16LE()
		w.Key("cipher_count").Uint(uint64(n))
		writeCiphers(w, c, n)
	case compression:
		n := c.Uint16LE()
		c.SkipUpTo(2)
		flags := c.Uint32LE()
		w.Key("compression_algorithm_count").Uint(uint64(n))
		w.Key("flags").HexUint(uint64(flags), 8)
		w.Key("compression_algorithms")
		writeNames(w, c, n, compressionNames[:])
	case netname:
		w.Key("netname")
		writeNetname(w, c)
	case transport:
		w.Key("flags").HexUint(uint64(c.Uint32LE()), 8)
	case rdmaTransform:
		n := c.Uint16LE()
		c.SkipUpTo(2 + 4)
		w.Key("transform_count").Uint(uint64(n))
		w.Key("rdma_transform_ids")
		writeNames(w, c, n, rdmaNames[:])
	case signing:
		n := c.Uint16LE()
		w.Key("signing_algorithm_count").Uint(uint64(n))
		w.Key("signing_algorithms")
		writeNames(w, c, n, signingNames[:])
	default:
		w.Key("value").Hex(c)
	}
}

// Names of algorithms (MS-SMB2, sections 2.2.3.1.2 to 2.2.3.1.7).
var (
	cipherNames      = [...]string{1: "AES-128-CCM", 2: "AES-128-GCM", 3: "AES-256-CCM", 4: "AES-256-GCM"}
	compressionNames = [...]string{"none", "LZNT1", "LZ77", "LZ77+Huffman", "Pattern_V1"}
	rdmaNames        = [...]string{"smb2_rdma_transform_none", "smb2_rdma_transform_encryption", "smb2_rdma_transform_signing"}
	signingNames     = [...]string{"HMAC-SHA256", "AES-CMAC", "AES-GMAC"}
)

func writeCiphers(w *record.Writer, c wire.Cursor, n uint16) {
	w.Key("ciphers").Array()
	for ; n > 0 && c.More(); n-- {
		if id := c.Uint16LE(); c.Ok() {
			w.Elem().NameOrCode(proto.Name(cipherNames[:], id), int64(id))
		}
	}
	w.EndArray()
}

// writeNames writes at most n algorithms by their names. Half a number at the
// end counts as 0.
func writeNames(w *record.Writer, c wire.Cursor, n uint16, names []string) {
	w.Array()
	for ; n > 0 && c.More(); n-- {
		w.Elem().Str(cmp.Or(proto.Name(names, c.Uint16LE()), "unknown"))
	}
	w.EndArray()
}

// writeNetname writes a name in UTF-16: as a string if all of it is ASCII
// without control characters below the space, else in hexadecimal.
func writeNetname(w *record.Writer, name wire.Cursor) {
	for c := name; c.More(); {
		if r := c.Uint16LE(); r < 0x20 || r > 0x7f {
			w.Hex(name)
			return
		}
	}
	w.Raw([]byte{'"'})
	for c := name; c.More(); {
		r := byte(c.Uint16LE())
		if r == '"' || r == '\\' {
			w.Raw([]byte{'\\'})
		}
		w.Raw([]byte{r})
	}
	w.Raw([]byte{'"'})
}
