package members

import (
	"encoding/binary"

	"merctools/lib/proto/dns"
	"merctools/lib/record"
)

var dnsFields = []record.Field{
	record.F("response", record.Bool, "the QR bit"),
	record.F("opcode", record.String, "name of the opcode, or UNKNOWN"),
	record.F("opcode_code", record.Uint, "number of an opcode without a name"),
	record.F("rcode", record.String, "name of a response's code, with the bits that EDNS adds, or UNKNOWN"),
	record.F("rcode_code", record.Uint, "number of a code without a name"),
	record.F("aa", record.Bool, "authoritative answer"),
	record.F("tc", record.Bool, "truncated"),
	record.F("rd", record.Bool, "recursion desired"),
	record.F("ra", record.Bool, "recursion available"),
	record.F("ad", record.Bool, "authentic data; not in the NetBIOS Name Service"),
	record.F("cd", record.Bool, "checking disabled; not in the NetBIOS Name Service"),
	record.O("edns", "the OPT record (RFC 6891)",
		record.F("udp_size", record.Uint, "bytes of the largest UDP payload that the sender takes"),
		record.F("version", record.Uint, "version"),
		record.F("do", record.Bool, "DNSSEC records are wanted"),
		record.A("options", "options",
			record.F("name", record.String, "name, or UNKNOWN"),
			record.F("code", record.Uint, "number of an option without a name"),
			record.F("data", record.Hex, "data"))),
}

const dnsTextBits = 7

// dnsTexts keeps the header as text of messages whose OPT record has no options,
// or that have none: it follows from a number.
type dnsTexts [1 << dnsTextBits]struct {
	key  uint64 // 0 where there is no text
	text []byte
}

// writeDNS writes a header that is the same for many messages: it follows from
// the flags and the OPT record.
func writeDNS(s *Set, w *record.Writer) {
	m := s.Message.dns
	edns, hasEDNS := m.EDNS()
	key := uint64(1)<<16 | uint64(m.Flags()) // whether it is a response is one of these
	key = key<<40 | uint64(edns.ExtendedRCode)<<32 | uint64(edns.UDPSize)<<16 | uint64(edns.Version)<<8
	if m.IsNetBIOS() {
		key |= 1
	}
	if hasEDNS {
		key |= 2
	}
	if edns.DO {
		key |= 4
	}
	if edns.Options.More() {
		s.text = append(binary.LittleEndian.AppendUint64(s.text[:0], key), edns.Options...)
		if text, ok := s.options.Find(s.text); ok {
			w.RawMember(text)
		} else {
			s.options.Add(s.text, writeHeader(w, m, &edns, hasEDNS))
		}
		return
	}
	e := &s.headers[key*0x9e3779b97f4a7c15>>(64-dnsTextBits)]
	if e.key == key {
		w.RawMember(e.text)
	} else {
		e.key, e.text = key, append(e.text[:0], writeHeader(w, m, &edns, hasEDNS)...)
	}
}

// writeHeader returns what it writes, without the comma before it.
func writeHeader(w *record.Writer, m *dns.Message, edns *dns.EDNS, hasEDNS bool) []byte {
	start := w.Len()
	w.Key("dns_header").Object()
	writeFlags(w, m, uint16(m.RCode())|uint16(edns.ExtendedRCode)<<4)
	if hasEDNS {
		writeEDNS(w, edns)
	}
	w.EndObject()
	return withoutComma(w.Bytes()[start:])
}

func writeFlags(w *record.Writer, m *dns.Message, rcode uint16) {
	flags, opcode := m.Flags(), m.Opcode()
	opcodeName, rcodeName := dns.OpcodeName(opcode), dns.RCodeName(rcode)
	if m.IsNetBIOS() {
		opcodeName, rcodeName = dns.NetBIOSOpcodeName(opcode), dns.NetBIOSRCodeName(rcode)
	}
	w.Key("response").Bool(m.Response)
	writeName(w, "opcode", opcodeName, "opcode_code", uint16(opcode))
	if m.Response {
		writeName(w, "rcode", rcodeName, "rcode_code", rcode)
	}
	w.Key("aa").Bool(flags&dns.FlagAA != 0)
	w.Key("tc").Bool(flags&dns.FlagTC != 0)
	w.Key("rd").Bool(flags&dns.FlagRD != 0)
	w.Key("ra").Bool(flags&dns.FlagRA != 0)
	if !m.IsNetBIOS() {
		w.Key("ad").Bool(flags&dns.FlagAD != 0)
		w.Key("cd").Bool(flags&dns.FlagCD != 0)
	}
}

func writeEDNS(w *record.Writer, e *dns.EDNS) {
	w.Key("edns").Object()
	w.Key("udp_size").Uint(uint64(e.UDPSize))
	w.Key("version").Uint(uint64(e.Version))
	w.Key("do").Bool(e.DO)
	if e.Options.More() {
		w.Key("options").Array()
		for o, ok := e.NextOption(); ok; o, ok = e.NextOption() {
			w.Elem().Object()
			writeName(w, "name", dns.EDNSOptionName(o.Code), "code", o.Code)
			w.Key("data").Hex(o.Data)
			w.EndObject()
		}
		w.EndArray()
	}
	w.EndObject()
}

// writeName writes the name of a code, or the code where it has none.
func writeName(w *record.Writer, key, name, codeKey string, code uint16) {
	if name == "" {
		w.Key(key).Str("UNKNOWN")
		w.Key(codeKey).Uint(uint64(code))
		return
	}
	w.Key(key).Str(name)
}
