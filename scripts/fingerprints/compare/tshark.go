package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// columns are the fields of tshark with fingerprints.
var columns = []struct{ field, kind string }{
	{"tls.handshake.ja3", "ja3"},
	{"tls.handshake.ja3s", "ja3s"},
	{"dtls.handshake.ja3", "ja3"},
	{"dtls.handshake.ja3s", "ja3s"},
	{"ssh.kex.hassh", "hassh"},
	{"ssh.kex.hasshserver", "hasshserver"},
}

// addresses are the fields of tshark that tell a packet's flow. Behind tunnels
// they have several values, of which the last is the innermost.
var addresses = []string{"ip.src", "ipv6.src", "tcp.srcport", "udp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport", "udp.dstport"}

// tshark returns the fingerprints that tshark finds in a capture. A capture
// that is cut off has those before its end.
func tshark(name string) ([]found, error) {
	args := []string{"-r", name, "-n", "-T", "fields", "-e", "frame.number"}
	var filter []string
	for _, c := range columns {
		args = append(args, "-e", c.field)
		filter = append(filter, c.field)
	}
	for _, field := range addresses {
		args = append(args, "-e", field)
	}
	args = append(args, "-Y", strings.Join(filter, " || "))
	var errors bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil && len(out) == 0 && !strings.Contains(errors.String(), "cut short") {
		return nil, fmt.Errorf("tshark: %w: %s", err, errors.Bytes())
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: tshark: %s", name, errors.Bytes())
	}
	var all []found
	for line := range strings.Lines(string(out)) {
		values := strings.Split(strings.TrimRight(line, "\n"), "\t")
		frame, err := strconv.Atoi(values[0])
		if err != nil || len(values) != 1+len(columns)+len(addresses) {
			return nil, fmt.Errorf("tshark: unexpected line %q", line)
		}
		flow := flowOf(values[1+len(columns):])
		for i, c := range columns {
			for text := range strings.SplitSeq(values[i+1], ",") {
				if text != "" {
					all = append(all, found{place{frame, flow}, c.kind, text})
				}
			}
		}
	}
	return all, nil
}
