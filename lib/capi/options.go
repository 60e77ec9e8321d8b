package capi

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"merctools/lib/cryptopolicy"
	"merctools/lib/proto"
	"merctools/lib/proto/registry"
)

// options are settings with what the filter changes in them, and what only the
// filter has.
type options struct {
	Settings
	records      proto.Options
	policies     *cryptopolicy.Policies
	exposedCreds bool
	behavior     bool
}

// errNumber is the error of an option whose value must be a number. It is the
// only one for which there is no library: any other that is wrong is left out.
var errNumber = errors.New("is not a number")

// parseOptions returns settings with what their filter says: a list of
// selectors, separated by commas, or options, separated by semicolons, with
// values behind an equals sign. What is wrong in it is logged, and left out, as
// programs expect that have always had it there.
func parseOptions(s *Settings, log func(Level, string)) (*options, error) {
	o := &options{Settings: *s}
	o.records.RawFeatures = map[string]bool{}
	bad := func(name string, err error) { log(LevelError, fmt.Sprintf("filter: %s: %v", name, err)) }
	if !strings.ContainsAny(s.Filter, ";=") {
		o.choose(s.Filter, bad)
		if o.records.Select == nil { // nothing in it is known
			o.records.Select = proto.Selection{"none": true}
		}
	} else {
		for part := range strings.SplitSeq(s.Filter, ";") {
			name, value, _ := strings.Cut(part, "=")
			name, value = strings.TrimSpace(name), strings.TrimSpace(value)
			if name == "" {
				continue
			}
			if err := o.set(name, value, bad); errors.Is(err, errNumber) {
				return nil, fmt.Errorf("filter: %s: %w", name, err)
			} else if err != nil {
				bad(name, err)
			}
		}
		if o.records.Select == nil {
			o.records.Select = proto.All()
		}
	}
	r := &o.records
	r.DNSJSON, r.CertsJSON, r.Metadata = o.DNSJSON, o.CertsJSON, o.Metadata
	r.NonselectedTCPData, r.NonselectedUDPData = o.TCPData, o.UDPData
	return o, nil
}

// choose selects protocols. Unknown ones are left out with all behind them.
func (o *options) choose(list string, bad func(string, error)) {
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
}

// set sets an option. Those whose value is 0 or 1 may change what the program
// has in its configuration.
func (o *options) set(name, value string, bad func(string, error)) (err error) {
	r := &o.records
	for _, sw := range []struct {
		name string
		to   *bool
	}{
		{"analysis", &o.Analysis}, {"-a", &o.Analysis}, {"--analysis", &o.Analysis},
		{"stats", &o.Stats}, {"report_os", &o.ReportOS},
		{"metadata", &o.Metadata}, {"dns-json", &o.DNSJSON}, {"certs-json", &o.CertsJSON},
		{"nonselected-tcp-data", &o.TCPData}, {"nonselected-udp-data", &o.UDPData},
		{"reassembly", &r.Reassembly}, {"tcp-reassembly", &r.Reassembly},
		{"network-behavioral-detections", &o.behavior},
	} {
		if sw.name == name {
			if *sw.to = value == "" || value == "1"; !*sw.to && value != "0" {
				return fmt.Errorf("%q is neither 0 nor 1", value)
			}
			return nil
		}
	}
	switch name {
	case "select", "-s", "--select":
		o.choose(value, bad)
	case "resources":
		if value != "" {
			o.Resources = &value
		}
	case "format":
		return r.SetFormats(value)
	case "fp_proc_threshold":
		o.ProcessThreshold, err = threshold(value)
	case "proc_dst_threshold":
		o.DestinationThreshold, err = threshold(value)
	case "max_stats_entries":
		n, e := strconv.ParseUint(value, 10, 64)
		if e != nil {
			return fmt.Errorf("%q %w", value, errNumber)
		}
		o.MaxStats = int(min(n, math.MaxInt32))
	case "quic-trial-decryption":
		r.QUICTrialDecryption = true
	case "stats-blocking": // nothing is lost in any case
	case "raw-features":
		for p := range strings.SplitSeq(value, ",") {
			if p = strings.TrimSpace(p); p != "" && !slices.Contains(proto.RawProtocols, p) {
				return fmt.Errorf("unknown protocol %q", p)
			}
			r.RawFeatures[p] = true
		}
	case "crypto-assess":
		if value == "" {
			value = "default"
		}
		o.policies, err = cryptopolicy.Parse(value)
	case "minimize-ram":
		r.MinimizeRAM = true
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
		if e != nil || n < 0 || n > proto.MaxHTTPBody {
			return fmt.Errorf("%q is not a number from 0 to %d", value, proto.MaxHTTPBody)
		}
		r.HTTPBodyMax = n
	case "deep":
		r.Deep = true
	default:
		// A selector may stand alone among options.
		o.choose(name, bad)
	}
	return err
}

func threshold(value string) (float32, error) {
	x, err := strconv.ParseFloat(value, 32)
	if err != nil {
		return 0, fmt.Errorf("%q %w", value, errNumber)
	}
	return float32(x), nil
}
