package packet

import (
	"strings"
	"testing"

	"merctools/lib/wire"
)

const (
	snapIPv4 = "\xaa\xaa\x03\x00\x00\x00\x08\x00"
	snapIPv6 = "\xaa\xaa\x03\x00\x00\x00\x86\xdd"
	six      = "\x01\x02\x03\x04\x05\x06"
	eight    = "\x01\x02\x03\x04\x05\x06\x07\x08"

	wifi    = "\x00\x00" + six + six + six + "\x10\x00" // behind the frame control: duration, addresses, sequence
	data    = "\x08\x02" + wifi
	qos     = "\x88\x02" + wifi + "\x00\x00"
	wifiEnd = "\x08\x01" + "\x00\x00" + six + six + six + "\x11\x00" // a second fragment
)

var wifiFrames = []test{
	{"data", data + snapIPv4 + "data", EtherTypeIPv4, "data"},
	{"data with an Ethernet type of IEEE 802.1H", data + "\xaa\xaa\x03\x00\x00\xf8\x86\xdddata", EtherTypeIPv6, "data"},
	{"four addresses", "\x08\x03" + wifi + six + snapIPv6 + "data", EtherTypeIPv6, "data"},
	{"QoS", qos + snapIPv4 + "data", EtherTypeIPv4, "data"},
	{"QoS, four addresses", "\x88\x03" + wifi + six + "\x05\x00" + snapIPv4 + "data", EtherTypeIPv4, "data"},
	{"QoS, HT control", "\x88\x82" + wifi + "\x00\x00\x00\x00\x00\x00" + snapIPv4 + "data", EtherTypeIPv4, "data"},
	{"several packets", "\x88\x02" + wifi + "\x80\x00" + six + six + "\x00\x0c" + snapIPv4 + "data", EtherTypeIPv4, "data"},
	{"VLAN", data + "\xaa\xaa\x03\x00\x00\x00\x81\x00\x00\x05\x08\x00data", EtherTypeIPv4, "data"},
	{"ARP", data + "\xaa\xaa\x03\x00\x00\x00\x08\x06data", EtherTypeARP, "data"},
	{"nothing behind the type", data + snapIPv4, EtherTypeIPv4, ""},
	{"type cut off", data + snapIPv4[:7], EtherTypeNone, ""},
	{"another organization", data + "\xaa\xaa\x03\x00\x00\x0c\x20\x00data", EtherTypeNone, ""},
	{"encrypted", "\x08\x42" + wifi + snapIPv4 + "data", EtherTypeNone, ""},
	{"no data", "\x48\x02" + wifi + snapIPv4 + "data", EtherTypeNone, ""},
	{"QoS without data", "\xc8\x02" + wifi + "\x00\x00" + snapIPv4 + "data", EtherTypeNone, ""},
	{"beacon", "\x80\x00" + wifi + snapIPv4 + "data", EtherTypeNone, ""},
	{"acknowledgement", "\xd4\x00\x00\x00" + six, EtherTypeNone, ""},
	{"second fragment", wifiEnd + snapIPv4 + "data", EtherTypeNone, ""},
	{"header cut off", data[:20], EtherTypeNone, ""},
	{"empty", "", EtherTypeNone, ""},
}

// behind are frames behind a header.
func behind(header string, frames []test) []test {
	var out []test
	for _, f := range frames {
		f.frame = header + f.frame
		out = append(out, f)
	}
	return out
}

