package report

import (
	"net/netip"

	"merctools/lib/record"
)

// A kind of finding.
type kind int

const (
	kindCredentials kind = iota
	kindOldTLS
	kindWeakSuite
	kindFakeTLS
	kindDomainFaking
	kindEncryptedDNS
	kindIndicator
	kindMalware
	kindOther // attributes that have no table of their own
	numKinds
)

type findingKey struct {
	client netip.Addr
	server netip.AddrPort
	what   string
}

type finding struct {
	name        few // of the server
	programs    few
	probability float64 // the highest
	protocols   few
	jq          string // selects the records, of both sides
}

// find counts a finding. jq says by which condition records are found that have
// it, beside their addresses.
func (c *Collector) find(k kind, p *party, what, jq string, when int64, program []byte) *finding {
	f := &c.findings[k].at(findingKey{p.client.Addr(), p.server, what}, when, 0).value
	f.jq = jq
	f.name.add(p.serverName, fewNames)
	f.programs.add(program, fewPrograms)
	return f
}

// exposures are the words for attributes that tell of credentials.
var exposures = map[string]string{
	"exposed_credentials_plaintext": "password",
	"exposed_credentials_token":     "token",
	"exposed_credentials_derived":   "computed from a password",
	"password":                      "password",
	"token":                         "token",
	"derived":                       "computed from a password",
}

// credentialsJQ selects records with credentials of a kind.
var credentialsJQ = map[string]string{
	"password":                 `(.credentials=="password" or any(.analysis.attributes[]?; .name=="exposed_credentials_plaintext"))`,
	"token":                    `(.credentials=="token" or any(.analysis.attributes[]?; .name=="exposed_credentials_token"))`,
	"computed from a password": `(.credentials=="derived" or any(.analysis.attributes[]?; .name=="exposed_credentials_derived"))`,
}

func (c *Collector) addFindings(m *message, p *party) {
	if m.credentials != nil {
		c.findCredentials(m, p, exposures[string(m.credentials)])
	}
	c.addAttributes(m, p)
	if p.malware || p.probability >= suspicious {
		f := c.find(kindMalware, p, string(clip(p.process)),
			equals(".analysis.process", string(p.process))+" and (.analysis.malware==1 or .analysis.p_malware>=0.5)", m.time, p.process)
		f.probability = max(f.probability, p.probability)
	}
	for e := record.ScanArray(m.indicators); e.Next(); {
		c.addIndicator(m, p, e.Value)
	}
}

// suspicious is how probable malware must be to be shown.
const suspicious = 0.5

func (c *Collector) findCredentials(m *message, p *party, what string) {
	if what == "" {
		return
	}
	f := c.find(kindCredentials, p, what, credentialsJQ[what], m.time, p.process)
	f.protocols.add(m.protocol, fewProtocols)
}

func (c *Collector) addAttributes(m *message, p *party) {
	for e := record.ScanArray(record.Find(m.analysis, "attributes")); e.Next(); {
		name := record.Quoted(record.Find(e.Value, "name"))
		if len(name) == 0 {
			continue
		}
		k := kindOther
		switch string(name) {
		case "faketls":
			k = kindFakeTLS
		case "domain_faking":
			k = kindDomainFaking
		case "encrypted_dns":
			k = kindEncryptedDNS
		case "exposed_credentials_plaintext", "exposed_credentials_token", "exposed_credentials_derived":
			c.has.credentials = true
			if m.credentials == nil {
				c.findCredentials(m, p, exposures[string(name)])
			}
			continue
		}
		text := string(clip(c.unescape(name)))
		f := c.find(k, p, text, any1(".analysis.attributes", equals(".name", string(c.text))), m.time, p.process)
		f.probability = max(f.probability, float(record.Find(e.Value, "probability_score")))
	}
}

func (c *Collector) addIndicator(m *message, p *party, hit []byte) {
	value := c.copy(record.Quoted(record.Find(hit, "value")))
	kind := c.copy(record.Quoted(record.Find(hit, "kind")))
	in := c.copy(record.Quoted(record.Find(hit, "in")))
	list := c.copy(record.Quoted(record.Find(hit, "list")))
	what := string(clip(value)) + " (" + string(clip(kind)) + ", in " + string(clip(in)) + ")"
	jq := any1(".indicators", equals(".value", string(value))+" and .in=="+quote(string(in)))
	f := c.find(kindIndicator, p, what, jq, m.time, p.process)
	f.protocols.add(list, fewProtocols)
}
