package capi

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"merctools/lib/proto"
)

func TestOptions(t *testing.T) {
	for _, tt := range []struct{ filter, want, messages string }{
		{"", "map[all:true] false", ""},
		{"tls, dns", "map[dns:true tls:true] false", ""},
		{"tls.client_hello", "map[tls.client_hello:true] false", ""},
		{"all;reassembly", "map[all:true] true", ""},
		{"select=tls,dns;reassembly", "map[dns:true tls:true] true", ""},
		{"tls;tcp-reassembly;minimize-ram", "map[tls:true] true", ""},
		{"reassembly;", "map[all:true] true", ""},
		{"all;nonselected-tcp-data;metadata", "map[all:true] false", ""},
		{"nonsense", "map[none:true] false", `filter: select: unknown selector "nonsense"`},
		{"reassembly;nonsense", "map[all:true] true", `filter: select: unknown selector "nonsense"`},
		{"tls,nonsense,dns", "map[tls:true] false", `filter: select: unknown selector "nonsense"`},
		{"select=all;http-headers=some", "map[all:true] false", `filter: http-headers: "some" is neither all nor non-sensitive`},
		{"select=all;http-body-max=9999", "map[all:true] false", `filter: http-body-max: "9999" is not a number from 0 to 2048`},
		{"select=all;format=tls/7", "map[all:true] false", `filter: format: unknown fingerprint format "tls/7" (known: tls tls/1 tls/2 quic quic/1)`},
	} {
		var messages []string
		o, err := parseOptions(&Settings{Filter: tt.filter}, func(_ Level, text string) { messages = append(messages, text) })
		if err != nil {
			t.Errorf("%q: %v", tt.filter, err)
			continue
		}
		if got := fmt.Sprint(map[string]bool(o.records.Select), o.records.Reassembly); got != tt.want || strings.Join(messages, "\n") != tt.messages {
			t.Errorf("%q: %s, %q", tt.filter, got, messages)
		}
	}
	o, _ := parseOptions(&Settings{Filter: "select=http;format=tls/1,quic/1;raw-features=tls,smb;crypto-assess;exposed-creds;network-behavioral-detections;" +
		"quic-trial-decryption;http-headers=all;http-body-max=7;resources=a.tgz;deep;stats-blocking"}, func(_ Level, text string) { t.Error(text) })
	r := o.records
	if r.TLSFormat != 1 || r.QUICFormat != 1 || !r.RawFeatures["tls"] || !r.RawFeatures["smb"] || o.policies == nil || !o.exposedCreds || !o.behavior ||
		!r.QUICTrialDecryption || r.HTTPHeaders != proto.HTTPHeadersAll || r.HTTPBodyMax != 7 || *o.Resources != "a.tgz" || !r.Deep {
		t.Errorf("%+v", o)
	}
}

func TestOpen(t *testing.T) {
	l, err := Open(&Settings{Analysis: true, Stats: true})
	if err != nil || l.Classifies() || l.model != nil || len(l.AttributeNames()) != 10 || !l.Counts() || l.Entries() != 0 {
		t.Errorf("without an archive: %v", err)
	}
	if version, ok := l.ResourceVersion(); ok {
		t.Error(version)
	}
	dir := t.TempDir()
	for _, name := range []string{filepath.Join(dir, "none"), dir} {
		if _, err := Open(&Settings{Analysis: true, Resources: &name}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("nothing of the kind"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(&Settings{Analysis: true, Resources: &bad}); err == nil {
		t.Error("no error for what is no archive")
	}
	if l, err := Open(&Settings{}); err != nil || l.WriteStats(filepath.Join(dir, "s")) == nil || l.Entries() != 0 {
		t.Errorf("statistics of nothing: %v", err)
	}
}
