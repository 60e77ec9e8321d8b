package dns

// TypeName is the name of a type of records (IANA, Resource Record TYPEs), or
// empty.
func TypeName(t uint16) string {
	switch t {
	case 1:
		return "A"
	case 2:
		return "NS"
	case 3:
		return "MD"
	case 4:
		return "MF"
	case 5:
		return "CNAME"
	case 6:
		return "SOA"
	case 7:
		return "MB"
	case 8:
		return "MG"
	case 9:
		return "MR"
	case 10:
		return "NULL"
	case 11:
		return "WKS"
	case 12:
		return "PTR"
	case 13:
		return "HINFO"
	case 14:
		return "MINFO"
	case 15:
		return "MX"
	case 16:
		return "TXT"
	case 19:
		return "X25"
	case 28:
		return "AAAA"
	case 33:
		return "SRV"
	case 35:
		return "NAPTR"
	case 43:
		return "DS"
	case 47:
		return "NSEC"
	case 48:
		return "DNSKEY"
	case 65:
		return "HTTPS"
	case 255:
		return "WILDCARD"
	case 32769:
		return "DLV"
	}
	return ""
}

// netbiosTypeName is the name of a type of records about a NetBIOS name (RFC
// 1002, section 4.2.1.3), or empty.
func netbiosTypeName(t uint16) string {
	switch t {
	case typeNB:
		return "NB"
	case typeNBSTAT:
		return "NBSTAT"
	}
	return ""
}

// ClassName is the name of a class (RFC 1035, section 3.2.4), or empty.
func ClassName(class uint16) string {
	switch class {
	case 1:
		return "IN"
	case 2:
		return "CS"
	case 3:
		return "CH"
	case 4:
		return "HS"
	}
	return ""
}
