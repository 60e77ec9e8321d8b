package main

import (
	"bytes"
	"io"
	"math/big"

	"merctools/lib/certificate/batchgcd"
	"merctools/lib/record"
)

// moduli are those of RSA keys, each once.
type moduli struct {
	index map[string]int
	list  []*big.Int
	owner [][]string // where each comes from
}

func newModuli() *moduli { return &moduli{index: map[string]int{}} }

// add adds a modulus, most significant octet first.
func (m *moduli) add(modulus []byte, owner string) {
	modulus = bytes.TrimLeft(modulus, "\x00")
	i, ok := m.index[string(modulus)]
	if !ok {
		i = len(m.list)
		m.index[string(modulus)] = i
		m.list = append(m.list, new(big.Int).SetBytes(modulus))
		m.owner = append(m.owner, nil)
	}
	m.owner[i] = append(m.owner[i], owner)
}

// write writes those that have a factor in common with others.
func (m *moduli) write(out io.Writer) error {
	var w record.Writer
	for i, g := range batchgcd.Find(m.list) {
		if g == nil {
			continue
		}
		p := m.factor(i, g)
		w.Reset(0)
		w.Object()
		w.Key("modulus").Hex(m.list[i].Bytes())
		w.Key("factors").Array()
		for _, f := range []*big.Int{p, new(big.Int).Quo(m.list[i], p)} {
			w.Elem().Hex(f.Bytes())
		}
		w.EndArray()
		w.Key("found_in").Array()
		for _, owner := range m.owner[i] {
			w.Elem().Str(owner)
		}
		w.EndArray()
		w.EndObject()
		w.Newline()
		if _, err := out.Write(w.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// factor returns a factor of modulus i, which has g in common with all others
// together. Where g is all of it, each of its factors is in another one: that
// one is looked for.
func (m *moduli) factor(i int, g *big.Int) *big.Int {
	if g.Cmp(m.list[i]) != 0 {
		return g
	}
	p := new(big.Int)
	for k, other := range m.list {
		if k == i {
			continue
		}
		if p.GCD(nil, nil, m.list[i], other); p.Cmp(m.list[i]) != 0 && p.BitLen() > 1 {
			return p
		}
	}
	return g
}
