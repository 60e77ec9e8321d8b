package tcp

// OptionName is the name of a kind of option (IANA registry "TCP Option Kind
// Numbers"), or "".
func OptionName(kind uint8) string {
	switch kind {
	case optionEnd:
		return "end of options"
	case optionNOP:
		return "no operation"
	case optionMSS:
		return "maximum segment size"
	case optionWindowScale:
		return "window scale"
	case 4:
		return "SACK permitted"
	case 5:
		return "SACK"
	case optionTimestamps:
		return "timestamps"
	case 19:
		return "MD5 signature"
	case 28:
		return "user timeout"
	case 29:
		return "TCP authentication"
	case 30:
		return "multipath TCP"
	case 34:
		return "TCP fast open cookie"
	case 69:
		return "encryption negotiation"
	case 253, 254:
		return "experiment"
	}
	return ""
}
