package cli

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/proto/registry"
)

func TestRecordsConfig(t *testing.T) {
	tests := []struct {
		flags Records
		want  proto.Options
	}{
		{Records{}, proto.Options{}},
		{Records{Select: "dns"}, proto.Options{Select: proto.Selection{"dns": true}}},
		{Records{Select: "all"}, proto.Options{}},
		{Records{HTTPHeaders: "all", HTTPBodyMax: 2048}, proto.Options{HTTPHeaders: proto.HTTPHeadersAll, HTTPBodyMax: 2048}},
		{Records{HTTPHeaders: "non-sensitive"}, proto.Options{HTTPHeaders: proto.HTTPHeadersNonSensitive}},
		{Records{Format: "tls/2, quic/1"}, proto.Options{TLSFormat: 2, QUICFormat: 1}},
		{Records{Format: "tls/1,tls"}, proto.Options{}},
		{Records{RawFeatures: "tls, smb"}, proto.Options{RawFeatures: map[string]bool{"tls": true, "smb": true}}},
		{Records{Metadata: true, DNSJSON: true, CertsJSON: true, Reassembly: true},
			proto.Options{Metadata: true, DNSJSON: true, CertsJSON: true, Reassembly: true}},
		{Records{NonselectedTCPData: true}, proto.Options{NonselectedTCPData: true}},
		{Records{NonselectedUDPData: true}, proto.Options{NonselectedUDPData: true}},
		{Records{QUICTrialDecryption: true, MinimizeRAM: true}, proto.Options{QUICTrialDecryption: true, MinimizeRAM: true}},
	}
	for _, test := range tests {
		if test.want.Select == nil {
			test.want.Select = proto.All()
		}
		if test.want.RawFeatures == nil {
			test.want.RawFeatures = map[string]bool{}
		}
		c, err := test.flags.Config()
		if err != nil || !reflect.DeepEqual(c.Options, test.want) {
			t.Errorf("%+v: %+v, %v; want %+v", test.flags, c.Options, err, test.want)
		}
	}
	c, err := (&Records{ExposedCreds: true, Behavior: true, CryptoAssess: "nist_sp_800_52"}).Config()
	if err != nil || !c.ExposedCreds || !c.Behavior || c.Policies == nil {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestRecordsErrors(t *testing.T) {
	tests := []struct {
		flags Records
		want  string
	}{
		{Records{Select: "dns,nonsense"}, `--select: unknown selector "nonsense"`},
		{Records{HTTPHeaders: "some"}, `--http-headers: "some" is neither all nor non-sensitive`},
		{Records{HTTPBodyMax: 2049}, "--http-body-max: 2049 is not between 0 and 2048"},
		{Records{HTTPBodyMax: -1}, "--http-body-max: -1 is not between 0 and 2048"},
		{Records{Format: "tls/3"}, `--format: unknown fingerprint format "tls/3"`},
		{Records{Format: "quic/2"}, `--format: unknown fingerprint format "quic/2"`},
		{Records{Format: "ssh"}, `--format: unknown fingerprint format "ssh"`},
		{Records{RawFeatures: "tls,http"}, `--raw-features: unknown protocol "http" (known: all none`},
		{Records{CryptoAssess: "weak"}, "--crypto-assess: "},
	}
	for _, test := range tests {
		_, err := test.flags.Config()
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%+v: %v, want a usage error %q", test.flags, err, test.want)
		}
	}
}

func TestThreads(t *testing.T) {
	for value, want := range map[string]int{"1": 1, "7": 7, "256": 256} {
		if n, err := Threads(value); n != want || err != nil {
			t.Errorf("%s: %d, %v", value, n, err)
		}
	}
	if n, err := Threads("cpu"); n < 1 || err != nil {
		t.Errorf("cpu: %d, %v", n, err)
	}
	for _, value := range []string{"", "0", "-1", "257", "1.5", "all"} {
		_, err := Threads(value)
		var usage *UsageError
		if !errors.As(err, &usage) {
			t.Errorf("%q: %v, want a usage error", value, err)
		}
	}
}

func TestList(t *testing.T) {
	for value, want := range map[string][]string{
		"":            nil,
		" , ,":        nil,
		"one":         {"one"},
		" one ,two,,": {"one", "two"},
	} {
		if got := slices.Collect(list(value)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

// TestSelectHelp checks that the help says something of every selector, and
// that every one is a selector.
func TestSelectHelp(t *testing.T) {
	var listed []string
	for line := range strings.Lines(SelectHelp()) {
		name, about, ok := strings.Cut(strings.TrimPrefix(line, "  "), " ")
		if !strings.HasPrefix(line, "  ") {
			continue
		}
		listed = append(listed, name)
		if !ok || strings.TrimSpace(about) == "" {
			t.Errorf("%q says nothing", line)
		}
		if _, err := proto.ParseSelection(name, registry.Selectors()); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(listed, registry.Selectors()) {
		t.Errorf("help has %q, want %q", listed, registry.Selectors())
	}
}
