package smb

import (
	"time"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// A negotiateRequest offers dialects (MS-SMB2, section 2.2.3).
type negotiateRequest struct {
	structureSize, dialectCount, securityMode uint16
	capabilities                              uint32
	guid                                      wire.Cursor
	contextOffset                             uint32
	contextCount                              uint16
	dialects                                  wire.Cursor
	contexts                                  wire.Cursor
	ok                                        bool
}

// guidLen is the number of bytes of an identifier.
const guidLen = 16

// dialectsAt is where the dialects begin: offsets count from the header.
const dialectsAt = 64 + 36

func (r *negotiateRequest) parse(c wire.Cursor) {
	r.structureSize = c.Uint16LE()
	r.dialectCount = c.Uint16LE()
	r.securityMode = c.Uint16LE()
	c.SkipUpTo(2)
	r.capabilities = c.Uint32LE()
	r.guid = c.Bytes(guidLen)
	r.contextOffset = c.Uint32LE()
	r.contextCount = c.Uint16LE()
	c.SkipUpTo(2)
	r.dialects = c.Bytes(2 * int(r.dialectCount))
	// Where there are no contexts the offset is part of a time. It then
	// points past the end, or before the dialects and wraps around.
	padding := r.contextOffset - dialectsAt - 2*uint32(r.dialectCount)
	c.UpTo(int(min(uint64(padding), uint64(c.Len()))))
	r.contexts = c
	r.ok = contextsOk(c)
}

func (r *negotiateRequest) write(w *record.Writer) {
	if !r.ok {
		return
	}
	w.Key("negotiate_request").Object()
	w.Key("structure_size").Uint(uint64(r.structureSize))
	w.Key("dialect_count").Uint(uint64(r.dialectCount))
	w.Key("security_mode").HexUint(uint64(r.securityMode), 4)
	w.Key("capabilities").HexUint(uint64(r.capabilities), 8)
	w.Key("guid")
	writeGUID(w, r.guid)
	w.Key("negotiate_context_offset").HexUint(uint64(r.contextOffset), 8)
	w.Key("negotiate_context_count").Uint(uint64(r.contextCount))
	w.Key("dialects").Array()
	for c := r.dialects; c.More(); {
		w.Elem().HexUint(uint64(c.Uint16LE()), 4)
	}
	w.EndArray()
	writeContexts(w, r.contexts)
	w.EndObject()
}

func (r *negotiateRequest) writeFeatures(f *record.Features) {
	if !r.ok {
		return
	}
	f.Comma()
	f.Open()
	f.HexUint(uint64(r.dialectCount), 4)
	f.Comma()
	f.HexUint(uint64(r.securityMode), 4)
	f.Comma()
	f.HexUint(uint64(r.capabilities), 8)
	f.Close()
	f.Comma()
	f.Open()
	for c := r.dialects; c.More(); {
		f.HexUint(uint64(c.Uint16LE()), 4)
		if c.More() {
			f.Comma()
		}
	}
	f.Close()
	f.Comma()
	writeContextFeatures(f, r.contexts)
}

// A negotiateResponse chooses a dialect (MS-SMB2, section 2.2.4).
type negotiateResponse struct {
	structureSize, securityMode            uint16
	dialect, contextCount                  uint16
	guid                                   wire.Cursor
	capabilities                           uint32
	maxTransact, maxRead, maxWrite         uint32
	systemTime, startTime                  uint64
	securityBufferAt, securityBufferLength uint16
	contexts                               wire.Cursor
	ok                                     bool
}

func (r *negotiateResponse) parse(c wire.Cursor) {
	r.structureSize = c.Uint16LE()
	r.securityMode = c.Uint16LE()
	r.dialect = c.Uint16LE()
	r.contextCount = c.Uint16LE()
	r.guid = c.Bytes(guidLen)
	r.capabilities = c.Uint32LE()
	r.maxTransact = c.Uint32LE()
	r.maxRead = c.Uint32LE()
	r.maxWrite = c.Uint32LE()
	r.systemTime = c.Uint64LE()
	r.startTime = c.Uint64LE()
	r.securityBufferAt = c.Uint16LE()
	r.securityBufferLength = c.Uint16LE()
	c.Skip(4) // NegotiateContextOffset
	c.Skip(int(r.securityBufferLength))
	skipPadding(&c, r.securityBufferLength)
	r.contexts = c
	r.ok = contextsOk(c)
}

func (r *negotiateResponse) write(w *record.Writer) {
	if !r.ok {
		return
	}
	w.Key("negotiate_response").Object()
	w.Key("structure_size").Uint(uint64(r.structureSize))
	w.Key("security_mode").HexUint(uint64(r.securityMode), 4)
	w.Key("dialect")
	if name := dialectName(r.dialect); name != "" {
		w.Str(name)
	} else {
		w.UnknownUint(uint64(r.dialect))
	}
	w.Key("negotiate_context_count").Uint(uint64(r.contextCount))
	w.Key("guid")
	writeGUID(w, r.guid)
	w.Key("capabilities").HexUint(uint64(r.capabilities), 8)
	w.Key("max_transact_size").Uint(uint64(r.maxTransact))
	w.Key("max_read_size").Uint(uint64(r.maxRead))
	w.Key("max_write_size").Uint(uint64(r.maxWrite))
	w.Key("system_time")
	writeFileTime(w, r.systemTime)
	w.Key("server_start_time")
	writeFileTime(w, r.startTime)
	w.Key("security_buffer_offset").Uint(uint64(r.securityBufferAt))
	w.Key("security_buffer_length").Uint(uint64(r.securityBufferLength))
	writeContexts(w, r.contexts)
	w.EndObject()
}

func (r *negotiateResponse) writeFeatures(f *record.Features) {
	if !r.ok {
		return
	}
	f.Comma()
	f.Open()
	f.HexUint(uint64(r.securityMode), 4)
	f.Comma()
	f.HexUint(uint64(r.dialect), 4)
	f.Comma()
	f.HexUint(uint64(r.capabilities), 8)
	f.Close()
	f.Comma()
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
