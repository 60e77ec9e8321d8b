package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"merctools/lib/certificate"
	"merctools/lib/cli"
	"merctools/lib/output"
	"merctools/lib/record"
)

type certCommand struct {
	cli.Common
	cli.SandboxFlags
	Filter        string   `placeholder:"LIST" brief:"write only certificates with a fault" help:"write only certificates that have one of the faults in a comma-separated list: weak-key, weak-signature, self-issued, nonconformant, not-valid, untrusted, weak (all of these), shared-key (the key is in another certificate, too); or, last in the list, regex=EXPRESSION, which their DER matches"`
	Groups        bool     `name:"key-groups" brief:"number the keys" help:"add the member key_group: the number of the certificate's key, by when it was first seen, so that equal keys have the same"`
	Trust         string   `placeholder:"FILE" brief:"say which certificates these authorities vouch for" help:"add the member trusted: whether a chain leads to a certificate in a PEM file, by way of those in the same record"`
	At            string   `placeholder:"TIME" help:"time at which certificates must be valid, such as 2024-02-29T00:00:00Z (default: now)"`
	PEM           bool     `name:"pem-output" brief:"write PEM in place of JSON" help:"write certificates in PEM in place of JSON"`
	Prefix        bool     `brief:"write the beginnings of certificates" help:"write only what certificates begin with: version, serial number and issuer"`
	PrefixHex     bool     `name:"prefix-as-hex" help:"write what certificates begin with, up to the end of the issuer, as hexadecimal digits"`
	Hash          string   `name:"hash-output" placeholder:"NAME" help:"write only the hashes of certificates: sha1, sha224, sha256, sha384 or sha512"`
	TruncTest     bool     `name:"trunc-test" help:"write each certificate of up to 16 KiB cut off behind 0, 1, 2 and so on bytes, a line with the length before each"`
	CommonFactors bool     `name:"common-factors" brief:"find RSA keys with a factor in common" help:"in place of certificates, write the RSA moduli that have a factor in common with others, and the factors"`
	Moduli        bool     `needs:"common-factors" help:"with --common-factors, the lines are moduli in hexadecimal digits"`
	PrivateKeys   bool     `needs:"common-factors" name:"private-keys" help:"with --common-factors, add the private keys that follow from the factors, in PEM"`
	Files         []string `arg:"" optional:"" name:"file" help:"certificates in PEM or DER, lines of base64, or records (default: standard input)"`

	filter  fault
	pattern *regexp.Regexp // nil where there is none
	at      time.Time
	roots   *x509.CertPool
	keys    map[[sha256.Size]byte]*certKey // nil where keys are not told apart
	moduli  *moduli
	out     *bufio.Writer
	w       record.Writer
	counts  struct{ read, written, bad, other, long int }
}

// A fault is one that certificates are kept for; several are the sum. The first
// are those of package certificate.
type fault uint16

const (
	notValid fault = 1 << (8 + iota)
	untrusted
	sharedKey
	matching // the regular expression
)

// anyWeakness is what --filter=weak stands for.
const anyWeakness = fault(certificate.WeakKey|certificate.WeakSignature|certificate.SelfIssued|certificate.Nonconformant) | notValid | untrusted

var faultNames = map[string]fault{
	"weak-key":       fault(certificate.WeakKey),
	"weak-signature": fault(certificate.WeakSignature),
	"self-issued":    fault(certificate.SelfIssued),
	"nonconformant":  fault(certificate.Nonconformant),
	"not-valid":      notValid,
	"untrusted":      untrusted,
	"shared-key":     sharedKey,
	"weak":           anyWeakness,
}

// A certKey is a key that certificates have.
type certKey struct {
	number int
	first  [sha256.Size]byte // of the first certificate with it
	text   []byte            // what is written of that once there is another
	done   bool              // that is written, or kept in text
}

func newCert() *cli.Command {
	return &cli.Command{
		Name:      "cert",
		Summary:   "Write certificates as JSON, and find weak ones.",
		Brief:     "write certificates as JSON, and find weak ones",
		Details:   certDetails,
		Examples:  certExamples,
		ShortHelp: []string{"filter", "key-groups", "common-factors", "trust", "pem-output"},
		Runner:    &certCommand{},
	}
}

