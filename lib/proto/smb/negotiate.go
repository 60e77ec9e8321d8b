package smb

import (
	"time"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// A NegotiateRequest offers dialects (MS-SMB2, section 2.2.3). Its numbers
// are little-endian.
type NegotiateRequest struct {
	StructureSize uint16 // bytes that the request says it has
	DialectCount  uint16 // dialects, as announced; see Dialects
	SecurityMode  uint16 // 1 signing is enabled, 2 required
	Capabilities  uint32
	ClientGUID    wire.Cursor // 16 bytes
	ContextOffset uint32      // where the contexts begin, in bytes from the header
	ContextCount  uint16      // contexts, as announced; see Contexts

	dialects wire.Cursor
	contexts wire.Cursor
}

// guidLen is the number of bytes of an identifier.
const guidLen = 16

// dialectsAt is where the dialects begin: offsets count from the header.
const dialectsAt = 64 + 36

// parse reports whether the contexts are whole.
func (r *NegotiateRequest) parse(c wire.Cursor) bool {
	r.StructureSize = c.Uint16LE()
	r.DialectCount = c.Uint16LE()
	r.SecurityMode = c.Uint16LE()
	c.SkipUpTo(2)
	r.Capabilities = c.Uint32LE()
	r.ClientGUID = c.Bytes(guidLen)
	r.ContextOffset = c.Uint32LE()
	r.ContextCount = c.Uint16LE()
	c.SkipUpTo(2)
	r.dialects = c.Bytes(2 * int(r.DialectCount))
	// Where there are no contexts the offset is part of a time. It then
	// points past the end, or before the dialects and wraps around.
	padding := r.ContextOffset - dialectsAt - 2*uint32(r.DialectCount)
	c.UpTo(int(min(uint64(padding), uint64(c.Len()))))
	r.contexts = c
	return contextsOk(c)
}

func (r *NegotiateRequest) write(w *record.Writer) {
	w.Key("negotiate_request").Object()
	w.Key("structure_size").Uint(uint64(r.StructureSize))
	w.Key("dialect_count").Uint(uint64(r.DialectCount))
	w.Key("security_mode").HexUint(uint64(r.SecurityMode), 4)
	w.Key("capabilities").HexUint(uint64(r.Capabilities), 8)
	w.Key("guid")
	writeGUID(w, r.ClientGUID)
	w.Key("negotiate_context_offset").HexUint(uint64(r.ContextOffset), 8)
	w.Key("negotiate_context_count").Uint(uint64(r.ContextCount))
	w.Key("dialects").Array()
	for c := r.dialects; c.More(); {
		w.Elem().HexUint(uint64(c.Uint16LE()), 4)
	}
	w.EndArray()
	writeContexts(w, r.contexts)
	w.EndObject()
}

func (r *NegotiateRequest) writeFeatures(f *record.Features) {
	f.Open()
	f.HexUint(uint64(r.DialectCount), 4)
	f.HexUint(uint64(r.SecurityMode), 4)
	f.HexUint(uint64(r.Capabilities), 8)
	f.Close()
	f.Open()
	for c := r.dialects; c.More(); {
		f.HexUint(uint64(c.Uint16LE()), 4)
	}
	f.Close()
	writeContextFeatures(f, r.contexts)
}

// A NegotiateResponse chooses a dialect (MS-SMB2, section 2.2.4). Its numbers
// are little-endian.
type NegotiateResponse struct {
	StructureSize        uint16      // bytes that the response says it has
	SecurityMode         uint16      // 1 signing is enabled, 2 required
	Dialect              uint16      // 0x0311 is SMB 3.1.1
	ContextCount         uint16      // contexts, as announced; see Contexts
	ServerGUID           wire.Cursor // 16 bytes
	Capabilities         uint32
	MaxTransactSize      uint32 // bytes
	MaxReadSize          uint32 // bytes
	MaxWriteSize         uint32 // bytes
	SystemTime           uint64 // FILETIME: 100 ns since 1601
	StartTime            uint64 // FILETIME of the server's start
	SecurityBufferOffset uint16 // bytes from the header
	SecurityBufferLength uint16 // bytes

	contexts wire.Cursor
}

// parse reports whether the contexts are whole.
func (r *NegotiateResponse) parse(c wire.Cursor) bool {
	r.StructureSize = c.Uint16LE()
	r.SecurityMode = c.Uint16LE()
	r.Dialect = c.Uint16LE()
	r.ContextCount = c.Uint16LE()
	r.ServerGUID = c.Bytes(guidLen)
	r.Capabilities = c.Uint32LE()
	r.MaxTransactSize = c.Uint32LE()
	r.MaxReadSize = c.Uint32LE()
	r.MaxWriteSize = c.Uint32LE()
	r.SystemTime = c.Uint64LE()
	r.StartTime = c.Uint64LE()
	r.SecurityBufferOffset = c.Uint16LE()
	r.SecurityBufferLength = c.Uint16LE()
	c.Skip(4) // NegotiateContextOffset
	c.Skip(int(r.SecurityBufferLength))
	skipPadding(&c, r.SecurityBufferLength)
	r.contexts = c
	return contextsOk(c)
}

func (r *NegotiateResponse) write(w *record.Writer) {
	w.Key("negotiate_response").Object()
	w.Key("structure_size").Uint(uint64(r.StructureSize))
	w.Key("security_mode").HexUint(uint64(r.SecurityMode), 4)
	w.Key("dialect").NameOrCode(dialectName(r.Dialect), int64(r.Dialect))
	w.Key("negotiate_context_count").Uint(uint64(r.ContextCount))
	w.Key("guid")
	writeGUID(w, r.ServerGUID)
	w.Key("capabilities").HexUint(uint64(r.Capabilities), 8)
	w.Key("max_transact_size").Uint(uint64(r.MaxTransactSize))
	w.Key("max_read_size").Uint(uint64(r.MaxReadSize))
	w.Key("max_write_size").Uint(uint64(r.MaxWriteSize))
	w.Key("system_time")
	writeFileTime(w, r.SystemTime)
	w.Key("server_start_time")
	writeFileTime(w, r.StartTime)
	w.Key("security_buffer_offset").Uint(uint64(r.SecurityBufferOffset))
	w.Key("security_buffer_length").Uint(uint64(r.SecurityBufferLength))
	writeContexts(w, r.contexts)
	w.EndObject()
}

func (r *NegotiateResponse) writeFeatures(f *record.Features) {
	f.Open()
	f.HexUint(uint64(r.SecurityMode), 4)
	f.HexUint(uint64(r.Dialect), 4)
	f.HexUint(uint64(r.Capabilities), 8)
	f.Close()
	writeContextFeatures(f, r.contexts)
}

// dialectName is the name of a dialect, or empty.
func dialectName(dialect uint16) string {
	switch dialect {
	case 0x0202:
		return "SMB 2.0.2"
	case 0x0210:
		return "SMB 2.1"
	case 0x0222:
		return "SMB 2.2.2"
	case 0x0224:
		return "SMB 2.2.4"
	case 0x02ff:
		return "SMB2 wildcard"
	case 0x0300:
		return "SMB 3.0"
	case 0x0302:
		return "SMB 3.0.2"
	case 0x0310:
		return "SMB 3.1.0"
	case 0x0311:
		return "SMB 3.1.1"
	}
	return ""
}

// writeGUID writes an identifier in its registry format: its first three
// parts are little-endian (MS-DTYP, section 2.3.4).
func writeGUID(w *record.Writer, c wire.Cursor) {
	var text [36]byte
	b := record.AppendHexUint(text[:0], uint64(c.Uint32LE()), 8)
	b = append(b, '-')
	b = record.AppendHexUint(b, uint64(c.Uint16LE()), 4)
	b = append(b, '-')
	b = record.AppendHexUint(b, uint64(c.Uint16LE()), 4)
	b = append(b, '-')
	b = record.AppendHex(b, c.Bytes(2))
	b = append(b, '-')
	b = record.AppendHex(b, c.Bytes(6))
	w.StrBytes(b)
}

// unixEpoch is 1970 in nanoseconds since 1601, when FILETIME begins.
const unixEpoch = 11644473600 * 1e9

// writeFileTime writes a FILETIME (MS-DTYP, section 2.3.3), which counts
// tenths of microseconds. What stands behind the point are its last nine
// decimal digits as they are, not nanoseconds.
func writeFileTime(w *record.Writer, v uint64) {
	if v == 0 {
		w.Str("No time specified")
		return
	}
	var text [40]byte
	seconds := (v*100 - unixEpoch) / 1e9
	b := time.Unix(int64(seconds), 0).UTC().AppendFormat(text[:0], "2006-01-02T15:04:05.")
	// Quirk Q97: these are no nanoseconds.
	for div := uint64(1e8); div > 0; div /= 10 {
		b = append(b, '0'+byte(v/div%10))
	}
	w.StrBytes(append(b, 'Z'))
}
