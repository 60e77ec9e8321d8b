package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// fields are those of tshark that are compared.
var fields = []string{"tls.handshake.extensions_server_name", "http.host", "http.user_agent", "dns.qry.name", "dns.resp.name", "ssh.protocol", "frame.protocols"}

// between separates values of a field.
const between = "\x1f"

// tshark returns what tshark sees in a capture.
func tshark(file, cache string) (map[sight]bool, error) {
	text, err := answer(file, cache)
	if err != nil {
		return nil, err
	}
	all := map[sight]bool{}
	for line := range strings.Lines(text) {
		values := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(values) != len(fields) {
			return nil, fmt.Errorf("tshark: unexpected line %q", line)
		}
		protocols := strings.Split(values[len(fields)-1], ":")
		put := func(i int, kind string, text func(string) string) {
			for v := range strings.SplitSeq(values[i], between) {
				// Names in angle brackets are what tshark says of a name.
				if v != "" && !strings.HasPrefix(v, "<") || v == "<Root>" {
					all[sight{kind, text(unescape(strings.TrimPrefix(v, "<Root>")))}] = true
				}
			}
		}
		kind := "TLS server name"
		switch {
		case slices.Contains(protocols, "quic"):
			kind = "QUIC server name"
		case slices.Contains(protocols, "dtls"):
			kind = "DTLS server name"
		}
		put(0, kind, name)
		if !slices.Contains(protocols, "ssdp") { // has records of its own here
			put(1, "HTTP host", plain)
			put(2, "HTTP user agent", plain)
		}
		put(3, "DNS name", name)
		put(4, "DNS name", name)
		put(5, "SSH version", plain)
	}
	return all, nil
}

// answer returns what tshark prints of a capture. Of one that is cut off it is
// what comes before the end.
func answer(file, cache string) (string, error) {
	kept := ""
	if cache != "" {
		kept = filepath.Join(cache, strings.ReplaceAll(filepath.ToSlash(filepath.Clean(file)), "/", "_")+".tshark")
		if text, err := os.ReadFile(kept); err == nil {
			return string(text), nil
		}
	}
	args := []string{"-r", file, "-n", "-T", "fields", "-E", "aggregator=" + between, "-Y", strings.Join(fields[:len(fields)-1], " || ")}
	for _, field := range fields {
		args = append(args, "-e", field)
	}
	var errors bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil && !strings.Contains(errors.String(), "cut short") {
		return "", fmt.Errorf("tshark: %w: %s", err, errors.Bytes())
	}
	if kept == "" {
		return string(out), nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	return string(out), os.WriteFile(kept, out, 0o644)
}

// unescape turns tshark's escapes into the bytes that they stand for.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; {
		case c >= '0' && c <= '3' && i+2 < len(s):
			b.WriteByte((c-'0')<<6 | (s[i+1]-'0')&7<<3 | (s[i+2]-'0')&7)
			i += 2
		case strings.IndexByte("abtnvfr", c) >= 0:
			b.WriteByte('\a' + byte(strings.IndexByte("abtnvfr", c)))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