const certDetails = `Certificates come in PEM, in DER, in lines of base64, or in records without
--certs-json. Each is a line of JSON with the members that records have of one,
and sha256, the hash of its DER. Keys and the like in PEM are skipped with a
warning.
`

const certExamples = `  merc-fp < trace.pcap | merc-analyze cert --filter=weak-key,not-valid
  merc-analyze cert --trust=/etc/ssl/certs/ca-certificates.crt server.pem
  merc-analyze cert --filter=shared-key --pem-output certificates.txt
  merc-analyze cert --common-factors certificates.txt
`

// Run writes certificates, or moduli with common factors.
func (c *certCommand) Run(ctx context.Context, env *cli.Env) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	names := cli.Names(c.Files)
	if _, err := env.Inputs(append(slices.Clone(names), c.Trust), []string{output.Stdout}); err != nil {
		return err
	}
	if c.Trust != "" {
		if c.roots, err = readRoots(c.Trust); err != nil {
			return err
		}
	}
	c.out = bufio.NewWriter(env.Stdout)
	c.Confine(env, c.Verbose, cli.Needs{Read: env.OpenFiles(names)})
	var failed []error
	for _, name := range names {
		if err := c.file(ctx, env, name); err != nil {
			failed = append(failed, err)
		}
	}
	if c.moduli != nil {
		failed = append(failed, c.moduli.write(c.out, c.PrivateKeys))
	}
	failed = append(failed, c.out.Flush())
	if c.moduli != nil && c.moduli.long > 0 {
		failed = append(failed, fmt.Errorf("%d moduli of more than %d bits left out", c.moduli.long, 8*maxModulus))
	}
	if c.counts.long > 0 {
		failed = append(failed, fmt.Errorf("--trunc-test: %d certificates of more than %d bytes left out", c.counts.long, maxTruncTest))
	}
	if c.counts.bad > 0 {
		failed = append(failed, fmt.Errorf("%d lines or blocks are no certificates", c.counts.bad))
	}
	if c.Verbose {
		env.Noticef("certificates: %d, written: %d, other blocks skipped: %d", c.counts.read, c.counts.written, c.counts.other)
	}
	return errors.Join(failed...)
}

func (c *certCommand) check() (err error) {
	list, expression, ok := strings.Cut(c.Filter, "regex=")
	if ok {
		c.filter = matching
		if c.pattern, err = regexp.Compile(expression); err != nil {
			return cli.Usagef("--filter: regex: %v", err)
		}
	}
	for name := range strings.SplitSeq(list, ",") {
		switch name = strings.TrimSpace(name); {
		case name == "":
		case faultNames[name] == 0:
			return cli.Usagef("--filter: unknown fault %q (known: weak-key weak-signature self-issued nonconformant not-valid untrusted weak shared-key regex=EXPRESSION)", name)
		case name == "untrusted" && c.Trust == "":
			return cli.Usagef("--filter: untrusted is given without --trust")
		default:
			c.filter |= faultNames[name]
		}
	}
	c.at = time.Now()
	if c.At != "" {
		if c.at, err = time.Parse(time.RFC3339, c.At); err != nil {
			return cli.Usagef("--at: %q is no time such as 2024-02-29T00:00:00Z", c.At)
		}
	}
	if err := c.checkForm(); err != nil {
		return err
	}
	if c.CommonFactors {
		c.moduli = newModuli()
	}
	if c.Groups || c.filter&sharedKey != 0 {
		c.keys = map[[sha256.Size]byte]*certKey{}
	}
	return nil
}

