package capi

import (
	"fmt"
	"strconv"
	"strings"

	"merctools/lib/cryptopolicy"
	"merctools/lib/proto"
	"merctools/lib/proto/registry"
)

// options are what the filter says.
type options struct {
	records      proto.Options
	policies     *cryptopolicy.Policies
	exposedCreds bool
	behavior     bool
	resources    string
}

// maxHTTPBody is how many bytes of an HTTP body can be asked for.
const maxHTTPBody = 2048

// parseOptions reads a filter: a list of selectors, separated by commas, or
// options, separated by semicolons, with values behind an equals sign. What is
// wrong in it is logged, and left out, as programs expect that have always had
// it there.
func parseOptions(filter string, log func(Level, string)) (*options, error) {
	o := &options{}
	o.records.RawFeatures = map[string]bool{}
	bad := func(name string, err error) { log(LevelError, fmt.Sprintf("filter: %s: %v", name, err)) }
	if !strings.ContainsAny(filter, ";=") {
		if err := o.choose(filter, bad); err != nil {
			return nil, err
		}
		if o.records.Select == nil { // nothing in it is known
			o.records.Select = proto.Selection{"none": true}
		}
		return o, nil
	}
	for part := range strings.SplitSeq(filter, ";") {
		name, value, _ := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if name == "" {
			continue
		}
		if err := o.set(name, value, bad); err != nil {
			bad(name, err)
		}
	}
	if o.records.Select == nil {
		o.records.Select = proto.All()
	}
	return o, nil
}

// choose selects protocols. Unknown ones are left out with all behind them.
func (o *options) choose(list string, bad func(string, error)) error {
	if strings.TrimSpace(list) == "" {
		list = "all"
	}
	known := registry.Selectors()
	for name := range strings.SplitSeq(list, ",") {
		s, err := proto.ParseSelection(strings.TrimSpace(name), known)
		if err != nil {
			bad("select", err)
			break
		}
		if o.records.Select == nil {
			o.records.Select = proto.Selection{}
		}
		for k := range s {
			o.records.Select[k] = true
		}
	}
	return nil
}

func (o *options) set(name, value string, bad func(string, error)) (err error) {
	r := &o.records
	switch name {
	case "select", "-s", "--select":
		return o.choose(value, bad)
	case "resources":
		o.resources = value
	case "format":
		return o.setFormat(value)
	case "reassembly", "tcp-reassembly":
		r.Reassembly = true
	case "quic-trial-decryption":
		r.QUICTrialDecryption = true
	case "stats-blocking": // nothing is lost in any case
	case "raw-features":
		for p := range strings.SplitSeq(value, ",") {
			r.RawFeatures[strings.TrimSpace(p)] = true
		}
	case "crypto-assess":
		if value == "" {
			value = "default"
		}
		o.policies, err = cryptopolicy.Parse(value)
	case "minimize-ram":
		r.MinimizeRAM = true
	case "network-behavioral-detections":
		o.behavior = true
	case "exposed-creds":
		o.exposedCreds = true
	case "http-headers":
		switch value {
		case "all":
			r.HTTPHeaders = proto.HTTPHeadersAll
		case "non-sensitive":
			r.HTTPHeaders = proto.HTTPHeadersNonSensitive
		default:
			err = fmt.Errorf("%q is neither all nor non-sensitive", value)
		}
	case "http-body-max":
		n, e := strconv.Atoi(value)
		if e != nil || n < 0 || n > maxHTTPBody {
			return fmt.Errorf("%q is not a number from 0 to %d", value, maxHTTPBody)
		}
		r.HTTPBodyMax = n
	case "deep":
		r.Deep = true
	case "metadata":
		r.Metadata = true
	case "dns-json":
		r.DNSJSON = true
	case "certs-json":
		r.CertsJSON = true
	case "nonselected-tcp-data":
		r.NonselectedTCPData = true
	case "nonselected-udp-data":
		r.NonselectedUDPData = true
	default:
		// A selector may stand alone among options.
		return o.choose(name, bad)
	}
	return err
}

func (o *options) setFormat(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(name) {
		case "":
		case "tls":
			o.records.TLSFormat = 0
		case "tls/1":
			o.records.TLSFormat = 1
		case "tls/2":
			o.records.TLSFormat = 2
		case "quic":
			o.records.QUICFormat = 0
		case "quic/1":
			o.records.QUICFormat = 1
		default:
			return fmt.Errorf("unknown format %q", name)
		}
	}
	return nil
}
