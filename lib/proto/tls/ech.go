package tls

import (
	"merctools/lib/internal/hpkeid"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// An encryptedHello is an encrypted_client_hello extension of an outer
// ClientHello (RFC 9849, section 5). What is not there is zero.
type encryptedHello struct {
	kdf, aead  uint16 // HPKE code points (RFC 9180, section 7)
	configID   uint8
	payloadLen int // bytes
}

func (e *encryptedHello) parse(c wire.Cursor) {
	// Quirk Q44: an inner one is read as an outer one.
	c.Skip(1) // outer or inner
	e.kdf = c.Uint16()
	e.aead = c.Uint16()
	e.configID = c.Uint8()
	c.Skip(int(c.Uint16())) // encapsulated key
	e.payloadLen = c.Bytes(int(c.Uint16())).Len()
}

func (e *encryptedHello) writeRecord(w *record.Writer) {
	w.Key("ech_client_hello").Object()
	w.Key("hpke_symmetric_cipher_suite").Object()
	w.Key("kdf").NameOrHex(hpkeid.KDF(e.kdf), uint64(e.kdf), 4)
	w.Key("aead").NameOrHex(hpkeid.AEAD(e.aead), uint64(e.aead), 4)
	w.EndObject()
	w.Key("config_id").Uint(uint64(e.configID))
	w.Key("payload_length").Uint(uint64(e.payloadLen))
	w.EndObject()
}
