// Package cbom writes an inventory of the cryptography that was seen, as a
// cryptographic bill of materials: CycloneDX 1.6 in JSON. What agencies ask for
// before the migration to post-quantum cryptography is in it: which service uses
// which protocols, groups, ciphers, signatures and keys, and how well each
// resists quantum computers.
package cbom

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"merctools/lib/report"
)

// Write writes the inventory of what was collected.
func Write(w io.Writer, c *report.Collector) error {
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).Encode(Make(c.Inventory()))
}

// Make returns the bill of materials for an inventory. It has the same bytes
// for the same inventory: neither a serial number nor the time of its making.
func Make(v *report.Inventory) *cdx.BOM {
	m := &maker{algorithms: map[string]*cdx.Component{}, components: []cdx.Component{}, dependencies: []cdx.Dependency{}}
	for i := range v.Certificates {
		m.certificate(&v.Certificates[i])
	}
	for i := range v.Services {
		m.service(&v.Services[i])
	}
	for _, name := range m.order {
		m.components = append(m.components, *m.algorithms[name])
	}
	bom := cdx.NewBOM()
	// EncodeVersion would make applications of cryptographic assets.
	bom.SpecVersion, bom.JSONSchema = cdx.SpecVersion1_6, "http://cyclonedx.org/schema/bom-1.6.schema.json"
	bom.Metadata = &cdx.Metadata{
		Component: &cdx.Component{BOMRef: "capture", Type: cdx.ComponentTypeData, Name: cmp.Or(v.Title, "records")},
		Tools:     &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: "merctools"}}},
	}
	if !v.Last.IsZero() {
		bom.Metadata.Timestamp = v.Last.Format(time.RFC3339)
	}
	bom.Components = &m.components
	bom.Dependencies = &m.dependencies
	// What was not seen is not here.
	bom.Compositions = &[]cdx.Composition{{Aggregate: cdx.CompositionAggregateIncomplete, Assemblies: &[]cdx.BOMReference{"capture"}}}
	if v.Incomplete {
		bom.Properties = &[]cdx.Property{{Name: "merctools:incomplete", Value: "there were more services or certificates than are kept"}}
	}
	return bom
}

// A maker makes components.
type maker struct {
	components   []cdx.Component
	dependencies []cdx.Dependency
	algorithms   map[string]*cdx.Component
	order        []string // of algorithms, as they come
}

// seen says when and how often something was seen.
func seen(s report.Seen, more ...cdx.Property) *[]cdx.Property {
	list := []cdx.Property{{Name: "merctools:count", Value: strconv.FormatUint(s.Count, 10)}}
	if !s.First.IsZero() {
		list = append(list, cdx.Property{Name: "merctools:first_seen", Value: s.First.Format(time.RFC3339Nano)},
			cdx.Property{Name: "merctools:last_seen", Value: s.Last.Format(time.RFC3339Nano)})
	}
	list = append(list, more...)
	return &list
}

// evidence says where something was seen.
func evidence(s report.Seen, locations ...string) *cdx.Evidence {
	context := fmt.Sprintf("in %d messages", s.Count)
	if !s.First.IsZero() {
		context += ", from " + s.First.Format(time.RFC3339) + " to " + s.Last.Format(time.RFC3339)
	}
	var list []cdx.EvidenceOccurrence
	for _, l := range locations {
		list = append(list, cdx.EvidenceOccurrence{Location: l, AdditionalContext: context})
	}
	return &cdx.Evidence{Occurrences: &list}
}

// algorithm returns the reference of an algorithm.
func (m *maker) algorithm(a algorithm) string {
	ref := "algorithm/" + a.name
	if _, ok := m.algorithms[ref]; ok {
		return ref
	}
	p := &cdx.CryptoAlgorithmProperties{Primitive: a.primitive, ParameterSetIdentifier: a.parameters, Mode: a.mode}
	if a.functions != nil {
		p.CryptoFunctions = &a.functions
	}
	if a.level >= 0 {
		p.NistQuantumSecurityLevel = &a.level
	}
	m.algorithms[ref] = &cdx.Component{
		BOMRef: ref, Type: cdx.ComponentTypeCryptographicAsset, Name: a.name,
		CryptoProperties: &cdx.CryptoProperties{AssetType: cdx.CryptoAssetTypeAlgorithm, AlgorithmProperties: p},
	}
	m.order = append(m.order, ref)
	return ref
}

