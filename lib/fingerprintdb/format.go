package fingerprintdb

import (
	"errors"
	"strconv"
	"strings"

	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/npf"
)

// This file defines the format of resource archives: the names of files and
// JSON members, and the limits. The loader, the search and the builder use
// these definitions; docs say what each file means.

// The files of an archive, in the order in which archives are written: with
// the version first, a reader knows what to skip.
const (
	FileVersion    = "VERSION"                  // one line: version, semicolon, qualifiers
	FileFamilies   = "families.json"            // families of programs, a JSON object a line; comes before FileDatabase
	FilePrevalence = "fp_prevalence_tls.txt"    // TLS fingerprints that are often seen, one a line
	FileDatabase   = archive.BareFile           // an Entry a line
	FileLite       = "fingerprint_db_lite.json" // a smaller FileDatabase, in dual archives
	FileWatchlist  = "doh-watchlist.txt"        // names and addresses of servers for encrypted DNS
	FileSubnets    = "pyasn.db"                 // networks and their autonomous systems
	FileDomains    = "domain-mappings.db"       // networks of domains, a JSON object a line
)

// Qualifiers in VERSION. An archive without any is of an older kind that is
// not used.
const (
	qualifierFull = "full"
	qualifierLite = "lite"
	qualifierDual = "dual"

	// Qualifier ends the VERSION of new archives: the version of the format,
	// and that it has all that is known.
	Qualifier = "; 2.0." + qualifierFull
)

// Members of a line of FileDatabase.
const (
	memberFingerprint  = archive.BareMember
	memberFingerprints = "str_repr_array" // further fingerprints of the same entry
	memberType         = "fp_type"
	memberTotal        = "total_count"
	memberWeights      = "feature_weights"
	memberProcesses    = "process_info"
)

// Members of an element of process_info, beside those of countMembers.
const (
	memberProcess    = "process"
	memberCount      = "count"
	memberSHA256     = "sha256"
	memberMalware    = "malware"
	memberAttributes = "attributes"
	memberSystems    = "os_info"
	memberFamily     = "family" // also in FileFamilies

	// memberShare stands in place of a count in Joy's databases of 2018 and 2019:
	// the share of the process, which has two decimals. It is taken for a count
	// among shareUnit messages.
	memberShare = "prevalence"
	shareUnit   = 10000
)

// Members of a line of FileFamilies, beside memberFamily, memberType and
// memberProcess.
const (
	memberWeight   = "weight"   // how common a family is; of a type, what npf.AppendTraits must find at least
	memberAgent    = "agent"    // what a product in a user agent begins with
	memberImitated = "imitated" // others send this user agent, too
	memberScore    = "score"    // how often a user agent is right
	memberListed   = "listed"   // how often an answer for a listed fingerprint is right
	memberMargin   = "margin"   // how much farther than the nearest family another must be
	memberNearest  = "nearest"  // distances, how often answers up to each are right, and how many parts of the fingerprint may be unknown
)

// Kinds of observations, in the member kinds of a process: how a message of it
// was obtained.
const (
	KindReal     = "real"     // the program sent it
	KindEmulated = "emulated" // a library or a description of the program made it
	KindMeasured = "measured" // others published it
)

// Values with a meaning of their own.
const (
	// NoUserAgent stands for a message without a user agent.
	NoUserAgent = "None"
	// UnknownASN stands for an address without an autonomous system.
	UnknownASN = "unknown"
	// genericProcess stands for all traffic whose process is unknown.
	genericProcess = "generic dmz process"
	// RandomizedWord ends the fingerprint that stands for clients that make a new
	// one each time.
	RandomizedWord = "randomized"
)

// Limits of an entry.
const (
	maxNameLen    = 255       // bytes of a process's name that are shown
	maxServerName = 256       // bytes of a server's name that count
	maxUserAgent  = 511       // bytes of a user agent that count
	maxProcesses  = 1<<16 - 1 // of a fingerprint
	maxAttributes = 16        // names, the built-in ones included

	// MaxAttributes is how many attributes an archive's processes can have.
	MaxAttributes = maxAttributes - int(numBuiltIn)
)

// Limits of a model, whatever the archive says. What goes beyond is reported
// and skipped. These are some ten times what the largest archives have.
const (
	maxKnown        = 1 << 24 // common fingerprints
	bytesExpected   = 200     // of a common fingerprint
	mostExpected    = 1 << 17 // of them, whatever an archive says of its size
	bytesRoute      = 20      // of a network
	mostRoutes      = 1 << 19 // of them
	maxUpdates      = 1 << 27 // counts of processes' features
	maxText         = 2 << 30 // bytes of lines of FileDatabase
	maxStrings      = 1 << 25 // fingerprints
	maxStringBytes  = 1 << 30 // of fingerprints
	maxNetworks     = 1 << 23 // of a file
	maxHosts        = 1 << 22 // names and addresses that are watched
	maxDomains      = 1 << 16 // with known networks
	maxVersionBytes = 4096
)

