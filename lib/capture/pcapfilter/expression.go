package pcapfilter

// A node is a condition on a packet.
type node any

type (
	and struct{ left, right node }
	or  struct{ left, right node }
	not struct{ of node }

	// etherType is the type of an Ethernet frame, behind the tags seen so far.
	etherType struct{ number uint16 }
	// ipProtocol is the protocol of an IP packet of a version, 4 or 6.
	ipProtocol struct {
		version int
		number  uint8
	}
	// llc is a frame with a length in place of the type, and LLC behind it.
	llc struct{}
	// protoChain is a header of an IP packet of a version, also behind
	// extension headers.
	protoChain struct {
		version int
		number  uint8
	}
	// address is an address, or a network, in one place of a header.
	address struct {
		bytes, mask []byte
		source      bool
		arp         bool // in ARP, not IP
	}
	// ports is a range of ports in one place of a transport header.
	ports struct {
		version   int
		source    bool
		low, high uint16
	}
	// notFragment excludes IPv4 fragments without a transport header.
	notFragment struct{}
	// mac is a hardware address in an Ethernet header.
	mac struct {
		addr   [6]byte
		source bool
	}
	// groupMAC is a group address as destination.
	groupMAC struct{}
	// broadcastIP is the broadcast address of the interface's network as
	// destination, or that of all networks, in IPv4.
	broadcastIP struct{}
	// outgoing is a packet that this host sent.
	outgoing struct{}
	// onInterface is a packet of an interface, by its number.
	onInterface struct{ index uint32 }
	// vlan is a tag (IEEE 802.1Q), with an identifier or -1 for any. What
	// stands behind it is about what the tag encloses.
	vlan struct{ id int }
	// mpls is a label stack entry (RFC 3032), with a label or -1 for any.
	mpls struct{ label int }
	// pppoe is a PPPoE session (RFC 2516), with an identifier or -1 for any.
	pppoe struct{ session int }
	// relation compares two values.
	relation struct {
		op          string
		left, right value
		needs       []node // what must hold for the values to be there
	}
	// never is a condition that no packet meets.
	never struct{}
)

// A value is an arithmetic expression.
type value any

type (
	constant  uint32
	length    struct{} // of the packet
	operation struct {
		op          string
		left, right value
	}
	// load reads size bytes (1, 2 or 4) at an index of a layer.
	load struct {
		layer layer
		needs node // what must hold for the layer to be there; may be nil
		index value
		size  int
	}
)

// A layer is where bytes are counted from.
type layer int

const (
	linkLayer       layer = iota // the frame
	networkLayer                 // what is behind the link layer's header
	transportLayer4              // what is behind an IPv4 header
	transportLayer6              // what is behind an IPv6 header without extensions
)

func allOf(nodes ...node) node {
	n := nodes[0]
	for _, next := range nodes[1:] {
		n = and{n, next}
	}
	return n
}

func anyOf(nodes ...node) node {
	n := nodes[0]
	for _, next := range nodes[1:] {
		n = or{n, next}
	}
	return n
}

// Types of Ethernet frames.
const (
	typeIPv4           = 0x0800
	typeARP            = 0x0806
	typeRARP           = 0x8035
	typeAppleTalk      = 0x809b
	typeAARP           = 0x80f3
	typeVLAN           = 0x8100
	typeIPX            = 0x8137
	typeQinQ           = 0x88a8
	typeQinQ1          = 0x9100
	typeIPv6           = 0x86dd
	typeMPLS           = 0x8847
	typePPPoEDiscovery = 0x8863
	typePPPoE          = 0x8864
)

// etherTypes are the protocols that "ether proto" knows by name: Ethernet types,
// and numbers of LLC.
var etherTypes = map[string]uint16{
	"ip": typeIPv4, "ip6": typeIPv6, "arp": typeARP, "rarp": typeRARP,
	"atalk": typeAppleTalk, "aarp": typeAARP, "decnet": 0x6003, "lat": 0x6004, "sca": 0x6007,
	"moprc": 0x6002, "mopdl": 0x6001, "loopback": 0x9000,
	"iso": sapISO, "stp": 0x42, "ipx": sapIPX, "netbeui": sapNetBEUI,
}

// ipProtocols are the protocols that "ip proto" knows by name, and which are
// primitives by themselves.
var ipProtocols = map[string]uint8{
	"icmp": 1, "igmp": 2, "tcp": 6, "igrp": 9, "udp": 17, "esp": 50, "ah": 51,
	"icmp6": 58, "pim": 103, "carp": 112, "vrrp": 112, "sctp": 132,
}

// moreIPProtocols are those that only "ip proto" knows, by their names in
// /etc/protocols.
var moreIPProtocols = map[string]uint8{
	"hopopt": 0, "ipencap": 4, "ipv6": 41, "ipv6-route": 43, "ipv6-frag": 44, "rsvp": 46, "gre": 47,
	"ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "eigrp": 88, "ospf": 89, "l2tp": 115, "udplite": 136,
}

// versions says in which versions of IP a protocol is looked for.
func versions(name string) []int {
	switch name {
	case "icmp", "igmp", "igrp", "vrrp", "carp":
		return []int{4}
	case "icmp6":
		return []int{6}
	}
	return []int{4, 6}
}

// names are the constants of expressions such as tcp[tcpflags].
var names = map[string]uint32{
	"tcpflags": 13, "icmptype": 0, "icmpcode": 1, "icmp6type": 0, "icmp6code": 1,
	"tcp-fin": 1, "tcp-syn": 2, "tcp-rst": 4, "tcp-push": 8, "tcp-ack": 16, "tcp-urg": 32, "tcp-ece": 64, "tcp-cwr": 128,
	"icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5, "icmp-echo": 8,
	"icmp-routeradvert": 9, "icmp-routersolicit": 10, "icmp-timxceed": 11, "icmp-paramprob": 12,
	"icmp-tstamp": 13, "icmp-tstampreply": 14, "icmp-ireq": 15, "icmp-ireqreply": 16, "icmp-maskreq": 17, "icmp-maskreply": 18,
	"icmp6-destinationunreach": 1, "icmp6-destinationrunreach": 1, "icmp6-packettoobig": 2, "icmp6-timeexceeded": 3, "icmp6-parameterproblem": 4,
	"icmp6-echo": 128, "icmp6-echoreply": 129, "icmp6-multicastlistenerquery": 130,
	"icmp6-multicastlistenerreportv1": 131, "icmp6-multicastlistenerdone": 132,
	"icmp6-routersolicit": 133, "icmp6-routeradvert": 134, "icmp6-neighborsolicit": 135,
	"icmp6-neighboradvert": 136, "icmp6-redirect": 137, "icmp6-routerrenum": 138,
	"icmp6-nodeinformationquery": 139, "icmp6-nodeinformationresponse": 140,
	"icmp6-ineighbordiscoverysolicit": 141, "icmp6-ineighbordiscoveryadvert": 142,
	"icmp6-multicastlistenerreportv2": 143, "icmp6-homeagentdiscoveryrequest": 144, "icmp6-homeagentdiscoveryreply": 145,
	"icmp6-mobileprefixsolicit": 146, "icmp6-mobileprefixadvert": 147, "icmp6-certpathsolicit": 148, "icmp6-certpathadvert": 149,
	"icmp6-multicastrouteradvert": 151, "icmp6-multicastroutersolicit": 152, "icmp6-multicastrouterterm": 153,
}