// certificate adds a certificate and its key.
func (m *maker) certificate(c *report.Certificate) {
	ref, keyRef := "certificate/"+c.ID, "key/"+c.ID
	p := &cdx.CertificateProperties{SubjectName: c.Subject, IssuerName: c.Issuer, CertificateFormat: "X.509"}
	if !c.NotBefore.IsZero() {
		p.NotValidBefore = c.NotBefore.UTC().Format(time.RFC3339)
	}
	if !c.NotAfter.IsZero() {
		p.NotValidAfter = c.NotAfter.UTC().Format(time.RFC3339)
	}
	needs := []string{}
	if c.Signature != "" {
		p.SignatureAlgorithmRef = cdx.BOMReference(m.algorithm(signature(c.Signature)))
		needs = append(needs, string(p.SignatureAlgorithmRef))
	}
	if c.Key != "" {
		algorithm := m.algorithm(key(c.Key, c.Bits))
		k := &cdx.RelatedCryptoMaterialProperties{Type: cdx.RelatedCryptoMaterialTypePublicKey, AlgorithmRef: cdx.BOMReference(algorithm)}
		if c.Bits > 0 {
			k.Size = &c.Bits
		}
		p.SubjectPublicKeyRef = cdx.BOMReference(keyRef)
		m.components = append(m.components, cdx.Component{
			BOMRef: keyRef, Type: cdx.ComponentTypeCryptographicAsset, Name: "key of " + cmp.Or(c.Subject, "a certificate"),
			CryptoProperties: &cdx.CryptoProperties{AssetType: cdx.CryptoAssetTypeRelatedCryptoMaterial, RelatedCryptoMaterialProperties: k},
		})
		m.dependencies = append(m.dependencies, cdx.Dependency{Ref: keyRef, Dependencies: &[]string{algorithm}})
		needs = append(needs, keyRef)
	}
	var more []cdx.Property
	for _, x := range []struct{ name, value string }{{"serial_number", c.Serial}, {"subject_alt_names", strings.Join(c.Names, " ")}} {
		if x.value != "" {
			more = append(more, cdx.Property{Name: "merctools:" + x.name, Value: x.value})
		}
	}
	component := cdx.Component{
		BOMRef: ref, Type: cdx.ComponentTypeCryptographicAsset, Name: cmp.Or(c.Subject, "certificate "+c.Serial),
		CryptoProperties: &cdx.CryptoProperties{AssetType: cdx.CryptoAssetTypeCertificate, CertificateProperties: p},
		Evidence:         evidence(c.Seen, c.Servers...), Properties: seen(c.Seen, more...),
	}
	if c.SHA256 != "" {
		component.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: c.SHA256}}
	}
	m.components = append(m.components, component)
	m.dependencies = append(m.dependencies, cdx.Dependency{Ref: ref, Dependencies: &needs})
}

// service adds a service: the protocol in the version that it chose most often;
// all versions are a property.
func (m *maker) service(s *report.Service) {
	needs := []string{}
	need := func(refs ...string) []string {
		for _, r := range refs {
			if !slices.Contains(needs, r) {
				needs = append(needs, r)
			}
		}
		return refs
	}
	p := &cdx.CryptoProtocolProperties{Type: cdx.CryptoProtocolTypeTLS}
	for _, g := range s.Groups {
		need(m.algorithm(group(g)))
	}
	var suites []cdx.CipherSuite
	for _, name := range s.Suites {
		algorithms := []cdx.BOMReference{}
		for _, a := range suiteAlgorithms(name) {
			algorithms = append(algorithms, cdx.BOMReference(need(m.algorithm(a))[0]))
		}
		suites = append(suites, cdx.CipherSuite{Name: name, Algorithms: &algorithms})
	}
	for _, x := range []struct {
		names []string
		of    func(string) algorithm
	}{{s.KeyExchanges, sshKeyExchange}, {s.HostKeys, signature}, {s.Ciphers, sshCipher}, {s.MACs, mac}} {
		for _, name := range x.names {
			need(m.algorithm(x.of(name)))
		}
	}
	for _, id := range s.Certificates {
		need("certificate/" + id)
	}
	if len(suites) > 0 {
		p.CipherSuites = &suites
	}
	if len(needs) > 0 {
		refs := make([]cdx.BOMReference, len(needs))
		for i, r := range needs {
			refs[i] = cdx.BOMReference(r)
		}
		p.CryptoRefArray = &refs
	}
	title := strings.ToUpper(s.Protocol)
	versions := s.Versions
	switch s.Protocol {
	case "ssh":
		p.Type, versions = cdx.CryptoProtocolTypeSSH, []string{"2.0"}
	case "quic":
		versions = []string{"TLSv1.3"} // RFC 9001
	}
	more := []cdx.Property{{Name: "merctools:transport", Value: s.Transport}}
	for _, x := range []struct {
		name string
		list []string
	}{{"server_names", s.Names}, {"versions", s.Versions}, {"groups", s.Groups}, {"alpn", s.ALPN}} {
		if len(x.list) > 0 {
			more = append(more, cdx.Property{Name: "merctools:" + x.name, Value: strings.Join(x.list, " ")})
		}
	}
	if len(versions) == 0 {
		versions = []string{""}
	}
	ref := "service/" + s.Transport + "/" + s.Address
	p.Version = strings.TrimLeft(versions[0], "DTLSv")
	name := title + " at " + s.Address
	if len(s.Names) > 0 {
		name += " (" + s.Names[0] + ")"
	}
	m.components = append(m.components, cdx.Component{
		BOMRef: ref, Type: cdx.ComponentTypeCryptographicAsset, Name: name,
		CryptoProperties: &cdx.CryptoProperties{AssetType: cdx.CryptoAssetTypeProtocol, ProtocolProperties: p},
		Evidence:         evidence(s.Seen, s.Address), Properties: seen(s.Seen, more...),
	})
	m.dependencies = append(m.dependencies, cdx.Dependency{Ref: ref, Dependencies: &needs})
}
