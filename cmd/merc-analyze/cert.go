package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
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
	Filter        string   `placeholder:"LIST" brief:"write only certificates with a fault" help:"write only certificates that have one of the faults in a comma-separated list: weak-key, weak-signature, self-issued, nonconformant, not-valid, untrusted, weak (all of them)"`
	Groups        bool     `name:"key-groups" brief:"number the keys" help:"add the member key_group: the number of the certificate's key, by when it was first seen, so that equal keys have the same"`
	CommonFactors bool     `name:"common-factors" brief:"find RSA keys with a factor in common" help:"in place of certificates, write the RSA moduli that have a factor in common with others, and the factors"`
	Moduli        bool     `help:"with --common-factors, the lines are moduli in hexadecimal digits"`
	Trust         string   `placeholder:"FILE" brief:"say which certificates these ones vouch for" help:"add the member trusted: whether a chain leads to a certificate in a PEM file, by way of those in the same record"`
	At            string   `placeholder:"TIME" help:"time at which certificates must be valid, such as 2024-02-29T00:00:00Z (default: now)"`
	Files         []string `arg:"" optional:"" name:"file" help:"certificates in PEM or DER, lines of base64, or records (default: standard input)"`

	filter fault
	at     time.Time
	roots  *x509.CertPool
	groups map[[sha256.Size]byte]int
	moduli *moduli
	out    *bufio.Writer
	w      record.Writer
	counts struct{ read, written, bad int }
}

// A fault is one that certificates are kept for; several are the sum. The first
// are those of package certificate.
type fault uint16

const (
	notValid fault = 1 << (8 + iota)
	untrusted
)

var faultNames = map[string]fault{
	"weak-key":       fault(certificate.WeakKey),
	"weak-signature": fault(certificate.WeakSignature),
	"self-issued":    fault(certificate.SelfIssued),
	"nonconformant":  fault(certificate.Nonconformant),
	"not-valid":      notValid,
	"untrusted":      untrusted,
}

func newCert() *cli.Command {
	return &cli.Command{
		Name:      "cert",
		Summary:   "Write certificates as JSON, and find weak ones.",
		Brief:     "write certificates as JSON, and find weak ones",
		Details:   certDetails,
		Examples:  certExamples,
		ShortHelp: []string{"filter", "key-groups", "common-factors", "trust"},
		Runner:    &certCommand{},
	}
}

const certDetails = `Certificates come in PEM, in DER, in lines of base64, or in records without
--certs-json. Each is a line of JSON with the members that records have of one,
and sha256, the hash of its DER.
`

const certExamples = `  merc-fp < trace.pcap | merc-analyze cert --filter=weak-key,not-valid
  merc-analyze cert --trust=/etc/ssl/certs/ca-certificates.crt server.pem
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
	var failed []error
	for _, name := range names {
		if err := c.file(ctx, env, name); err != nil {
			failed = append(failed, err)
		}
	}
	if c.moduli != nil {
		failed = append(failed, c.moduli.write(c.out))
	}
	failed = append(failed, c.out.Flush())
	if c.counts.bad > 0 {
		failed = append(failed, fmt.Errorf("%d lines or blocks are no certificates", c.counts.bad))
	}
	if c.Verbose {
		env.Notice(fmt.Sprintf("certificates: %d, written: %d", c.counts.read, c.counts.written))
	}
	return errors.Join(failed...)
}

func (c *certCommand) check() error {
	for name := range strings.SplitSeq(c.Filter, ",") {
		switch name = strings.TrimSpace(name); {
		case name == "":
		case name == "weak":
			for _, f := range faultNames {
				c.filter |= f
			}
			if c.Trust == "" {
				c.filter &^= untrusted
			}
		case faultNames[name] == 0:
			return cli.Usagef("--filter: unknown fault %q (known: weak-key weak-signature self-issued nonconformant not-valid untrusted weak)", name)
		case name == "untrusted" && c.Trust == "":
			return cli.Usagef("--filter: untrusted is given without --trust")
		default:
			c.filter |= faultNames[name]
		}
	}
	c.at = time.Now()
	if c.At != "" {
		var err error
		if c.at, err = time.Parse(time.RFC3339, c.At); err != nil {
			return cli.Usagef("--at: %q is no time such as 2024-02-29T00:00:00Z", c.At)
		}
	}
	switch {
	case c.CommonFactors:
		c.moduli = newModuli()
	case c.Moduli:
		return cli.Usagef("--moduli is given without --common-factors")
	}
	if c.Groups {
		c.groups = map[[sha256.Size]byte]int{}
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

func (c *certCommand) file(ctx context.Context, env *cli.Env, name string) error {
	f, called, err := env.Open(ctx, name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := newCertReader(f, c.Moduli)
	for ctx.Err() == nil {
		chain, err := r.next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, errNoCertificate):
			if c.counts.bad++; c.counts.bad <= 10 {
				env.Notice(fmt.Sprintf("%s:%d: %v", called, r.line, err))
			}
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", called, err)
		}
		if c.Moduli {
			c.moduli.add(chain[0], fmt.Sprint(r.line))
			continue
		}
		for i := range chain {
			if err := c.one(chain, i); err != nil {
				return err
			}
		}
	}
	return nil
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
			c.moduli.add(m, hex.EncodeToString(sum[:]))
		}
		return nil
	}
	faults := fault(cert.Faults())
	if !cert.ValidAt(c.at) {
		faults |= notValid
	}
	var trust error
	if c.roots != nil {
		if trust = c.verify(chain, i); trust != nil {
			faults |= untrusted
		}
	}
	group := 0
	if c.groups != nil {
		key := sha256.Sum256(cert.PublicKey())
		if group = c.groups[key]; group == 0 {
			group = len(c.groups) + 1
			c.groups[key] = group
		}
	}
	if c.filter != 0 && faults&c.filter == 0 {
		return nil
	}
	c.counts.written++
	w := &c.w
	w.Reset(0)
	cert.Write(w)
	w.Reset(w.Len() - 1) // the brace at the end
	if faults&notValid != 0 {
		w.Key("not_valid").Bool(true)
	}
	if c.roots != nil {
		w.Key("trusted").Bool(trust == nil)
		if trust != nil {
			w.Key("trust_error").Text([]byte(trust.Error()))
		}
	}
	if group > 0 {
		w.Key("key_group").Uint(uint64(group))
	}
	w.Key("sha256").Hex(sum[:])
	w.EndObject()
	w.Newline()
	_, err := c.out.Write(w.Bytes())
	return err
}

// verify looks for a chain from a certificate to a trusted one.
func (c *certCommand) verify(chain [][]byte, i int) error {
	cert, err := x509.ParseCertificate(chain[i])
	if err != nil {
		return err
	}
	between := x509.NewCertPool()
	for k, der := range chain {
		if k != i {
			if other, err := x509.ParseCertificate(der); err == nil {
				between.AddCert(other)
			}
		}
	}
	_, err = cert.Verify(x509.VerifyOptions{Roots: c.roots, Intermediates: between, CurrentTime: c.at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}
