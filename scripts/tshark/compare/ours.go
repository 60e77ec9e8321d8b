package main

import (
	"encoding/json"
	"os"
	"strings"

	"merctools/lib/capture/pcap"
	"merctools/lib/engine"
	"merctools/lib/pipeline"
	"merctools/lib/proto"
)

// seen returns what the engine sees in a capture.
func seen(file string) (map[sight]bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := pcap.Open(f, file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	e, err := engine.New(engine.Config{Options: proto.Options{Deep: true, Metadata: true, DNSJSON: true}})
	if err != nil {
		return nil, err
	}
	all := map[sight]bool{}
	sink := pipeline.Sink{Records: func(text []byte) error {
		for line := range strings.Lines(string(text)) {
			var r map[string]any
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				return err
			}
			add(all, r)
		}
		return nil
	}}
	// What comes before the end of a capture that is cut off counts.
	_ = pipeline.Run(r, []pipeline.Worker{e.NewWorker(nil)}, e.NewReader(), sink)
	return all, nil
}

// add adds what a record tells.
func add(all map[sight]bool, r map[string]any) {
	kind := "TLS server name"
	switch {
	case r["quic"] != nil:
		kind = "QUIC server name"
	case r["dtls"] != nil:
		kind = "DTLS server name"
	}
	for _, key := range []string{"tls", "dtls"} {
		each(r[key], "server_name", func(s string) { all[sight{kind, name(s)}] = true })
	}
	each(r["http"], "host", func(s string) { all[sight{"HTTP host", plain(s)}] = true })
	each(r["http"], "user_agent", func(s string) { all[sight{"HTTP user agent", plain(s)}] = true })
	for _, key := range []string{"dns", "mdns", "nbns"} {
		each(r[key], "name", func(s string) { all[sight{"DNS name", name(s)}] = true })
	}
	if ssh, ok := r["ssh"].(map[string]any); ok {
		if init, ok := ssh["init"].(map[string]any); ok {
			version, _ := init["protocol"].(string)
			if comment, ok := init["comment"].(string); ok {
				version += " " + comment
			}
			all[sight{"SSH version", plain(version)}] = true
		}
	}
}

// each calls f with the strings of all members with a name.
func each(v any, name string, f func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if s, ok := x.(string); ok && k == name {
				f(s)
			}
			each(x, name, f)
		}
	case []any:
		for _, x := range v {
			each(x, name, f)
		}
	}
}