var (
	errKnown    = errors.New("too many fingerprints")
	errUpdates  = errors.New("too many counts")
	errText     = errors.New("too much text")
	errStrings  = errors.New("too many fingerprints")
	errNetworks = errors.New("too many networks")
	errHosts    = errors.New("too many hosts")
	errDomains  = errors.New("too many domains")
)

// Features of a destination, in the order in which they are weighed.
const (
	featASN = iota
	featPort
	featIPv4
	featIPv6
	featUserAgent
	featDomain
	featServerName
	numFeatures

	noFeature = -1
)

// weights say how much each feature counts.
type weights struct {
	asn, domain, port, ip, serverName, userAgent float64
}

var defaultWeights = weights{
	asn: 0.13924, domain: 0.15590, port: 0.00528, ip: 0.56735, serverName: 0.96941, userAgent: 1.0,
}

// weightMembers are the members of feature_weights. All must be there.
var weightMembers = [...]struct {
	name   string
	weight func(*weights) *float64
}{
	{"as", func(w *weights) *float64 { return &w.asn }},
	{"domain", func(w *weights) *float64 { return &w.domain }},
	{"port", func(w *weights) *float64 { return &w.port }},
	{"ip", func(w *weights) *float64 { return &w.ip }},
	{"sni", func(w *weights) *float64 { return &w.serverName }},
	{"ua", func(w *weights) *float64 { return &w.userAgent }},
}

// countMembers are the members of a process that hold counts, in the order in
// which they are written. Those that are always written are there even if
// they are empty, because other readers of archives need them. Anything but an
// object of counts makes the line useless where strict is set. Earlier archives
// lack those with newer set; a missing one of the others makes the line
// useless.
var countMembers = [...]struct {
	name    string
	counts  func(*Process) *Counts
	feature int8 // that the classifier weighs, or noFeature
	always  bool
	strict  bool
	newer   bool
}{
	{memberSystems, func(p *Process) *Counts { return &p.Systems }, noFeature, true, false, false},
	{"classes_hostname_domains", func(p *Process) *Counts { return &p.Domains }, featDomain, true, false, false},
	{"classes_hostname_sni", func(p *Process) *Counts { return &p.Servers }, featServerName, true, false, true},
	{"classes_port_port", func(p *Process) *Counts { return &p.Ports }, featPort, true, true, false},
	{"classes_ip_as", func(p *Process) *Counts { return &p.ASNs }, featASN, true, true, false},
	{"classes_ip_ip", func(p *Process) *Counts { return &p.Addrs }, featIPv4, true, true, false},
	{"classes_user_agent", func(p *Process) *Counts { return &p.UserAgents }, featUserAgent, false, true, false},
	{"classes_port_applications", func(p *Process) *Counts { return &p.Applications }, noFeature, false, false, false},
	{"versions", func(p *Process) *Counts { return &p.Versions }, noFeature, false, false, false},
	{"libraries", func(p *Process) *Counts { return &p.Libraries }, noFeature, false, false, false},
	{"kinds", func(p *Process) *Counts { return &p.Kinds }, noFeature, false, false, false},
}

// systemsMember and kindsMember are indexes in countMembers.
const (
	systemsMember = 0
	kindsMember   = len(countMembers) - 1
)

// classifiable are the types of fingerprints that archives have processes
// for: those of clients.
var classifiable = map[string]npf.Type{
	"tls": npf.TLS, "http": npf.HTTP, "quic": npf.QUIC, "stun": npf.STUN, "tofsee": npf.Tofsee, "ssh": npf.SSH,
}

// Classifiable reports whether archives have processes for a type.
func Classifiable(t npf.Type) bool {
	switch t {
	case npf.TLS, npf.HTTP, npf.QUIC, npf.SSH, npf.STUN, npf.Tofsee:
		return true
	}
	return false
}

// Qualified brings a TLS fingerprint of older archives to its present form: it
// had no name of its type, and no third group where the message had no
// extensions.
func Qualified(fp string) string {
	if !strings.HasPrefix(fp, "(") && fp != RandomizedWord {
		return fp
	}
	if _, suites, two := strings.Cut(fp, ")("); two && strings.IndexByte(suites, ')') == len(suites)-1 {
		fp += "()"
	}
	return "tls/" + fp
}

// splitFingerprint returns the name of a fingerprint's type and the number of
// its format.
func splitFingerprint(fp string) (name string, version int, ok bool) {
	name, rest, ok := strings.Cut(fp, "/")
	if !ok || rest == "" {
		return "", 0, false
	}
	if rest[0] == '(' || strings.HasPrefix(rest, RandomizedWord) {
		return name, 0, true
	}
	digits := 0
	for digits < len(rest) && isDigit(rest[digits]) {
		digits++
	}
	version, err := strconv.Atoi(rest[:digits])
	return name, version, err == nil
}