// checkForm checks that one form of output is chosen at most.
func (c *certCommand) checkForm() error {
	var forms []string
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"--pem-output", c.PEM}, {"--prefix", c.Prefix}, {"--prefix-as-hex", c.PrefixHex}, {"--hash-output", c.Hash != ""},
		{"--trunc-test", c.TruncTest}, {"--common-factors", c.CommonFactors},
	} {
		if f.given {
			forms = append(forms, f.name)
		}
	}
	switch {
	case len(forms) > 1:
		return cli.Usagef("%s and %s exclude each other", forms[0], forms[1])
	case c.Hash != "" && certHashes[c.Hash] == 0:
		return cli.Usagef("--hash-output: unknown hash %q (known: sha1 sha224 sha256 sha384 sha512)", c.Hash)
	case c.CommonFactors && c.filter != 0:
		return cli.Usagef("--filter and --common-factors exclude each other")
	}
	return nil
}

// readRoots reads the certificates of a PEM file.
func readRoots(name string) (*x509.CertPool, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: no certificates in PEM", name)
	}
	return pool, nil
}

// maxNotices is how many lines that are no certificates are told of, of each
// kind.
const maxNotices = 10

func (c *certCommand) file(ctx context.Context, env *cli.Env, name string) error {
	f, called, err := env.Open(ctx, name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := newCertReader(f, c.Moduli)
	for {
		chain, err := r.next()
		var other otherBlock
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, errNoCertificate):
			if c.counts.bad++; c.counts.bad <= maxNotices {
				env.Noticef("%s:%d: %v", called, r.line, err)
			}
			continue
		case errors.As(err, &other):
			if c.counts.other++; c.counts.other <= maxNotices {
				env.Noticef("%s:%d: %v", called, r.line, err)
			}
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", called, err)
		}
		if c.Moduli {
			c.moduli.add(chain[0], origin{line: uint64(r.line)})
			continue
		}
		for i := range chain {
			if err := c.one(chain, i); err != nil {
				return err
			}
		}
	}
}

// one writes certificate i of a chain, if it is wanted.
func (c *certCommand) one(chain [][]byte, i int) error {
	c.counts.read++
	der := chain[i]
	var cert certificate.Certificate
	cert.Parse(der)
	sum := sha256.Sum256(der)
	if c.moduli != nil {
		if m := cert.Modulus(); m != nil {
			c.moduli.add(m, origin{certificate: sum, exponent: cert.Exponent()})
		}
		return nil
	}
	v := verdict{faults: fault(cert.Faults()), sum: sum}
	if !cert.ValidAt(c.at) {
		v.faults |= notValid
	}
	if c.roots != nil {
		if v.trust = c.verify(chain, i); v.trust != nil {
			v.faults |= untrusted
		}
	}
	if c.pattern != nil && c.pattern.Match(der) {
		v.faults |= matching
	}
	key := c.key(&cert, sum)
	if key != nil {
		v.group = key.number
		if key.first != sum {
			v.faults |= sharedKey
		}
	}
	keep := key != nil && c.filter&sharedKey != 0 && !key.done
	wanted := c.filter == 0 || v.faults&c.filter != 0
	if !wanted && !keep {
		return nil
	}
	if key != nil {
		key.done = true
	}
	c.w.Reset(0)
	put := c.put
	if c.TruncTest {
		put = c.putTruncated
		c.w.Raw(der)
	} else {
		c.render(&cert, der, &v)
	}
	if !wanted { // before there is another one with its key
		key.text = slices.Clone(c.w.Bytes())
		return nil
	}
	if v.faults&c.filter&sharedKey != 0 && key.text != nil {
		if err := put(key.text); err != nil {
			return err
		}
		key.text = nil
	}
	return put(c.w.Bytes())
}

// key returns the key of a certificate, or nil where keys are not told apart, or
// there is none.
func (c *certCommand) key(cert *certificate.Certificate, sum [sha256.Size]byte) *certKey {
	bits := cert.PublicKey()
	if c.keys == nil || len(bits) == 0 {
		return nil
	}
	id := sha256.Sum256(bits)
	key := c.keys[id]
	if key == nil {
		key = &certKey{number: len(c.keys) + 1, first: sum}
		c.keys[id] = key
	}
	return key
}

func (c *certCommand) put(text []byte) error {
	c.counts.written++
	_, err := c.out.Write(text)
	return err
}
