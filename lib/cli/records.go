package cli

import (
	"errors"
	"slices"
	"strings"

	"merctools/lib/cryptopolicy"
	"merctools/lib/engine"
	"merctools/lib/fingerprints"
	"merctools/lib/members"
	"merctools/lib/output"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// Records are the flags that say what is recorded. A config file and several
// commands use the same names.
type Records struct {
	Select              Selectors `short:"s" group:"What to record:" placeholder:"LIST" bare:"all" brief:"record only these protocols, such as tls,dns" help:"record only these protocols: a comma-separated list of selectors (see below) that must follow without a space; without a list, all; repeated lists add up"`
	Metadata            bool      `group:"What to record:" brief:"write more metadata" help:"write more protocol metadata"`
	DNSJSON             bool      `name:"dns-json" group:"What to record:" help:"write DNS messages as JSON, not base64"`
	CertsJSON           bool      `name:"certs-json" group:"What to record:" help:"write certificates as JSON, not base64"`
	Reassembly          bool      `group:"What to record:" help:"reassemble messages from several packets"`
	Deep                bool      `group:"What to record:" brief:"look deeper: fragments, tunnels, whole streams" help:"look deeper than Cisco's mercury: IP fragments, more tunnels and link headers, TCP segments in any order; includes --reassembly"`
	Format              string    `group:"What to record:" placeholder:"LIST" help:"formats of fingerprints: tls, tls/1, tls/2, quic, quic/1"`
	Add                 string    `group:"What to record:" placeholder:"LIST" brief:"add members: type, community_id, tls_params ..." help:"members to add to records: type, tls_params, dns_header, credentials, flow_id, community_id, mac, vlan, file, packet, interface, size, time_iso, or all of these; capture adds a last line that sums up the captures; report stands for those that a report needs"`
	CommunityIDSeed     uint16    `needs:"add=community_id" name:"community-id-seed" group:"What to record:" placeholder:"N" help:"with --add=community_id, seed of Community IDs (default: 0)"`
	Fingerprints        string    `group:"What to record:" placeholder:"LIST" brief:"add fingerprints: ja3, ja4, hassh ..." help:"fingerprints to add beside NPF's: ja3, ja3s, ja4, ja4_r, ja4_o, hassh, hasshserver, all"`
	RawFeatures         string    `group:"What to record:" placeholder:"LIST" help:"also write the raw features of these protocols: bittorrent, smb, ssdp, stun, tls, all, none"`
	FDC                 FDC       `name:"fdc" group:"What to record:" placeholder:"VERSION" bare:"2" brief:"add fingerprint and destination contexts (CBOR)" help:"add fingerprint and destination contexts, objects in CBOR as hexadecimal digits: 1 for what a classifier needs, 2 for metadata of the protocol; the number must follow without a space (default: 2)"`
	HTTPHeaders         string    `wants:"fdc=2" name:"http-headers" group:"What to record:" placeholder:"MODE" help:"HTTP header fields to write with --fdc: all or non-sensitive"`
	HTTPBodyMax         int       `wants:"fdc=2" name:"http-body-max" group:"What to record:" placeholder:"N" help:"write up to N bytes of HTTP bodies with --fdc (at most 2048)"`
	NonselectedTCPData  bool      `name:"nonselected-tcp-data" group:"What to record:" help:"write the first data of TCP flows in which no selected protocol is found"`
	NonselectedUDPData  bool      `name:"nonselected-udp-data" group:"What to record:" help:"write the first data of UDP flows in which no selected protocol is found"`
	QUICTrialDecryption bool      `name:"quic-trial-decryption" group:"What to record:" help:"try all known keys on unknown versions of QUIC"`
	Normalize           bool      `group:"What to record:" brief:"make records easy to query" help:"write records in a form that is easy to query: objects in place of arrays of objects with one member, RFC 3339 times, lists, numbers; includes --mask-secrets"`
	MaskSecrets         bool      `name:"mask-secrets" group:"What to record:" brief:"hide passwords and tokens" help:"write passwords, tokens and the like as their length and a keyed hash"`
	MaskKey             string    `name:"mask-key" group:"What to record:" placeholder:"FILE" help:"with --mask-secrets or --normalize, a file with the key of the hashes, so that they are the same in all runs (default: a random key)"`
	CryptoAssess        Policies  `group:"Analysis:" placeholder:"LIST" bare:"default" brief:"check handshakes against cryptographic policies" help:"check handshakes against cryptographic policies: default (all), quantum_safe, nist_sp_800_52; the list must follow without a space"`
	ExposedCreds        bool      `group:"Analysis:" help:"report messages that expose credentials"`
	RecordLimit         Size      `name:"record-limit" group:"What to record:" placeholder:"SIZE" brief:"leave out values that make a record longer" help:"leave out values that make a record longer than SIZE, such as 64K (the minimum), and mark the record"`
	Behavior            bool      `name:"network-behavioral-detections" group:"Analysis:" help:"detect residential proxies: hosts that forward what they receive"`
	MinimizeRAM         bool      `name:"minimize-ram" group:"Running:" help:"use less memory by tracking fewer flows"`
	Quarantine          string    `group:"Running:" placeholder:"FILE" help:"save packets that make a parser fail to a capture file, for bug reports"`
}

// Config checks the flags and returns what they mean.
func (r *Records) Config() (engine.Config, error) {
	c := engine.Config{Normalize: r.Normalize, ExposedCreds: r.ExposedCreds, Behavior: r.Behavior, RecordLimit: int(r.RecordLimit)}
	var err error
	if c.Options, err = r.options(); err != nil {
		return c, err
	}
	if c.Fingerprints, err = fingerprints.Parse(r.Fingerprints); err != nil {
		return c, Usagef("--fingerprints: %v", err)
	}
	if c.Members, err = members.Parse(r.added(), r.CommunityIDSeed); err != nil {
		text := err.Error()
		if unknown := (*members.UnknownError)(nil); errors.As(err, &unknown) {
			text = unknown.With(lines...)
		}
		return c, Usagef("--add: %s", text)
	}
	if c.RecordLimit != 0 && (c.RecordLimit < envelope.MinLimit || c.RecordLimit > record.MaxLen) {
		return c, Usagef("--record-limit: %d bytes are not between %d (64K) and %d (1M)", r.RecordLimit, envelope.MinLimit, record.MaxLen)
	}
	if r.Quarantine != "" && output.IsStdout(r.Quarantine) {
		return c, Usagef("--quarantine: name a file, not standard output")
	}
	if c.MaskKey, err = r.maskKey(); err != nil {
		return c, err
	}
	if c.FDC, err = r.FDC.version(); err != nil {
		return c, err
	}
	if c.FDC != 0 && c.MaskKey != nil {
		return c, Usagef("--fdc: the objects would show what --mask-secrets hides")
	}
	if r.CryptoAssess != "" {
		if c.Policies, err = cryptopolicy.Parse(string(r.CryptoAssess)); err != nil {
			return c, Usagef("--crypto-assess: %v", err)
		}
	}
	return c, nil
}

// ReportMembers are the members that a report is made of beside those that
// records have anyway.
var ReportMembers = []string{"tls_params", "dns_header", "credentials", "size"}

// lines are the names in the list of members that stand for a line of its own.
var lines = []string{"capture", "report"}

// added is the list of members to add.
func (r *Records) added() string {
	var names []string
	for name := range list(r.Add) {
		switch name {
		case "report":
			names = append(names, ReportMembers...)
		case "capture":
		default:
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// Summarized reports whether a line that sums up the captures is to follow the
// records.
func (r *Records) Summarized() bool {
	for name := range list(r.Add) {
		if slices.Contains(lines, name) {
			return true
		}
	}
	return false
}

// AddedMembers are the names of the members that records get on demand.
func (r *Records) AddedMembers() []string {
	var names []string
	for name := range list(r.added()) {
		if name == "all" {
			return members.Names()
		}
		names = append(names, name)
	}
	return names
}

func (r *Records) options() (proto.Options, error) {
	o := proto.Options{
		Metadata:            r.Metadata,
		DNSJSON:             r.DNSJSON,
		CertsJSON:           r.CertsJSON,
		NonselectedTCPData:  r.NonselectedTCPData,
		NonselectedUDPData:  r.NonselectedUDPData,
		Reassembly:          r.Reassembly || r.Deep,
		Deep:                r.Deep,
		QUICTrialDecryption: r.QUICTrialDecryption,
		MinimizeRAM:         r.MinimizeRAM,
		HTTPBodyMax:         r.HTTPBodyMax,
	}
	var err error
	if o.Select, err = r.Select.Selection(); err != nil {
		return o, Usagef("--select: %v", err)
	}
	if r.HTTPBodyMax < 0 || r.HTTPBodyMax > proto.MaxHTTPBody {
		return o, Usagef("--http-body-max: %d is not between 0 and %d", r.HTTPBodyMax, proto.MaxHTTPBody)
	}
	switch r.HTTPHeaders {
	case "":
	case "all":
		o.HTTPHeaders = proto.HTTPHeadersAll
	case "non-sensitive":
		o.HTTPHeaders = proto.HTTPHeadersNonSensitive
	default:
		return o, Usagef("--http-headers: %q is neither all nor non-sensitive", r.HTTPHeaders)
	}
	o.RawFeatures = map[string]bool{}
	for name := range list(r.RawFeatures) {
		if !slices.Contains(proto.RawProtocols, name) {
			return o, Usagef("--raw-features: unknown protocol %q (known: %s)", name, strings.Join(proto.RawProtocols, " "))
		}
		o.RawFeatures[name] = true
	}
	if err = o.SetFormats(r.Format); err != nil {
		return o, Usagef("--format: %v", err)
	}
	return o, nil
}
