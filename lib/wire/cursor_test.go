package wire

import (
	"bytes"
	"testing"
)

func TestIntegers(t *testing.T) {
	b := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	tests := []struct {
		name string
		read func(*Cursor) uint64
		want uint64
		left int
	}{
		{"8", func(c *Cursor) uint64 { return uint64(c.Uint8()) }, 1, 7},
		{"16", func(c *Cursor) uint64 { return uint64(c.Uint16()) }, 0x0102, 6},
		{"24", func(c *Cursor) uint64 { return uint64(c.Uint24()) }, 0x010203, 5},
		{"32", func(c *Cursor) uint64 { return uint64(c.Uint32()) }, 0x01020304, 4},
		{"64", func(c *Cursor) uint64 { return c.Uint64() }, 0x0102030405060708, 0},
		{"16LE", func(c *Cursor) uint64 { return uint64(c.Uint16LE()) }, 0x0201, 6},
		{"24LE", func(c *Cursor) uint64 { return uint64(c.Uint24LE()) }, 0x030201, 5},
		{"32LE", func(c *Cursor) uint64 { return uint64(c.Uint32LE()) }, 0x04030201, 4},
		{"64LE", func(c *Cursor) uint64 { return c.Uint64LE() }, 0x0807060504030201, 0},
		{"5 bytes", func(c *Cursor) uint64 { return c.Uint(5) }, 0x0102030405, 3},
	}
	for _, tt := range tests {
		c := Of(b)
		if got := tt.read(&c); got != tt.want || c.Len() != tt.left {
			t.Errorf("%s: got %#x with %d left, want %#x with %d left", tt.name, got, c.Len(), tt.want, tt.left)
		}
		size := len(b) - tt.left
		short := Of(b[:size-1])
		if got := tt.read(&short); got != 0 || short.Ok() {
			t.Errorf("%s: a short read gives %#x, ok %v", tt.name, got, short.Ok())
		}
	}
}

func TestFailureStays(t *testing.T) {
	c := Of([]byte{1, 2, 3})
	c.Uint32()
	if c.Ok() || c.More() || c.Uint8() != 0 || c.Bytes(0).Ok() || c.Rest().Ok() || c.Accept("") {
		t.Error("a failed cursor reads")
	}
}

func TestEmptyIsNotFailed(t *testing.T) {
	for _, c := range []Cursor{Of(nil), Of([]byte{})} {
		if c.Failed() || c.More() {
			t.Error("an empty cursor has failed")
		}
		if got := c.Bytes(0); got.Failed() || c.Failed() {
			t.Error("reading no bytes fails")
		}
	}
	c := Of([]byte{9})
	if c.Uint8(); c.Failed() {
		t.Error("reading to the end fails")
	}
}

func TestRanges(t *testing.T) {
	c := Of([]byte("name: value\r\nrest"))
	if got := c.Until(':'); string(got) != "name" {
		t.Errorf("Until gives %q", got)
	}
	if !c.Accept(": ") {
		t.Error("Accept refuses what is there")
	}
	if got := c.Line(); string(got) != "value" {
		t.Errorf("Line gives %q", got)
	}
	if got := c.UpTo(100); string(got) != "rest" || c.Failed() {
		t.Errorf("UpTo gives %q", got)
	}
	if c.SkipUpTo(1) || c.Failed() {
		t.Error("SkipUpTo passes the end")
	}
	if c.Bytes(1).Ok() || c.Ok() {
		t.Error("Bytes passes the end")
	}
	neg := Of([]byte{1})
	if neg.Bytes(-1).Ok() || neg.Ok() {
		t.Error("a negative length is read")
	}
	tr := Of([]byte{1, 2, 3})
	tr.Truncate(5)
	tr.Truncate(2)
	if !bytes.Equal(tr, []byte{1, 2}) {
		t.Errorf("Truncate leaves %v", tr)
	}
	if grown := append(tr, 9); grown[2] != 9 || cap(tr) != 2 {
		t.Error("appending to a view reaches its neighbour")
	}
}

func FuzzCursor(f *testing.F) {
	f.Add([]byte{3, 1, 2, 3}, []byte{0, 1, 2})
	f.Fuzz(func(t *testing.T, data, ops []byte) {
		c := Of(data)
		total := 0
		for _, op := range ops {
			before := c.Len()
			n := int(op >> 3)
			switch op & 7 {
			case 0:
				c.Uint8()
			case 1:
				c.Uint(n)
			case 2:
				total += c.Bytes(n).Len()
			case 3:
				total += c.UpTo(n).Len()
			case 4:
				c.Until(op)
			case 5:
				c.SkipUpTo(n)
			case 6:
				c.Truncate(n)
			case 7:
				c.While(func(b byte) bool { return b != op })
			}
			if c.Len() > before || total > len(data) {
				t.Fatal("the cursor went backwards")
			}
		}
	})
}
