// Package ssh reads what SSH peers send before their keys are exchanged: the
// identification string and the KEXINIT message (RFC 4253).
package ssh

import (
	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
)

// Protocol describes SSH.
var Protocol = &proto.Protocol{
	Name: "SSH",
	Doc:  "Secure Shell transport layer: version and key exchange",
	Spec: "RFC 4253",
	Selectors: map[string]string{
		"ssh":        "SSH identification and key exchange, of both sides",
		"ssh.client": "SSH messages that clients send",
		"ssh.server": "SSH messages that servers send",
	},
	Messages: []proto.Kind{{
		Name:         "identification",
		Select:       selectors,
		Match:        []detect.Rule{{Layer: detect.TCP, Mask: "\xff\xff\xff\xff\x00\x00\x00\x00", Value: "SSH-\x00\x00\x00\x00"}},
		Fingerprints: []npf.Type{npf.SSH, npf.SSHServer, npf.SSHInit, npf.SSHInitServer},
		New: func(o *proto.Options) proto.Message {
			return &Identification{metadata: o.Metadata, from: directions(o)}
		},
	}, {
		Name:   "KEXINIT",
		Select: selectors,
		// Quirk Q74: longer ones are not recognized.
		// Up to 4095 bytes in the packet, and the message's number.
		Match:        []detect.Rule{{Layer: detect.TCP, Mask: "\xff\xff\xf0\x00\x00\xff\x00\x00", Value: "\x00\x00\x00\x00\x00\x14\x00\x00"}},
		Fingerprints: []npf.Type{npf.SSHKex, npf.SSHKexServer},
		New: func(o *proto.Options) proto.Message {
			return &KeyExchange{metadata: o.Metadata, from: directions(o)}
		},
	}},
	Records: []proto.Recognition{
		{Selector: "ssh.client", With: "fingerprints.ssh"},
		{Selector: "ssh.client", With: "fingerprints.ssh_init"},
		{Selector: "ssh.client", With: "fingerprints.ssh_kex"},
		{Selector: "ssh.server", With: "fingerprints.ssh_server"},
		{Selector: "ssh.server", With: "fingerprints.ssh_init_server"},
		{Selector: "ssh.server", With: "fingerprints.ssh_kex_server"},
	},
	Fields: []proto.Field{proto.O("ssh", "an identification string, a KEXINIT message, or both",
		proto.O("init", "the identification string",
			proto.F("protocol", proto.Text, "versions of protocol and software"),
			proto.F("comment", proto.Text, "comments")),
		proto.O("kex", "the algorithms that a peer supports, as comma-separated lists in its order of preference", kexFields()...).Saying("the algorithms that a peer supports, in its order of preference"),
		proto.F("sec_binary_pkt_code", proto.Uint, "number of the message that follows in the same data"),
		proto.F("sec_binary_pkt_len", proto.Uint, "packet length of that message"),
	).If("--metadata")},
}

// selector is the one that a side's messages belong to.
func selector(server bool) string {
	if server {
		return "ssh.server"
	}
	return "ssh.client"
}

var selectors = []string{"ssh", "ssh.client", "ssh.server"}

// directions are those in which messages are selected.
func directions(o *proto.Options) proto.Direction {
	var d proto.Direction
	switch {
	case o.Select.Has("ssh"):
		return proto.Undecided
	case o.Select.Has("ssh.client"):
		d = proto.Client
	}
	if o.Select.Has("ssh.server") {
		d |= proto.Server
	}
	return d
}

func kexFields() []proto.Field {
	fields := make([]proto.Field, len(listNames))
	for i, name := range listNames {
		fields[i] = proto.F(name, proto.Text, "name-list of RFC 4253, section 7.1").To(proto.Words)
	}
	return fields
}
