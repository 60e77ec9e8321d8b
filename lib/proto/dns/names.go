package dns

import "merctools/lib/proto"

// OpcodeName is the name of an opcode (IANA, DNS OpCodes), or "".
func OpcodeName(opcode uint8) string { return proto.Name(opcodes[:], opcode) }

var opcodes = [...]string{0: "QUERY", 1: "IQUERY", 2: "STATUS", 4: "NOTIFY", 5: "UPDATE", 6: "DSO"}

// RCodeName is the name of a response code with the bits that EDNS adds (IANA,
// DNS RCODEs), or "".
func RCodeName(code uint16) string { return proto.Name(rcodes[:], code) }

var rcodes = [...]string{
	"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
	"NOTZONE", "DSOTYPENI",
	16: "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC", "BADCOOKIE",
}

// NetBIOSOpcodeName is the name of an opcode of the NetBIOS Name Service (RFC
// 1002, section 4.2.1.1), or "".
func NetBIOSOpcodeName(opcode uint8) string { return proto.Name(netbiosOpcodes[:], opcode) }

var netbiosOpcodes = [...]string{0: "QUERY", 5: "REGISTRATION", 6: "RELEASE", 7: "WACK", 8: "REFRESH"}

// NetBIOSRCodeName is the name of a response code of the NetBIOS Name Service
// (RFC 1002, section 4.2.6), or "".
func NetBIOSRCodeName(code uint16) string { return proto.Name(netbiosRCodes[:], code) }

var netbiosRCodes = [...]string{
	"NOERROR", "FMT_ERR", "SRV_ERR", "NAM_ERR", "IMP_ERR", "RFS_ERR", "ACT_ERR", "CFT_ERR",
}

// EDNSOptionName is the name of an option (IANA, DNS EDNS0 Option Codes), or
// "".
func EDNSOptionName(code uint16) string { return proto.Name(ednsOptions[:], code) }

var ednsOptions = [...]string{
	1: "LLQ", 2: "UPDATE_LEASE", 3: "NSID", 5: "DAU", 6: "DHU", 7: "N3U", 8: "CLIENT_SUBNET", 9: "EXPIRE",
	10: "COOKIE", 11: "TCP_KEEPALIVE", 12: "PADDING", 13: "CHAIN", 14: "KEY_TAG", 15: "EXTENDED_ERROR",
	18: "REPORT_CHANNEL", 19: "ZONEVERSION",
}

// TypeName is the name of a type of records (IANA, Resource Record TYPEs), or
// "".
func TypeName(t uint16) string {
	switch t {
	case 255:
		return "WILDCARD"
	case 32769:
		return "DLV"
	}
	return proto.Name(types[:], t)
}

var types = [...]string{
	1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL", 11: "WKS",
	12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT", 19: "X25", 28: "AAAA", 33: "SRV", 35: "NAPTR",
	43: "DS", 47: "NSEC", 48: "DNSKEY", 65: "HTTPS",
}

// netbiosTypes are the types of records about a NetBIOS name (RFC 1002, section
// 4.2.1.3).
var netbiosTypes = [...]string{typeNB: "NB", typeNBSTAT: "NBSTAT"}

// ClassName is the name of a class (RFC 1035, section 3.2.4), or "".
func ClassName(class uint16) string { return proto.Name(classes[:], class) }

var classes = [...]string{1: "IN", 2: "CS", 3: "CH", 4: "HS"}
