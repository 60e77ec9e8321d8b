// Package cdp reads messages of the Cisco Discovery Protocol.
package cdp

import (
	"iter"
	"strings"

	"merctools/lib/internal/detect"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes CDP.
var Protocol = &proto.Protocol{
	Name: "CDP",
	Doc:  "Cisco Discovery Protocol",
	Spec: "Cisco, CDP packet format",
	Messages: []proto.Kind{{
		Name:   "message",
		Select: []string{"cdp"},
		Match:  []detect.Rule{{Layer: detect.Ethernet, Number: packet.EtherTypeCDP}},
		New:    func(*proto.Options) proto.Message { return new(Message) },
	}},
	Fields: []proto.Field{proto.A("cdp", "the elements of a CDP message, up to the first that is empty or cut off",
		proto.A("addresses", "addresses of the device",
			proto.F("ipv4_addr", proto.Address, "an IPv4 address").In(proto.Many),
			proto.F("ipv6_addr", proto.Address, "an IPv6 address").In(proto.Many)).To(proto.Merged),
		proto.F("device_id", proto.Text, "name of the device"),
		proto.F("interface", proto.Text, "interface that the message was sent on"),
		proto.F("capabilities", proto.Hex, "capabilities"),
		proto.F("software_version", proto.Text, "software"),
		proto.F("platform", proto.Text, "hardware"),
		proto.F("vtp_domain", proto.Text, "VTP management domain"),
		proto.F("native_vlan_tag", proto.Hex, "native VLAN").To(proto.HexNumber),
		proto.F("full_duplex", proto.Bool, "whether the interface is full duplex"),
		proto.F("mtu", proto.Uint, "maximum transmission unit, in bytes"),
		proto.F("sys_name_fqdn", proto.Text, "system name"),
		proto.F("sys_mib_oid", proto.Hex, "system object identifier"),
		proto.F("type", proto.Uint, "type of any other element").In(proto.Other),
		proto.F("length", proto.Uint, "its length, with four bytes for type and length").In(proto.With),
		proto.F("value", proto.Hex, "its value").In(proto.With),
	).To(proto.Merged)},
}

// A Message is a CDP message.
type Message struct {
	elements wire.Cursor
}

// Parse implements proto.Message. The LLC header is still in c.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.SkipUpTo(8 + 2 + 2) // LLC header; version and time to live; checksum
	m.elements = c
	return c.More()
}

// An Element is one element, a type with a value.
type Element struct {
	Type   uint16
	Length uint16      // bytes, those of type and length included
	Value  wire.Cursor // failed where it is cut off
}

func readElement(c *wire.Cursor) (e Element) {
	e.Type = c.Uint16()
	e.Length = c.Uint16()
	e.Value = c.Bytes(int(e.Length) - elementHeaderLen)
	return e
}

// Elements yields the elements, up to one that is empty or cut off.
func (m *Message) Elements() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for c := m.elements; c.More(); {
			if e := readElement(&c); !e.Value.More() || !yield(e) {
				return
			}
		}
	}
}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key("cdp").Array()
	start := w.Len()
	for e := range m.Elements() {
		if w.Full(start) {
			break
		}
		w.Elem().Object()
		e.write(w)
		w.EndObject()
	}
	w.EndArray()
}

const elementHeaderLen = 4 // bytes of type and length, which the length counts

// Types of elements.
const (
	typeDeviceID        = 0x0001
	typeAddresses       = 0x0002
	typePortID          = 0x0003
	typeCapabilities    = 0x0004
	typeSoftwareVersion = 0x0005
	typePlatform        = 0x0006
	typeVTPDomain       = 0x0009
	typeNativeVLAN      = 0x000a
	typeDuplex          = 0x000b
	typeMTU             = 0x0011
	typeSystemName      = 0x0014
	typeSystemOID       = 0x0015
)

func (e *Element) write(w *record.Writer) {
	value := e.Value
	switch e.Type {
	case typeAddresses:
		writeAddresses(w, value)
	case typeDeviceID:
		w.Key("device_id").Text(value)
	case typePortID:
		w.Key("interface").Text(value)
	case typeCapabilities:
		w.Key("capabilities").Hex(value)
	case typeSoftwareVersion:
		w.Key("software_version").Text(value)
	case typePlatform:
		w.Key("platform").Text(value)
	case typeVTPDomain:
		w.Key("vtp_domain").Text(value)
	case typeNativeVLAN:
		w.Key("native_vlan_tag").Hex(value)
	case typeDuplex:
		const full = 0x80
		if len(value) == 1 {
			w.Key("full_duplex").Bool(value.Uint8() == full)
		}
	case typeMTU:
		var mtu uint64
		for value.More() {
			mtu = mtu<<8 | uint64(value.Uint8())
		}
		w.Key("mtu").Uint(mtu)
	case typeSystemName:
		w.Key("sys_name_fqdn").Text(value)
	case typeSystemOID:
		w.Key("sys_mib_oid").Hex(value)
	default:
		w.Key("type").Uint(uint64(e.Type))
		w.Key("length").Uint(uint64(e.Length))
		w.Key("value").Hex(value)
	}
}

// writeAddresses writes an object for every address that the element says it
// has; those of protocols other than IP, and those that it does not have
// after all, are empty. Where there are too many for any record, it gives up.
func writeAddresses(w *record.Writer, c wire.Cursor) {
	const (
		nlpidIPv4 = 0xcc
		llcSAP    = 0xaa // first byte of the LLC header that stands for IPv6
	)
	w.Key("addresses").Array()
	start := w.Len()
	// Quirk Q71: the number is believed.
	for left := c.Uint32(); left > 0; left-- {
		if c.Failed() && w.Len() > start {
			writeEmpty(w, left)
			break
		}
		if w.Full(start) {
			break
		}
		c.Skip(1) // how the protocol is named
		protocol := c.Bytes(int(c.Uint8()))
		addr := c.Bytes(int(c.Uint16()))
		w.Elem().Object()
		switch name, _ := protocol.Peek(); {
		case name == nlpidIPv4 && len(addr) == 4:
			w.Key("ipv4_addr").IP(addr)
		case name == llcSAP && len(addr) == 16:
			w.Key("ipv6_addr").IP(addr)
		}
		w.EndObject()
	}
	w.EndArray()
}

var emptyObjects = []byte(strings.Repeat(emptyObject, 10_000))

const emptyObject = ",{}" // behind another element

// writeEmpty writes n empty objects behind another one, or as many as are too
// many for a record.
func writeEmpty(w *record.Writer, n uint32) {
	all := (w.Bound() + len(emptyObject)) / len(emptyObject)
	for left := len(emptyObject) * min(int(n), all); left > 0; {
		some := min(left, len(emptyObjects))
		w.Raw(emptyObjects[:some])
		left -= some
	}
}
