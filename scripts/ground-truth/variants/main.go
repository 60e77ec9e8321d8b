// Variants derives, from labelled records of Chromium's headless shell, the QUIC
// fingerprints that the full browser has and the shell can't be made to send:
//
//   - Until version 95 Chrome sends a transport parameter with its user agent
//     (0x3129, Google's), which the shell leaves out, and apps with Cronet do so
//     later.
//   - Cronet has no certificate compression.
//   - Field trials turn early data, the connection options (0x3128), the
//     remembered round-trip time (0x3127), the minimum delay of acknowledgements
//     (0xde1a) and, from version 88 to 91, application
//     settings (ALPS) on and off.
//   - From version 90 on Chrome speaks version 1 of QUIC as well as draft 29, with
//     the same hello under other numbers.
//
// Each variant is a record of its own, of the kind emulated.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	lastWithUserAgent = 94 // of the browser
	lastCronet        = 120
	firstWithALPS     = 88
	alwaysALPS        = 91
	firstWithVersion1 = 90
)

// Google's transport parameters and the extensions that vary, as fingerprints
// have them.
const (
	roundTripTime     = "(7127)"
	connectionOptions = "(7128)"
	userAgent         = "(7129)"
	minAckDelay       = "(8000de1a)"
	preSharedKey      = "(0029)"
	earlyData         = "(002a)"
	applicationLayer  = "(4469)"
	compression       = "(001b0003020002)"
)

// A derived record has what an archive is built of.
type derived struct {
	Fingerprints map[string]string `json:"fingerprints"`
	Src          string            `json:"src_ip"`
	Dst          string            `json:"dst_ip"`
	Protocol     int               `json:"protocol"`
	SrcPort      int               `json:"src_port"`
	DstPort      int               `json:"dst_port"`
	Process      process           `json:"src_process"`
}

// A process is the label of a record, with its name first.
type process struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Library string `json:"library"`
	OS      string `json:"os,omitempty"`
	Kind    string `json:"kind"`
	Family  string `json:"family"`
}

func main() {
	log.SetFlags(0)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	seen := map[string]bool{}
	for in.Scan() {
		var r struct {
			Fingerprints map[string]string `json:"fingerprints"`
			Process      process           `json:"src_process"`
		}
		if json.Unmarshal(in.Bytes(), &r) != nil {
			continue
		}
		version := r.Process.Version
		before, _, _ := strings.Cut(version, ".")
		major, err := strconv.Atoi(before)
		fp := r.Fingerprints["quic"]
		if fp == "" || err != nil || r.Process.Family != "chromium" {
			continue
		}
		seen[version+fp] = true
		all := variants(fp, major)
		if v1 := version1(fp); v1 != "" && major >= firstWithVersion1 {
			all = append(append(all, v1), variants(v1, major)...)
		}
		for _, v := range all {
			if seen[version+v] {
				continue
			}
			seen[version+v] = true
			r.Process.Kind, r.Process.Name = "emulated", "chrome"
			r.Process.Library = "derived from Chromium " + version
			text, err := json.Marshal(derived{map[string]string{"quic": v}, "192.0.2.1", "192.0.2.1", 17, 1, 443, r.Process})
			if err != nil {
				log.Fatal(err)
			}
			out.Write(text)
			out.WriteByte('\n')
		}
	}
	if err := in.Err(); err != nil {
		log.Fatal(err)
	}
}

// version1 returns what a fingerprint of draft 29 is in version 1 of QUIC, or
// nothing for other versions.
func version1(fp string) string {
	const draft, alpnDraft, alpn = "quic/(ff00001d)", "(0010000800060568332d3239)", "(001000050003026833)"
	rest, ok := strings.CutPrefix(fp, draft)
	m := parts.FindStringSubmatch(fp)
	if !ok || m == nil || m[3] != "ffa5" {
		return ""
	}
	alps := ""
	before := m[2]
	if strings.Contains(before, applicationLayer) {
		before, alps = without(before, applicationLayer), applicationLayer
	}
	head := "quic/(00000001)" + rest[:strings.Index(rest, "[")+1]
	return head + strings.Replace(before, alpnDraft, alpn, 1) + "((0039)[" + m[4] + "])" + alps + m[5] + "]"
}

// parts of a fingerprint: what is before the extensions, the extensions up to
// and behind the transport parameters, and those.
var parts = regexp.MustCompile(`^(quic/.*?\)\[)(.*?)\(\((ffa5|0039)\)\[(.*?)\]\)(.*)\]$`)

// variants returns the fingerprints that a version has beside this one.
func variants(fp string, major int) (all []string) {
	all = formsOf(fp, major, major <= lastWithUserAgent)
	if major <= lastCronet {
		cronet := strings.Replace(fp, compression, "", 1)
		all = append(all, formsOf(fp, major, major > lastWithUserAgent)...)
		all = append(all, cronet)
		all = append(all, formsOf(cronet, major, true)...)
		all = append(all, formsOf(cronet, major, false)...)
	}
	return all
}

// formsOf returns what field trials make of a fingerprint, with or without a user
// agent.
func formsOf(fp string, major int, agent bool) (all []string) {
	m := parts.FindStringSubmatch(fp)
	if m == nil {
		return nil
	}
	head, before, id, parameters, after := m[1], m[2], m[3], m[4], m[5]
	settings := []bool{strings.Contains(fp, applicationLayer)}
	if major >= firstWithALPS && major <= alwaysALPS {
		settings = []bool{false, true}
	}
	for _, resumption := range []string{"", preSharedKey, preSharedKey + earlyData} {
		for _, alps := range settings {
			for bits := range 8 {
				p := without(parameters, roundTripTime, connectionOptions, userAgent, minAckDelay)
				if bits&1 != 0 {
					p = withParameter(p, roundTripTime)
				}
				if bits&2 != 0 {
					p = withParameter(p, connectionOptions)
				}
				if bits&4 != 0 {
					p = withParameter(p, minAckDelay)
				}
				if agent {
					p = withParameter(p, userAgent)
				}
				b := without(before, preSharedKey, earlyData, applicationLayer)
				a := without(after, applicationLayer)
				for _, e := range element.FindAllString(resumption, -1) {
					b = with(b, e)
				}
				// Extensions are in the order of their numbers.
				if alps && id > "4469" {
					b = with(b, applicationLayer)
				} else if alps {
					a = with(a, applicationLayer)
				}
				all = append(all, head+b+"(("+id+")["+p+"])"+a+"]")
			}
		}
	}
	return all
}

// element is one of a list such as (0029)(002a).
var element = regexp.MustCompile(`\([^()]*\)`)

func without(list string, drop ...string) string {
	all := element.FindAllString(list, -1)
	return strings.Join(slices.DeleteFunc(all, func(e string) bool { return slices.Contains(drop, e) }), "")
}

// with adds an extension where it belongs in the order of their numbers.
func with(list, e string) string {
	const numberLen = len("(0029")
	all := element.FindAllString(list, -1)
	at := slices.IndexFunc(all, func(x string) bool { return x[:numberLen] > e[:numberLen] })
	return insert(all, at, e)
}

// withParameter adds a transport parameter; those of more bytes have higher
// numbers.
func withParameter(list, p string) string {
	all := element.FindAllString(list, -1)
	at := slices.IndexFunc(all, func(x string) bool { return len(x) > len(p) || len(x) == len(p) && x > p })
	return insert(all, at, p)
}

func insert(all []string, at int, e string) string {
	if at < 0 {
		at = len(all)
	}
	return strings.Join(slices.Insert(all, at, e), "")
}