func Test80211(t *testing.T) {
	run(t, Link80211, wifiFrames)

	const plain = "\x00\x00\x08\x00\x00\x00\x00\x00"
	run(t, LinkRadiotap, behind(plain, wifiFrames))
	run(t, LinkRadiotap, behind("\x00\x00\x0a\x00\x06\x00\x00\x00\x00\x02", wifiFrames))               // flags, rate
	run(t, LinkRadiotap, behind("\x00\x00\x14\x00\x01\x00\x00\x80\x01\x00\x00\x00"+eight, wifiFrames)) // two bitmaps
	run(t, LinkRadiotap, behind("\x00\x00\x0b\x00\xff\xff\xff\xff\xff\xff\xff", wifiFrames))           // fields that are not there
	run(t, LinkRadiotap, behind("\x00\x00\x0c\x00\x00\x00\x00\xc0\x00\x00\x00\x00", wifiFrames))       // a vendor's, empty
	const padded = "\x00\x00\x09\x00\x02\x00\x00\x00\x20"
	run(t, LinkRadiotap, []test{
		{"padded header", padded + qos + "\x00\x00" + snapIPv4 + "data", EtherTypeIPv4, "data"},
		{"padded header of a multiple of 4", padded + data + snapIPv4 + "data", EtherTypeIPv4, "data"},
		{"length too small", "\x00\x00\x07\x00\x00\x00\x00\x00" + data + snapIPv4, EtherTypeNone, ""},
		{"length too great", "\x00\x00\xff\x00\x00\x00\x00\x00" + data + snapIPv4, EtherTypeNone, ""},
		{"cut off", plain[:5], EtherTypeNone, ""},
	})

	avs := "\x80\x21\x10\x01\x00\x00\x00\x40" + strings.Repeat(eight, 7)
	run(t, 163, behind(avs, wifiFrames))
	run(t, 119, behind(avs, wifiFrames))
	run(t, 163, []test{
		{"length too small", "\x80\x21\x10\x01\x00\x00\x00\x07" + data, EtherTypeNone, ""},
		{"length too great", "\x80\x21\x10\x01\xff\xff\xff\xff" + data, EtherTypeNone, ""},
	})
	prism := "\x44\x00\x00\x00\x24\x00\x00\x00wlan0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + "\x44\x00\x01\x00\x00\x00\x04\x00\x01\x02\x03\x04"
	run(t, 119, behind(prism, wifiFrames))
	run(t, 119, []test{{"cut off", prism[:30], EtherTypeNone, ""}})

	run(t, 192, behind("\x00\x00\x0c\x00\x69\x00\x00\x00\x01\x02\x03\x04", wifiFrames))
	run(t, 192, []test{
		{"Ethernet", "\x00\x00\x08\x00\x01\x00\x00\x00" + macs + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"PPI", "\x00\x00\x08\x00\xc0\x00\x00\x00\x00\x00\x08\x00\x01\x00\x00\x00" + macs + ipv4Type + "data", EtherTypeNone, ""},
		{"cut off", "\x00\x00\x08\x00\x01\x00\x00", EtherTypeNone, ""},
	})
}

var llcFrames = []test{
	{"SNAP", snapIPv4 + "data", EtherTypeIPv4, "data"},
	{"SNAP, IPv6", snapIPv6 + "data", EtherTypeIPv6, "data"},
	{"IP without SNAP", "\x06\x06\x03data", EtherTypeIPv4, "data"},
	{"NLPID", "\xfe\xfe\x03\xccdata", EtherTypeIPv4, "data"},
	{"NLPID of PPP", "\xfe\xfe\x03\xcf\x00\x21data", EtherTypeIPv4, "data"},
	{"bridged Ethernet", "\xaa\xaa\x03\x00\x80\xc2\x00\x07\x00\x00" + macs + ipv6Type + "data", EtherTypeIPv6, "data"},
	{"spanning tree", "\x42\x42\x03\x00\x00\x00\x00\x00", EtherTypeNone, ""},
	{"cut off", snapIPv4[:6], EtherTypeNone, ""},
	{"empty", "", EtherTypeNone, ""},
}

func TestLANs(t *testing.T) {
	run(t, 100, llcFrames)
	run(t, 10, behind("\x50"+six+six, llcFrames))
	run(t, 10, behind("\xd4"+six+six, llcFrames))
	run(t, 10, []test{{"not LLC", "\x41" + six + six + snapIPv4 + "data", EtherTypeNone, ""}})
	run(t, 6, behind("\x10\x40"+six+six, llcFrames))
	run(t, 6, behind("\x10\x40"+six+"\x81\x02\x03\x04\x05\x06"+"\x06\x30\x00\x11\x00\x20", llcFrames))
	run(t, 6, []test{{"of the ring", "\x10\x00" + six + six + snapIPv4 + "data", EtherTypeNone, ""}})
	run(t, 122, behind(eight+eight, llcFrames))
	run(t, 123, behind("\x82\x00\x00\x20", llcFrames))
	run(t, 123, []test{
		{"LAN emulation", "\x01\x00\x00\x20\x00\x07" + macs + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"signalling", "\x06\x00\x00\x05data", EtherTypeNone, ""},
	})
	run(t, 138, []test{
		{"IPv4", eight + eight + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"cut off", eight + eight + "\x08", EtherTypeNone, ""},
	})
	run(t, 242, []test{
		{"IPv6", strings.Repeat(eight, 5) + ipv6Type + "\x00\x00data", EtherTypeIPv6, "data"},
		{"cut off", strings.Repeat(eight, 5) + ipv6Type + "\x00", EtherTypeNone, ""},
	})
	ethernet := []test{
		{"IPv4", macs + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"VLAN", macs + vlan + tci + ipv6Type + "data", EtherTypeIPv6, "data"},
		{"cut off", macs + "\x08", EtherTypeNone, ""},
	}
	run(t, 143, behind("\x00\x00\x00\x20\xaa\xbb", ethernet))
	run(t, 143, behind("\x01\x03\x00\x20abc\xaa\xbb", ethernet))
	run(t, 143, []test{
		{"management", "\xc2\x00\x00\x20\xaa\xbb" + macs + ipv4Type + "data", EtherTypeNone, ""},
		{"header cut off", "\x01\xff\x00\x20abc", EtherTypeNone, ""},
	})
	run(t, 240, behind("\x00\x00\x00\x00", ethernet))
	run(t, 241, behind("\x00\x00\x00\x00\x55\x55\x55\x55\x55\x55\x55\xd5", ethernet))
	run(t, 274, behind("\x55\x55\x55\x55\x55\x55\x55\xd5", ethernet))
	run(t, 274, []test{{"fragment", "\x55\x55\x55\x55\x55\x55\x55\xe6" + macs + ipv4Type + "data", EtherTypeNone, ""}})
}

