// Package dns reads messages in the format of the Domain Name System: DNS
// itself over UDP and TCP, Multicast DNS, and the NetBIOS Name Service.
package dns

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
)

// Protocol describes DNS, Multicast DNS and the NetBIOS Name Service.
var Protocol = &proto.Protocol{
	Name: "DNS",
	Doc:  "Domain Name System, Multicast DNS, and the NetBIOS Name Service",
	Spec: "RFC 1035, RFC 6762, RFC 1002",
	Selectors: map[string]string{
		"dns":  "DNS over UDP and TCP",
		"nbns": "NetBIOS Name Service",
		"mdns": "Multicast DNS",
	},
	Messages: []proto.Kind{
		{
			Name:   "message over UDP",
			Select: []string{"dns", "nbns", "mdns"},
			Match: []detect.Rule{{
				Layer: detect.UDP,
				// Quirk Q62: this leaves out some operations and errors.
				// No bits that are kept at zero, no more than 255 questions,
				// no more than 127 answers.
				Mask:  "\x00\x00\x10\x48\xff\x00\xff\x80",
				Value: "\x00\x00\x00\x00\x00\x00\x00\x00",
			}},
			New: func(o *proto.Options) proto.Message { return newMessage(o, false) },
		},
		{
			Name:   "message over TCP",
			Select: []string{"dns"},
			Match: []detect.Rule{{
				Layer: detect.TCP,
				Mask:  "\x00\x00\x00\x00\x10\x48\xff\x00",
				Value: "\x00\x00\x00\x00\x00\x00\x00\x00",
			}},
			New: func(o *proto.Options) proto.Message { return newMessage(o, true) },
		},
	},
	Framer: &proto.Framer{Frame: frame},
	Records: []proto.Recognition{
		{Selector: "dns", With: "dns"},
		{Selector: "nbns", With: "nbns"},
		{Selector: "mdns", With: "mdns"},
	},
	Fields: []proto.Field{
		proto.O("dns", "a DNS message", message...),
		proto.O("nbns", "a message of the NetBIOS Name Service: one with a name in NetBIOS encoding", message...),
		proto.O("mdns", "a Multicast DNS message", message...),
	},
}

var message = []proto.Field{
	proto.F("base64", proto.Base64, "the whole message, without --dns-json"),
	proto.O("query", "a message with the QR bit clear", sections...).If("--dns-json"),
	proto.O("response", "a message with the QR bit set", sections...).If("--dns-json"),
}

var sections = []proto.Field{
	proto.A("question", "the questions", question...),
	proto.A("answer", "the answers, without those whose owner is the root", resource...),
	proto.A("authority", "records that point to an authority, without those whose owner is the root", resource...),
	proto.A("additional", "additional records, without those whose owner is the root (such as EDNS options)", resource...),
	proto.F("id", proto.Hex, "the message's identifier, its second byte first"),
}

var question = []proto.Field{
	proto.F("name", proto.Text, "domain name, or the decoded 16 bytes of a NetBIOS name"),
	proto.F("type", proto.String, "name of the record type, or UNKNOWN"),
	proto.F("type_code", proto.Uint, "number of a record type without a name"),
	proto.F("class", proto.String, "name of the class, or UNKNOWN"),
	proto.F("class_code", proto.Uint, "number of a class without a name, without the cache-flush bit"),
}

var resource = append(question[:len(question):len(question)],
	proto.F("ttl", proto.Uint, "seconds that the record may be kept"),
	proto.F("ipv4_addr", proto.Address, "A: address"),
	proto.F("ip6_addr", proto.Address, "AAAA: address"),
	proto.L("txt", proto.Text, "TXT: strings that are not empty"),
	proto.O("srv", "SRV (RFC 2782)",
		proto.F("priority", proto.Uint, "priority of the host"),
		proto.F("weight", proto.Uint, "weight among hosts of the same priority"),
		proto.F("port", proto.Uint, "port of the service"),
		proto.F("target", proto.Text, "name of the host")),
	proto.O("nbstat", "NBSTAT (RFC 1002, section 4.2.18)", nodeStatus...),
	proto.O("nsec", "NSEC (RFC 4034, section 4)",
		proto.F("next_domain_name", proto.Text, "next name in the zone"),
		proto.F("type_bit_maps", proto.Hex, "the record types that exist")),
	proto.F("domain_name", proto.Text, "PTR: name"),
	proto.O("nb", "NB (RFC 1002, section 4.2.1.3)",
		proto.F("group_name_flag", proto.Uint, "1 for the name of a group"),
		proto.F("owner_node_type", proto.Uint, "0 for a B, 1 for a P, 2 for an M node"),
		proto.F("ipv4_addr", proto.Address, "address of the owner")),
	proto.F("ns_domain_name", proto.Text, "NS: name of the server"),
	proto.F("mname", proto.Text, "SOA: primary server of the zone"),
	proto.F("rname", proto.Text, "SOA: mailbox of the one responsible"),
	proto.F("serial", proto.Uint, "SOA: version of the zone"),
	proto.F("refresh", proto.Uint, "SOA: seconds before the zone is to be refreshed"),
	proto.F("retry", proto.Uint, "SOA: seconds before a refresh is tried again"),
	proto.F("expire", proto.Uint, "SOA: seconds after which the zone is no longer valid"),
	proto.F("minimum", proto.Uint, "SOA: least seconds that a record may be kept"),
	proto.F("priority", proto.Uint, "HTTPS: priority of the endpoint"),
	proto.F("target_name", proto.Text, "HTTPS: name of the endpoint, empty for the owner"),
	proto.A("svc_params", "HTTPS: parameters (RFC 9460, section 2.2)", serviceParameter...).To(proto.Merged),
	proto.F("unknown_rr_type", proto.Uint, "number of a record type whose data is not known"),
	proto.F("unknown_rr_value", proto.Hex, "data of such a record"),
	proto.F("rdata", proto.Hex, "data of a record in a class other than IN"),
)

