package cbom

import (
	"strconv"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// An algorithm is what names of suites, groups and the like stand for.
type algorithm struct {
	name, parameters string
	primitive        cdx.CryptoPrimitive
	mode             cdx.CryptoAlgorithmMode
	functions        []cdx.CryptoFunction
	// level is the category of security against quantum computers that NIST
	// defines, from 1 to 5; 0 for none, and -1 if NIST has assigned none.
	level int
}

const unknownLevel = -1

// group describes a group for key exchange. Hybrids have the level of their
// post-quantum part.
func group(name string) algorithm {
	a := algorithm{name: name, primitive: cdx.CryptoPrimitiveKeyAgree, functions: []cdx.CryptoFunction{cdx.CryptoFunctionKeygen}}
	lower := strings.ToLower(name)
	for _, x := range []struct {
		part  string
		level int
	}{{"mlkem512", 1}, {"mlkem768", 3}, {"mlkem1024", 5}, {"kyber512", 1}, {"kyber768", 3}, {"kyber1024", 5}} {
		if i := strings.Index(lower, x.part); i >= 0 {
			a.level = x.level
			a.parameters = name[i:]
			a.primitive = cdx.CryptoPrimitiveKEM
			if i > 0 || len(lower) > len(x.part) {
				a.primitive = cdx.CryptoPrimitiveCombiner
			}
			a.functions = []cdx.CryptoFunction{cdx.CryptoFunctionKeygen, cdx.CryptoFunctionEncapsulate, cdx.CryptoFunctionDecapsulate}
			return a
		}
	}
	for _, classical := range []string{"x25519", "x448", "secp", "sect", "ffdhe", "brainpool", "sm2", "gc256", "gc512"} {
		if strings.HasPrefix(lower, classical) {
			a.parameters = name
			return a
		}
	}
	a.primitive, a.level = cdx.CryptoPrimitiveUnknown, unknownLevel
	return a
}

// sshKeyExchange describes a method of SSH.
func sshKeyExchange(name string) algorithm {
	base, _, _ := strings.Cut(name, "@")
	switch {
	case strings.Contains(base, "mlkem"):
		a := group(base)
		a.name = name
		return a
	case strings.HasPrefix(base, "sntrup"): // of which NIST has no opinion
		return algorithm{name: name, primitive: cdx.CryptoPrimitiveCombiner, level: unknownLevel,
			functions: []cdx.CryptoFunction{cdx.CryptoFunctionKeygen, cdx.CryptoFunctionEncapsulate, cdx.CryptoFunctionDecapsulate}}
	}
	for _, classical := range []string{"curve25519", "curve448", "ecdh", "diffie-hellman", "gss-", "rsa"} {
		if strings.HasPrefix(base, classical) {
			return algorithm{name: name, primitive: cdx.CryptoPrimitiveKeyAgree, functions: []cdx.CryptoFunction{cdx.CryptoFunctionKeygen}}
		}
	}
	return algorithm{name: name, primitive: cdx.CryptoPrimitiveUnknown, level: unknownLevel}
}

// suiteAlgorithms are the parts of a cipher suite of TLS: key exchange and
// signature, which TLS 1.3 leaves out, and encryption.
func suiteAlgorithms(name string) (list []algorithm) {
	rest := strings.TrimPrefix(name, "TLS_")
	exchange, cipher, before13 := strings.Cut(rest, "_WITH_")
	if before13 {
		kex, auth, two := strings.Cut(exchange, "_")
		a := algorithm{name: kex, primitive: cdx.CryptoPrimitiveKeyAgree, functions: []cdx.CryptoFunction{cdx.CryptoFunctionKeygen}}
		if kex == "RSA" {
			a.primitive = cdx.CryptoPrimitivePKE
			a.functions = []cdx.CryptoFunction{cdx.CryptoFunctionEncrypt, cdx.CryptoFunctionDecrypt}
		} else if kex == "PSK" || kex == "NULL" {
			a.primitive, a.level = cdx.CryptoPrimitiveOther, unknownLevel
		}
		list = append(list, a)
		if two && (auth == "RSA" || auth == "ECDSA" || auth == "DSS") {
			list = append(list, algorithm{name: auth, primitive: cdx.CryptoPrimitiveSignature, functions: []cdx.CryptoFunction{cdx.CryptoFunctionSign, cdx.CryptoFunctionVerify}})
		}
		rest = cipher
	}
	if !strings.HasPrefix(name, "TLS_") {
		return nil
	}
	for _, hash := range []string{"_SHA256", "_SHA384", "_SHA512", "_SHA", "_MD5", "_SM3"} {
		if s, ok := strings.CutSuffix(rest, hash); ok {
			rest = s
			break
		}
	}
	return append(list, encryption(strings.ReplaceAll(rest, "_", "-")))
}

// sshCipher describes an encryption algorithm of SSH.
func sshCipher(name string) algorithm {
	base, _, _ := strings.Cut(name, "@")
	base = strings.ToUpper(base)
	// SSH writes AES-128 as aes128.
	for _, bits := range []string{"128", "192", "256"} {
		base = strings.Replace(base, "AES"+bits, "AES-"+bits, 1)
	}
	a := encryption(base)
	a.name = name
	return a
}

// encryption describes a cipher such as AES-128-GCM.
func encryption(name string) algorithm {
	a := algorithm{name: name, primitive: cdx.CryptoPrimitiveBlockCipher, level: unknownLevel,
		functions: []cdx.CryptoFunction{cdx.CryptoFunctionEncrypt, cdx.CryptoFunctionDecrypt}}
	for _, x := range []struct {
		part string
		mode cdx.CryptoAlgorithmMode
	}{{"-GCM", cdx.CryptoAlgorithmModeGCM}, {"-CCM", cdx.CryptoAlgorithmModeCCM}, {"-CBC", cdx.CryptoAlgorithmModeCBC}, {"-CTR", cdx.CryptoAlgorithmModeCTR}} {
		if strings.Contains(name, x.part) {
			a.mode = x.mode
		}
	}
	switch {
	case strings.HasPrefix(name, "CHACHA20"):
		a.primitive = cdx.CryptoPrimitiveAE
	case strings.HasPrefix(name, "RC4"), strings.HasPrefix(name, "ARCFOUR"):
		a.primitive, a.level = cdx.CryptoPrimitiveStreamCipher, 0
	case strings.HasPrefix(name, "NULL"), strings.HasPrefix(name, "NONE"):
		a.primitive, a.level, a.functions = cdx.CryptoPrimitiveOther, 0, nil
	case strings.HasPrefix(name, "DES"), strings.HasPrefix(name, "3DES"), strings.HasPrefix(name, "RC2"), strings.HasPrefix(name, "IDEA"), strings.HasPrefix(name, "BLOWFISH"), strings.HasPrefix(name, "CAST"):
		a.level = 0
	}
	if a.mode == cdx.CryptoAlgorithmModeGCM || a.mode == cdx.CryptoAlgorithmModeCCM {
		a.primitive = cdx.CryptoPrimitiveAE
	}
	// The categories 1, 3 and 5 are defined by the search for keys of AES.
	for bits, level := range map[int]int{128: 1, 192: 3, 256: 5} {
		if strings.HasPrefix(name, "AES-"+strconv.Itoa(bits)) {
			a.level, a.parameters = level, strconv.Itoa(bits)
		}
	}
	return a
}

// mac describes a MAC of SSH.
func mac(name string) algorithm {
	return algorithm{name: name, primitive: cdx.CryptoPrimitiveMAC, level: unknownLevel, functions: []cdx.CryptoFunction{cdx.CryptoFunctionTag}}
}

// signature describes a signature algorithm, of certificates or of SSH.
func signature(name string) algorithm {
	a := algorithm{name: name, primitive: cdx.CryptoPrimitiveSignature, functions: []cdx.CryptoFunction{cdx.CryptoFunctionSign, cdx.CryptoFunctionVerify}}
	a.level, a.parameters = signatureLevel(name)
	return a
}

// key describes the algorithm of a public key.
func key(name string, bits int) algorithm {
	a := signature(name)
	lower := strings.ToLower(name)
	if strings.Contains(lower, "x25519") || strings.Contains(lower, "dh") {
		a.primitive, a.functions = cdx.CryptoPrimitiveKeyAgree, []cdx.CryptoFunction{cdx.CryptoFunctionKeygen}
	}
	if bits > 0 && a.parameters == "" {
		a.parameters = strconv.Itoa(bits)
		a.name += "-" + a.parameters
	}
	return a
}

// signatureLevel is the level of an algorithm by its name or object identifier,
// and its set of parameters.
func signatureLevel(name string) (level int, parameters string) {
	lower := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
	for _, x := range []struct {
		part  string
		level int
	}{
		{"mldsa44", 2}, {"mldsa65", 3}, {"mldsa87", 5}, // FIPS 204
		{"slhdsasha2128", 1}, {"slhdsasha2192", 3}, {"slhdsasha2256", 5}, // FIPS 205
		{"slhdsashake128", 1}, {"slhdsashake192", 3}, {"slhdsashake256", 5},
		// Their object identifiers (NIST, Computer Security Objects Register).
		{"2.16.840.1.101.3.4.3.17", 2}, {"2.16.840.1.101.3.4.3.18", 3}, {"2.16.840.1.101.3.4.3.19", 5},
	} {
		if strings.Contains(lower, x.part) {
			return x.level, name
		}
	}
	for _, classical := range []string{"rsa", "ecdsa", "ecpublickey", "dsa", "dss", "ed25519", "ed448", "x25519", "x448"} {
		if strings.Contains(lower, classical) {
			return 0, ""
		}
	}
	return unknownLevel, ""
}