func TestWANs(t *testing.T) {
	ppp := []test{
		{"IPv4", "\xff\x03\x00\x21data", EtherTypeIPv4, "data"},
		{"IPv6, compressed", "\x57data", EtherTypeIPv6, "data"},
		{"LCP", "\xff\x03\xc0\x21data", EtherTypeNone, ""},
		{"empty", "", EtherTypeNone, ""},
	}
	hdlc := []test{
		{"unicast", "\x0f\x00\x08\x00data", EtherTypeIPv4, "data"},
		{"broadcast", "\x8f\x00\x86\xdddata", EtherTypeIPv6, "data"},
		{"MPLS", "\x0f\x00\x88\x47\x00\x01\x01\x40data", EtherTypeIPv4, "data"},
		{"SLARP", "\x8f\x00\x80\x35data", 0x8035, "data"},
		{"cut off", "\x0f\x00\x08", EtherTypeNone, ""},
	}
	relay := []test{
		{"IPv4", "\x18\x41\x03\xccdata", EtherTypeIPv4, "data"},
		{"IPv6", "\x18\x41\x03\x8edata", EtherTypeIPv6, "data"},
		{"address of four bytes", "\x18\x40\x40\x41\x03\xccdata", EtherTypeIPv4, "data"},
		{"padding and SNAP", "\x18\x41\x03\x00\x80\x00\x00\x00\x08\x00data", EtherTypeIPv4, "data"},
		{"bridged", "\x18\x41\x03\x00\x80\x00\x80\xc2\x00\x07" + "\x00\x00" + macs + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"PPP", "\x18\x41\x03\xcf\x00\x21data", EtherTypeIPv4, "data"},
		{"Cisco", "\x18\x41\x08\x00data", EtherTypeIPv4, "data"},
		{"LMI", "\x00\x01\x03\x08\x00data", EtherTypeNone, ""},
		{"address without an end", "\x18\x40\x40\x40\x40\x03\xccdata", EtherTypeNone, ""},
		{"cut off", "\x18\x41\x03", EtherTypeNone, ""},
		{"empty", "", EtherTypeNone, ""},
	}
	run(t, 50, ppp)
	run(t, 50, hdlc)
	run(t, 104, hdlc)
	run(t, 107, relay)
	run(t, 204, behind("\x01", ppp))
	run(t, 205, behind("\x00", hdlc))
	run(t, 206, behind("\x01", relay))
	run(t, 166, []test{
		{"control", "\x00\x03\x00\x21data", EtherTypeIPv4, "data"},
		{"no control", "\x01\x00\x57data", EtherTypeIPv6, "data"},
		{"cut off", "\x01", EtherTypeNone, ""},
	})
	run(t, 51, []test{{"PPPoE", "\x11\x00\x00\x01\x00\x06\x00\x21data", EtherTypeIPv4, "data"}})
	run(t, 8, []test{
		{"uncompressed", "\x00\x45" + eight + six + "data", EtherTypeIPv4, "data"},
		{"compressed", "\x00\x80" + eight + six + "data", EtherTypeNone, ""},
		{"cut off", "\x00\x45" + eight, EtherTypeNone, ""},
	})
	run(t, 219, []test{
		{"two labels", "\x00\x01\x00\x40\x00\x02\x01\x40data", EtherTypeIPv4, "data"},
		{"no end", "\x00\x01\x00\x40", EtherTypeNone, ""},
	})
}

