package dhcp

import (
	"cmp"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Tags of options (RFC 2132; RFC 3925 for the vendor class).
const (
	tagPad              = 0
	tagHostname         = 12
	tagRequestedAddress = 50
	tagLeaseTime        = 51
	tagMessageType      = 53
	tagParameterList    = 55
	tagVendorClassID    = 60
	tagClientID         = 61
	tagAuthentication   = 90 // RFC 3118, which may hold a token in the clear
	tagVendorClass      = 124
	tagEnd              = 255
)

// An Option is one option (RFC 2132, section 2).
type Option struct {
	Tag    uint8
	Length uint8       // of the value in bytes, as announced
	Value  wire.Cursor // failed where it is cut off, and for Pad and End
}

func readOption(c *wire.Cursor) (o Option) {
	// Quirk Q69: the end does not end the options.
	o.Tag = c.Uint8()
	if o.Tag != tagPad && o.Tag != tagEnd {
		o.Length = c.Uint8()
		o.Value = c.Bytes(int(o.Length))
	}
	return o
}

// write writes what is known of the option's meaning.
func (o *Option) write(w *record.Writer) {
	switch o.Tag {
	case tagMessageType:
		c := o.Value
		w.Key("msg_type").Str(MessageTypeName(c.Uint8()))
	case tagRequestedAddress:
		if n := len(o.Value); n == 4 || n == 16 {
			w.Key("requested_address").IP(o.Value)
		}
	case tagHostname:
		w.OptionalText("hostname", o.Value)
	case tagVendorClassID:
		w.OptionalText("vendor_class_id", o.Value)
	case tagClientID:
		w.Key("client_id").Object()
		writeClientID(w, o.Value)
		w.EndObject()
	}
}

// vendor stands for the name of a hardware address's vendor.
//
// Quirk Q68: no list of vendors is there.
const vendor = "unknown"

// writeClientID follows RFC 2132, section 9.14, and RFC 4361, section 6.1.
func writeClientID(w *record.Writer, c wire.Cursor) {
	const (
		ethernet            = 1
		identityAssociation = 255
		enterpriseDUID      = 2
	)
	hardware := c.Uint8()
	w.Key("hw_type").Str(hardwareTypeName(hardware))
	switch hardware {
	case ethernet:
		w.Key("address").Hex(c)
		w.Key("oui").Str(vendor)
	case identityAssociation:
		w.Key("iaid").Uint(uint64(c.Uint32()))
		if c.Uint16() == enterpriseDUID {
			w.Key("enterprise_number").Uint(uint64(c.Uint32()))
			w.Key("identifier").Hex(c)
		}
	default:
		w.Key("hw_type_code").Uint(uint64(hardware))
	}
}

// writeInFull writes the option whether its meaning is known or not.
func (o *Option) writeInFull(w *record.Writer) {
	c := o.Value
	switch o.Tag {
	case tagLeaseTime:
		w.Key("ip_address_lease_time").Uint(uint64(c.Uint32()))
	case tagMessageType:
		w.Key("msg_type").Uint(uint64(c.Uint8()))
	case tagHostname:
		w.OptionalText("hostname", o.Value)
	case tagVendorClassID:
		w.OptionalText("vendor_class_id", o.Value)
	case tagClientID:
		w.Key("hwtype").Uint(uint64(c.Uint8()))
		w.Key("client_id").Hex(c)
		w.Key("oui").Str(vendor)
	case tagEnd:
		w.Key("end").Str("end")
	case tagPad:
		w.Key("pad").Str("pad")
	default:
		w.Key("tag").Uint(uint64(o.Tag))
		w.Key("length").Uint(uint64(o.Length))
		w.Key("value")
		if o.Tag == tagAuthentication {
			w.SecretHex(c)
		} else {
			w.Hex(c)
		}
	}
}

// hardwareTypeName is the name of a client identifier's hardware type (IANA,
// ARP Hardware Types).
func hardwareTypeName(t uint8) string {
	switch t {
	case 0:
		return "reserved"
	case 1:
		return "ethernet"
	case 255:
		return "identity_association"
	}
	return "Unknown"
}

var messageTypeNames = [...]string{
	1:  "discover",
	2:  "offer",
	3:  "request",
	4:  "decline",
	5:  "ack",
	6:  "nack",
	7:  "release",
	8:  "inform",
	9:  "force_renew",
	10: "lease_query",
	11: "lease_unassigned",
	12: "lease_unknown",
	13: "lease_active",
	14: "bulk_lease_query",
	15: "lease_query_done",
	16: "active_lease_query",
	17: "lease_query_status",
	18: "tls",
}

// MessageTypeName is the name of a message type (IANA, DHCP Message Types).
func MessageTypeName(t uint8) string {
	return cmp.Or(proto.Name(messageTypeNames[:], t), "unknown")
}
