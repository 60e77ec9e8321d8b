package dns

import (
	"merctools/lib/internal/hpkeid"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// WriteECH writes the member ech_config: the first configuration of an
// ECHConfigList, where it is whole (RFC 9849, section 4). What follows its
// public name is taken for extensions.
func WriteECH(w *record.Writer, c wire.Cursor) {
	c.Skip(2) // length of the list
	version := c.Uint16()
	c.Skip(2) // length of the configuration
	id := c.Uint8()
	kem := c.Uint16()
	publicKey := c.Bytes(int(c.Uint16()))
	suites := c.Bytes(int(c.Uint16()))
	maxNameLength := c.Uint8()
	publicName := c.Bytes(int(c.Uint8()))
	if c.Failed() {
		return
	}
	w.Key("ech_config").Object()
	w.Key("version").HexUint(uint64(version), 4)
	w.Key("hpke_key_config").Object()
	w.Key("config_id").Uint(uint64(id))
	w.Key("kem").NameOrHex(hpkeid.KEM(kem), uint64(kem), 4)
	w.Key("public_key").Hex(publicKey)
	w.Key("hpke_symmetric_cipher_suite").Array()
	for suites.More() {
		w.Elem().Object()
		kdf := suites.Uint16()
		w.Key("kdf").NameOrHex(hpkeid.KDF(kdf), uint64(kdf), 4)
		aead := suites.Uint16()
		w.Key("aead").NameOrHex(hpkeid.AEAD(aead), uint64(aead), 4)
		w.EndObject()
	}
	w.EndArray()
	w.EndObject()
	w.Key("maximum_name_length").Uint(uint64(maxNameLength))
	w.OptionalText("public_name", publicName)
	w.Key("extensions").Array()
	writeECHExtensions(w, c)
	w.EndArray()
	w.EndObject()
}

// writeECHExtensions writes each two bytes as a type, with all that follows
// as its data.
func writeECHExtensions(w *record.Writer, c wire.Cursor) {
	const grease = 0x0a0a
	// Quirk Q67: extensions have a length, too.
	for start := w.Len(); !w.Full(start); {
		t := c.Uint16()
		if c.Failed() {
			return
		}
		w.Elem().Object()
		if t == 0 || t&grease == grease {
			w.Key("type").Str("GREASE")
		} else {
			w.Key("type").Str("UNKNOWN")
			w.Key("type_code").Uint(uint64(t))
		}
		w.Key("data").Hex(c)
		w.EndObject()
	}
}
