// Label adds to the records of merc-fp which program sent them: what a list says
// of a source port, or else what the options say of the capture of one program. It writes those records only that have a client's fingerprint and a
// known sender.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"log"
	"os"
	"slices"
	"strings"
)

// A label is the member src_process of a record.
type label struct {
	Process string `json:"name"`
	Version string `json:"version,omitempty"`
	Library string `json:"library,omitempty"`
	OS      string `json:"os,omitempty"`   // CPE
	Kind    string `json:"kind,omitempty"` // real, emulated or measured
	Family  string `json:"family,omitempty"`
	Malware bool   `json:"malware,omitempty"`
}

// clients are the fingerprints of those who open a conversation.
var clients = []string{"tls", "quic", "http", "ssh", "stun", "dtls", "openvpn", "tofsee"}

func main() {
	log.SetFlags(0)
	var l label
	flag.StringVar(&l.Process, "process", "", "name of the process")
	flag.StringVar(&l.Version, "version", "", "version of the process")
	flag.StringVar(&l.Library, "library", "", "name and version of the library that speaks the protocol")
	flag.StringVar(&l.OS, "os", "", "CPE of the operating system")
	flag.StringVar(&l.Kind, "kind", "real", "how the message was obtained: real, emulated or measured")
	flag.StringVar(&l.Family, "family", "", "family of the process, or one for each protocol, as in openssl,http=curl")
	flag.BoolVar(&l.Malware, "malware", false, "the process is malware")
	ports := flag.String("ports", "", "file with a line of JSON for each source port (the members of a label, and port)")
	familiesFile := flag.String("families", "", "file with the families of processes: complete records that have labels, and do no more")
	flag.Parse()
	if *familiesFile != "" {
		if err := complete(*familiesFile); err != nil {
			log.Fatal(err)
		}
		return
	}

	byPort := map[int]portLabel{}
	if *ports != "" {
		if err := readPorts(*ports, byPort); err != nil {
			log.Fatal(err)
		}
	}
	families := parseFamilies(l.Family)
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			return
		}
		var r struct {
			Fingerprints map[string]string `json:"fingerprints"`
			SrcPort      int               `json:"src_port"`
		}
		line = bytes.TrimSpace(line)
		if json.Unmarshal(line, &r) != nil || !bytes.HasSuffix(line, []byte("}")) {
			continue
		}
		protocol := ""
		for p := range r.Fingerprints {
			if slices.Contains(clients, p) {
				protocol = p
			}
		}
		var this label
		if l := byPort[r.SrcPort]; l.Protocol == "" || l.Protocol == protocol {
			this = l.label
		}
		known := this.Process != ""
		if !known && l.Process != "" {
			this, known = l, true
			if this.Family = families[protocol]; this.Family == "" {
				this.Family = families[""]
			}
		}
		if protocol == "" || !known {
			continue
		}
		text, err := json.Marshal(this)
		if err != nil {
			log.Fatal(err)
		}
		out.Write(line[:len(line)-1])
		out.WriteString(`,"src_process":`)
		out.Write(text)
		out.WriteString("}\n")
	}
}

// A portLabel is the label of what comes from a source port, or of that in one
// protocol.
type portLabel struct {
	Port     int    `json:"port"`
	Protocol string `json:"protocol"` // any if it is empty
	label
}

func readPorts(file string, byPort map[int]portLabel) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	for d.More() {
		var l portLabel
		if err := d.Decode(&l); err != nil {
			return err
		}
		// A port that was used for two programs tells neither.
		if before, used := byPort[l.Port]; used && before != l {
			l.label = label{}
		}
		byPort[l.Port] = l
	}
	return nil
}

// parseFamilies reads a family for each protocol; the one of the empty protocol
// is for all others.
func parseFamilies(text string) map[string]string {
	m := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		if protocol, family, ok := strings.Cut(part, "="); ok {
			m[protocol] = family
		} else {
			m[""] = part
		}
	}
	return m
}
