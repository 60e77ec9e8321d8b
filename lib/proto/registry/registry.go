// Package registry lists the protocols. Their order is the order in which
// they are tried wherever more than one could be meant.
package registry

import (
	"maps"
	"slices"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/arp"
	"merctools/lib/proto/bittorrent"
	"merctools/lib/proto/cdp"
	"merctools/lib/proto/dhcp"
	"merctools/lib/proto/dnp3"
	"merctools/lib/proto/dns"
	"merctools/lib/proto/dtls"
	"merctools/lib/proto/ftp"
	"merctools/lib/proto/http"
	"merctools/lib/proto/icmp"
	"merctools/lib/proto/iec"
	"merctools/lib/proto/imap"
	"merctools/lib/proto/ipsec"
	"merctools/lib/proto/krb5"
	"merctools/lib/proto/ldap"
	"merctools/lib/proto/lldp"
	"merctools/lib/proto/mysql"
	"merctools/lib/proto/netbios"
	"merctools/lib/proto/openvpn"
	"merctools/lib/proto/ospf"
	"merctools/lib/proto/quic"
	"merctools/lib/proto/rdp"
	"merctools/lib/proto/redis"
	"merctools/lib/proto/rfb"
	"merctools/lib/proto/sctp"
	"merctools/lib/proto/smb"
	"merctools/lib/proto/smtp"
	"merctools/lib/proto/snmp"
	"merctools/lib/proto/socks"
	"merctools/lib/proto/ssdp"
	"merctools/lib/proto/ssh"
	"merctools/lib/proto/stun"
	"merctools/lib/proto/syslog"
	"merctools/lib/proto/tacacs"
	"merctools/lib/proto/tcp"
	"merctools/lib/proto/telnet"
	"merctools/lib/proto/tftp"
	"merctools/lib/proto/tls"
	"merctools/lib/proto/tofsee"
	"merctools/lib/proto/tunnels"
	"merctools/lib/proto/wireguard"
	"merctools/lib/record"
)

// All lists the protocols.
var All = []*proto.Protocol{
	tcp.Protocol,
	arp.Protocol,
	icmp.Protocol,
	tls.Protocol,
	ssh.Protocol,
	http.Protocol,
	ipsec.Protocol,
	ldap.Protocol,
	netbios.Protocol,
	openvpn.Protocol,
	ftp.Protocol,
	smtp.Protocol,
	dns.Protocol,
	wireguard.Protocol,
	ssdp.Protocol,
	smb.Protocol,
	iec.Protocol,
	dnp3.Protocol,
	tacacs.Protocol,
	rdp.Protocol,
	bittorrent.Protocol,
	mysql.Protocol,
	tftp.Protocol,
	krb5.Protocol,
	snmp.Protocol,
	syslog.Protocol,
	tunnels.Protocol,
	redis.Protocol,
	imap.Protocol,
	telnet.Protocol,
	dhcp.Protocol,
	quic.Protocol,
	dtls.Protocol,
	stun.Protocol,
	socks.Protocol,
	tofsee.Protocol,
	rfb.Protocol,
	cdp.Protocol,
	lldp.Protocol,
	ospf.Protocol,
	sctp.Protocol,
}

// selectors are those that belong to no protocol, or to no message of one.
var selectors = map[string]string{
	"all":  "everything, as without a selection",
	"none": "nothing",
	// Quirk Q137: older command lines have it.
	"tcp.message": "accepted, without effect",
	"tcp.syn_ack": "TCP SYN/ACK segments, together with tcp",
}

// SelectorDoc says in a few words what a selector selects. It is empty where
// there is no such selector.
func SelectorDoc(name string) string {
	if doc, ok := selectors[name]; ok {
		return doc
	}
	for _, p := range All {
		if doc, ok := p.Selectors[name]; ok {
			return doc
		}
		for i := range p.Messages {
			if slices.Contains(p.Messages[i].Select, name) {
				return p.Doc
			}
		}
	}
	return ""
}

// Selectors returns the names that a selection can be made of, sorted.
func Selectors() []string {
	names := slices.Collect(maps.Keys(selectors))
	for _, p := range All {
		for _, k := range p.Messages {
			names = append(names, k.Select...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Fields returns the members that messages have, of all protocols.
func Fields() []record.Field {
	var fields []record.Field
	for _, p := range All {
		fields = append(fields, p.Fields...)
	}
	return fields
}

// Fingerprints returns the types of fingerprint that messages have, as the
// members of an object.
func Fingerprints() []record.Field {
	var fields []record.Field
	for t := npf.None + 1; t.String() != npf.None.String(); t++ {
		for _, p := range All {
			for i := range p.Messages {
				for _, f := range p.Messages[i].Fingerprints {
					if f == t {
						fields = append(fields, record.F(t.String(), record.String, "fingerprint of a "+p.Name+" "+p.Messages[i].Name))
					}
				}
			}
		}
	}
	return fields
}