func TestPseudoHeaders(t *testing.T) {
	pflog := func(family byte) string { return "\x3d" + string([]byte{family}) + strings.Repeat("\x00", 62) }
	run(t, 117, []test{
		{"IPv4", pflog(2) + "data", EtherTypeIPv4, "data"},
		{"IPv6", pflog(24) + "data", EtherTypeIPv6, "data"},
		{"another family", pflog(9) + "data", EtherTypeNone, ""},
		{"cut off", pflog(2)[:50], EtherTypeNone, ""},
	})
	run(t, 109, []test{
		{"IPv4", "\x00\x00\x00\x02" + eight + "data", EtherTypeIPv4, "data"},
		{"IPv6", "\x18\x00\x00\x00" + eight + "data", EtherTypeIPv6, "data"},
		{"cut off", "\x18\x00\x00\x00" + eight[:7], EtherTypeNone, ""},
	})
	ipnet := strings.Repeat("\x00", 22)
	run(t, 226, []test{
		{"IPv4", "\x01\x02" + ipnet + "data", EtherTypeIPv4, "data"},
		{"IPv6", "\x01\x1a" + ipnet + "data", EtherTypeIPv6, "data"},
		{"cut off", "\x01\x1a" + ipnet[1:], EtherTypeNone, ""},
	})
	run(t, 239, []test{
		{"little-endian", "\x02\x00\x00\x05" + "\x05\x00\x0a\x00a\x00\x00\x00" + "\x08\x00\x09\x00data", EtherTypeIPv4, "data"},
		{"big-endian", "\x0a\x00\x00\x05" + "\x00\x08\x00\x01abcd" + "\x00\x08\x00\x09data", EtherTypeIPv6, "data"},
		{"no payload", "\x02\x00\x00\x05" + "\x08\x00\x01\x00abcd", EtherTypeNone, ""},
		{"attribute of no length", "\x02\x00\x00\x05" + "\x00\x00\x01\x00abcd", EtherTypeNone, ""},
		{"attribute cut off", "\x02\x00\x00\x05" + "\x10\x00\x01\x00abcd", EtherTypeNone, ""},
		{"another family", "\x07\x00\x00\x05" + "\x08\x00\x09\x00data", EtherTypeNone, ""},
		{"another version", "\x02\x01\x00\x05" + "\x08\x00\x09\x00data", EtherTypeNone, ""},
		{"empty", "", EtherTypeNone, ""},
	})
	for _, linkType := range []uint16{149, 258} {
		head := "\x10\x00\x00\x00\x01\x00\x00\x00"
		run(t, linkType, []test{
			{"Ethernet", head + "\x01\x00\x00\x00abcd" + macs + ipv4Type + "data", EtherTypeIPv4, "data"},
			{"raw", head + "\x0c\x00\x00\x00abcddata", EtherTypeIPv4, "data"},
			{"loopback", head + "\x00\x00\x00\x00abcd\x1e\x00\x00\x00data", EtherTypeIPv6, "data"},
			{"PPP", head + "\x09\x00\x00\x00abcd\x00\x21data", EtherTypeIPv4, "data"},
			{"another link type", head + "\x93\x00\x00\x00abcddata", EtherTypeNone, ""},
			{"no packet", "\x10\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00abcd" + macs + ipv4Type + "data", EtherTypeNone, ""},
			{"cut off", head + "\x01\x00\x00\x00abc", EtherTypeNone, ""},
		})
	}
}

// Every link type that can be read takes frames of any length.
func TestAllLinkTypesCutOff(t *testing.T) {
	frame := wire.Of([]byte(data + snapIPv4 + strings.Repeat(eight, 20)))
	for linkType := range linkTypes {
		if !CanRead(uint16(linkType)) {
			continue
		}
		for n := range frame {
			rest, etherType := linkTypes[linkType].read(frame[:n:n])
			if etherType != EtherTypeNone && !strings.HasSuffix(string(frame[:n]), string(rest)) {
				t.Fatalf("%s: %x is left of %x", LinkTypeName(uint16(linkType)), rest, frame[:n])
			}
		}
	}
}

// rareFrames are seeds for fuzzing.
var rareFrames = []struct {
	linkType uint16
	frame    string
}{
	{Link80211, qos + snapIPv4 + "data"},
	{LinkRadiotap, "\x00\x00\x0b\x00\xff\xff\xff\xff\xff\xff\xff" + data + snapIPv4 + "data"},
	{119, "\x44\x00\x00\x00\x24\x00\x00\x00wlan0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x44\x00\x01\x00\x00\x00\x04\x00\x01\x02\x03\x04" + data},
	{117, "\x3d\x02" + strings.Repeat("\x00", 62) + "data"},
	{239, "\x02\x00\x00\x05\x05\x00\x0a\x00a\x00\x00\x00\x08\x00\x09\x00data"},
	{107, "\x18\x41\x03\x00\x80\x00\x00\x00\x08\x00data"},
	{258, "\x10\x00\x00\x00\x01\x00\x00\x00\x7f\x00\x00\x00abcd\x00\x00\x08\x00\x00\x00\x00\x00" + data},
}
