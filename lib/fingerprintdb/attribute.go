package fingerprintdb

import (
	"encoding/json"
	"strings"
)

// An Attribute is a property of a flow or of the process behind it, such as
// that its DNS is encrypted. A model adds properties of processes to those
// named here.
type Attribute uint8

// The attributes that need no model. They are set by who knows of them.
const (
	ResidentialProxy  Attribute = iota // the same ClientHello came in from elsewhere and goes out from here
	PlaintextPassword                  // a password can be read
	PlaintextToken                     // a token that stands for a password can be read
	DerivedPassword                    // a value computed from a password can be read
	NotCNSA20                          // offers less than CNSA 2.0 asks for
	NotSP80052                         // offers less than NIST SP 800-52 revision 2 asks for
	encryptedDNS                       // the server is known for encrypted DNS
	encryptedChannel                   // malware's own TLS
	domainFaking                       // the server's address isn't one of its name
	fakeTLS                            // offers no cipher suite that anybody uses
	numBuiltIn                         // attributes from here on are the model's
)

var builtInNames = [numBuiltIn]string{
	"residential_proxy", "exposed_credentials_plaintext", "exposed_credentials_token",
	"exposed_credentials_derived", "cnsa_2_0_non_conformant", "nist_sp_800_52_2_non_conformant",
	"encrypted_dns", "encrypted_channel", "domain_faking", "faketls",
}

// String is the attribute's name in a record.
func (a Attribute) String() string {
	if a >= numBuiltIn {
		return ""
	}
	return builtInNames[a]
}

// AttributeByName finds an attribute of those that need no model by the name
// that it has in a record.
func AttributeByName(name []byte) (Attribute, bool) {
	for i, s := range builtInNames[:encryptedDNS] {
		if s == string(name) {
			return Attribute(i), true
		}
	}
	return 0, false
}

// escape is s as it stands between the quotes of a JSON string. Characters
// beyond ASCII stay as they are.
func escape(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return ""
	}
	q := strings.TrimSuffix(b.String(), "\n")
	return q[1 : len(q)-1]
}