var nodeStatus = []proto.Field{
	proto.A("names", "the node's names",
		proto.F("name", proto.Text, "name"),
		proto.F("name_flags", proto.Hex, "flags of the name")),
	proto.F("unit_id", proto.Address, "hardware address"),
	proto.F("jumpers", proto.Uint, "jumpers"),
	proto.F("test_result", proto.Uint, "result of the self test"),
	proto.F("version_number", proto.Uint, "version"),
	proto.F("period_of_statistics", proto.Uint, "minutes that the statistics cover"),
	proto.F("number_of_crcs", proto.Uint, "frames with a wrong checksum"),
	proto.F("number_of_alignment_errors", proto.Uint, "frames with a wrong alignment"),
	proto.F("number_of_collisions", proto.Uint, "collisions"),
	proto.F("number_of_send_aborts", proto.Uint, "sends given up"),
	proto.F("number_of_good_sends", proto.Uint, "frames sent"),
	proto.F("number_of_good_receives", proto.Uint, "frames received"),
	proto.F("number_of_retransmits", proto.Uint, "frames sent again"),
	proto.F("number_of_no_resource_conditions", proto.Uint, "times that resources were exhausted"),
	proto.F("number_of_command_blocks", proto.Uint, "free command blocks"),
	proto.F("number_of_pending_sessions", proto.Uint, "pending sessions"),
	proto.F("max_pending_sessions", proto.Uint, "pending sessions at most"),
	proto.F("max_total_sessions_possible", proto.Uint, "sessions at most"),
	proto.F("session_data_packet_size", proto.Uint, "bytes in a packet of a session"),
}

var serviceParameter = []proto.Field{
	proto.F("mandatory", proto.Hex, "keys that a client must know"),
	proto.L("alpn", proto.Text, "protocols"),
	proto.F("no_default_alpn", proto.Hex, "no support for the default protocol"),
	proto.F("key", proto.String, "port").To(proto.Dropped),
	proto.F("value", proto.Uint, "the port").Renamed("port").Saying("port of the endpoint"),
	proto.L("ipv4hint", proto.Address, "addresses of the endpoint"),
	proto.O("ech_config", "first configuration for Encrypted ClientHello (RFC 9849, section 4)", echConfig...),
	proto.L("ipv6hint", proto.Address, "addresses of the endpoint"),
	proto.F("invalid_key", proto.Hex, "value of the reserved key"),
	proto.F("unknown", proto.Hex, "value of any other key").In(proto.Many),
}

var echConfig = []proto.Field{
	proto.F("version", proto.Hex, "version of the configuration"),
	proto.O("hpke_key_config", "keys and suites",
		proto.F("config_id", proto.Uint, "identifier"),
		proto.F("kem", proto.String, "key encapsulation mechanism"),
		proto.F("public_key", proto.Hex, "public key"),
		proto.A("hpke_symmetric_cipher_suite", "cipher suites",
			proto.F("kdf", proto.String, "key derivation function"),
			proto.F("aead", proto.String, "authenticated encryption"))),
	proto.F("maximum_name_length", proto.Uint, "length of the longest name that is to be hidden"),
	proto.F("public_name", proto.Text, "name of the server that clients seem to talk to"),
	proto.A("extensions", "what follows, two bytes at a time",
		proto.F("type", proto.String, "GREASE or UNKNOWN"),
		proto.F("type_code", proto.Uint, "number of an unknown type"),
		proto.F("data", proto.Hex, "all that follows the type")),
}
