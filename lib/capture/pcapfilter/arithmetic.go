package pcapfilter

import "golang.org/x/net/bpf"

// cells is how many values a program can put by.
const cells = 16

// compare compares two values.
func (c *compiler) compare(r relation, yes, no label) {
	for _, n := range r.needs {
		next := c.label()
		c.condition(n, next, no)
		c.place(next)
	}
	if k, ok := r.right.(constant); ok {
		c.value(r.left)
		c.jump(r.op, uint32(k), false, yes, no)
		return
	}
	c.operands(r.left, r.right)
	c.jump(r.op, 0, true, yes, no)
}

// operands leaves one value in the accumulator and another in the index register.
func (c *compiler) operands(a, x value) {
	c.value(x)
	cell := c.store()
	c.value(a)
	c.emit(bpf.LoadScratch{Dst: bpf.RegX, N: cell})
	c.scratch--
}

// jump goes on by a comparison of the accumulator with a constant or the index
// register.
func (c *compiler) jump(op string, k uint32, x bool, yes, no label) {
	cond := bpf.JumpEqual
	switch op {
	case "!=":
		yes, no = no, yes
	case ">":
		cond = bpf.JumpGreaterThan
	case ">=":
		cond = bpf.JumpGreaterOrEqual
	case "<":
		cond, yes, no = bpf.JumpGreaterOrEqual, no, yes
	case "<=":
		cond, yes, no = bpf.JumpGreaterThan, no, yes
	}
	c.code = append(c.code, instruction{jump: true, cond: cond, value: k, x: x, then: yes, els: no})
}

// store puts the accumulator by and returns the number of the cell.
func (c *compiler) store() int {
	n := c.scratch
	if n >= cells {
		c.fail("an expression that is nested too deep")
		return 0
	}
	c.scratch++
	c.emit(bpf.StoreScratch{Src: bpf.RegA, N: n})
	return n
}

// value leaves a value in the accumulator.
func (c *compiler) value(v value) {
	switch v := v.(type) {
	case constant:
		c.emit(bpf.LoadConstant{Dst: bpf.RegA, Val: uint32(v)})
	case length:
		c.emit(bpf.LoadExtension{Num: bpf.ExtLen})
	case load:
		c.header(v)
	case operation:
		c.operation(v)
	}
}

var operations = map[string]bpf.ALUOp{
	"+": bpf.ALUOpAdd, "-": bpf.ALUOpSub, "*": bpf.ALUOpMul, "/": bpf.ALUOpDiv, "%": bpf.ALUOpMod,
	"&": bpf.ALUOpAnd, "|": bpf.ALUOpOr, "^": bpf.ALUOpXor, "<<": bpf.ALUOpShiftLeft, ">>": bpf.ALUOpShiftRight,
}

func (c *compiler) operation(v operation) {
	op := operations[v.op]
	if k, ok := v.right.(constant); ok {
		if k == 0 && (v.op == "/" || v.op == "%") {
			c.fail("a division by zero")
		}
		if k > 31 && (v.op == "<<" || v.op == ">>") {
			c.fail("a shift by more than 31 bits")
		}
		c.value(v.left)
		c.emit(bpf.ALUOpConstant{Op: op, Val: uint32(k)})
		return
	}
	c.operands(v.left, v.right)
	c.emit(bpf.ALUOpX{Op: op})
}

// header reads bytes of a layer.
func (c *compiler) header(l load) {
	base := c.network
	switch l.layer {
	case linkLayer:
		base = 0
		if c.link.Cooked {
			c.fail("these frames have no header for ether[]")
		}
	case transportLayer6:
		base += 40
	}
	transport := l.layer == transportLayer4
	if k, ok := l.index.(constant); ok {
		if !transport {
			c.load(base+uint32(k), l.size)
			return
		}
		c.emit(bpf.LoadMemShift{Off: c.network})
		c.emit(bpf.LoadIndirect{Off: base + uint32(k), Size: l.size})
		return
	}
	c.value(l.index)
	if transport {
		c.emit(bpf.LoadMemShift{Off: c.network})
		c.emit(bpf.ALUOpX{Op: bpf.ALUOpAdd})
	}
	c.emit(bpf.TAX{})
	c.emit(bpf.LoadIndirect{Off: base, Size: l.size})
}
