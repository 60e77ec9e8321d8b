package schema

import (
	"cmp"
	"fmt"
	"strings"

	"merctools/lib/internal/detect"
	"merctools/lib/packet"
)

// rule says in words what a message is identified by, as a sentence without
// its end.
func rule(r *detect.Rule) string {
	layer := [...]string{detect.TCP: "TCP", detect.UDP: "UDP"}
	switch {
	case r.Layer == detect.IP:
		return fmt.Sprintf("IP protocol %d (%s)", r.Number, protocolName(r.Number))
	case r.Layer == detect.Ethernet && r.Number == packet.EtherTypeCDP:
		return "Ethernet frame with a length and the LLC and SNAP header `aa aa 03 00 00 0c 20 00`"
	case r.Layer == detect.Ethernet:
		return fmt.Sprintf("Ethernet type 0x%04x", r.Number)
	case r.Mask != "":
		s := fmt.Sprintf("%s, at least %d bytes: `%s`", layer[r.Layer], cmp.Or(r.Least, len(r.Mask)), masked(r.Mask, r.Value))
		if text := text(r.Mask, r.Value); text != "" {
			s += fmt.Sprintf(" (%q)", text)
		}
		if r.Length != nil {
			s += " and as long as the message says that it is"
		}
		return s
	case r.Port != 0:
		s := fmt.Sprintf("%s port %d", layer[r.Layer], r.Port)
		switch r.Side {
		case detect.Source:
			s += " of the sender"
		case detect.Destination:
			s += " of the receiver"
		case detect.Both:
			s += " of both"
		}
		if r.Prefix != "" {
			s += fmt.Sprintf(" and `% x` first", r.Prefix)
		}
		if r.Early {
			s += ", before all else"
		}
		return s
	case len(r.Words) > 0:
		s := fmt.Sprintf("%s, begins with %s", layer[r.Layer], words(r.Words))
		if r.HomePort != 0 {
			s += fmt.Sprintf("; where others share the word, first choice towards port %d", r.HomePort)
		}
		return s
	case r.Size != 0:
		return fmt.Sprintf("%s, exactly %d bytes, if it is nothing else", layer[r.Layer], r.Size)
	}
	return "other means"
}

// masked writes the bytes that count, and those that do not as "..". A byte
// of which only some bits count has its mask behind it.
func masked(mask, value string) string {
	var parts []string
	last := 0
	for i := range len(mask) {
		switch mask[i] {
		case 0:
			parts = append(parts, "..")
			continue
		case 0xff:
			parts = append(parts, fmt.Sprintf("%02x", value[i]))
		default:
			parts = append(parts, fmt.Sprintf("%02x/%02x", value[i], mask[i]))
		}
		last = len(parts)
	}
	if last == 0 {
		return ".."
	}
	return strings.Join(parts[:last], " ")
}

// text is the longest run of ASCII among the bytes that count, if it is long
// enough to be one.
func text(mask, value string) string {
	const minText = 3
	var longest, run string
	for i := range len(mask) {
		if mask[i] != 0xff || value[i] < ' ' || value[i] > '~' {
			run = ""
			continue
		}
		if run += value[i : i+1]; len(run) > len(longest) {
			longest = run
		}
	}
	if len(longest) < minText {
		return ""
	}
	return longest
}

func words(list []string) string {
	var quoted []string
	for _, w := range list {
		w = strings.ReplaceAll(w, "\r", `\r`)
		if strings.Contains(w, " ") { // as Markdown drops blanks at the ends of code
			w = fmt.Sprintf("%q", w)
		}
		quoted = append(quoted, "`"+w+"`")
	}
	if n := len(quoted) - 1; n > 0 {
		return strings.Join(quoted[:n], ", ") + " or " + quoted[n]
	}
	return quoted[0]
}

func protocolName(number uint16) string {
	switch number {
	case packet.ProtocolICMP:
		return "ICMP"
	case packet.ProtocolTCP:
		return "TCP"
	case packet.ProtocolGRE:
		return "GRE"
	case packet.ProtocolESP:
		return "ESP"
	case packet.ProtocolICMPv6:
		return "ICMPv6"
	case packet.ProtocolOSPF:
		return "OSPF"
	case packet.ProtocolSCTP:
		return "SCTP"
	}
	return "unnamed"
}
