package pcapfilter

import (
	"slices"
	"strconv"
)

// isRelation reports whether what follows is a comparison of values: whether it
// begins with a value and, where parentheses are before that, they enclose a
// value, too.
func (p *parser) isRelation() bool {
	first := p.next
	for p.text(first) == "(" || p.text(first) == "-" {
		first++
	}
	switch text, next := p.text(first), p.text(first+1); {
	case text == "len", text == "length", next == "[":
	case isNumber(text) && (isOperator(next) || next == ")" && first > p.next):
	default:
		return false
	}
	return p.text(p.next) != "(" || p.enclosesValue()
}

// enclosesValue reports whether an operator follows the parenthesis that closes
// the next token.
func (p *parser) enclosesValue() bool {
	depth := 0
	for i := p.next; i < len(p.tokens); i++ {
		switch p.text(i) {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return isOperator(p.text(i + 1))
			}
		}
	}
	return false
}

func isNumber(s string) bool {
	_, isName := names[s]
	_, err := number(s)
	return isName || err == nil
}

func isOperator(s string) bool {
	_, arithmetic := precedences[s]
	return arithmetic || isComparison(s)
}

func isComparison(s string) bool {
	return slices.Contains([]string{"<", ">", "<=", ">=", "=", "==", "!="}, s)
}

// relation reads "value operator value".
func (p *parser) relation() node {
	r := relation{left: p.value(0)}
	r.op = p.peek().text
	if !isComparison(r.op) {
		p.fail("a comparison is missing")
		return never{}
	}
	p.next++
	r.right = p.value(0)
	r.needs = needs(needs(nil, r.left), r.right)
	return r
}

// precedences are those of arithmetic operators.
var precedences = map[string]int{"|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}

// value reads operators of at least a precedence.
func (p *parser) value(least int) value {
	v := p.operand()
	for p.err == nil {
		op := p.peek().text
		precedence, ok := precedences[op]
		if !ok || precedence < least {
			return v
		}
		p.next++
		v = fold(operation{op, v, p.value(precedence + 1)})
	}
	return v
}

// fold computes what has constant operands.
func fold(b operation) value {
	l, ok := b.left.(constant)
	r, ok2 := b.right.(constant)
	if ok && ok2 {
		tooFar := r > 31 && (b.op == "<<" || b.op == ">>") // refused later, like division by zero
		if n, ok := calculate(operations[b.op], uint32(l), uint32(r)); ok && !tooFar {
			return constant(n)
		}
	}
	return b
}

func (p *parser) operand() value {
	if p.depth++; p.depth > maxDepth {
		p.fail("nested too deep")
		return constant(0)
	}
	defer func() { p.depth-- }()
	t := p.peek()
	switch {
	case p.accept("("):
		v := p.value(0)
		p.expect(")")
		return v
	case p.accept("-"):
		return fold(operation{"-", constant(0), p.operand()})
	case p.accept("len", "length"):
		return length{}
	case p.text(p.next+1) == "[":
		return p.load()
	}
	if n, ok := names[t.text]; ok {
		p.next++
		return constant(n)
	}
	if n, err := number(t.text); err == nil {
		p.next++
		return constant(n)
	}
	if t.text == "" {
		p.fail("a value is missing")
	}
	p.fail("%q is no value", t.text)
	return constant(0)
}

// load reads "protocol[index:size]".
func (p *parser) load() value {
	l := load{size: 1}
	if !l.begin(p.peek().text) {
		p.fail("the bytes of %q can't be read", p.peek().text)
		return constant(0)
	}
	p.next += 2
	l.index = p.value(0)
	if p.accept(":") {
		switch size := p.peek().text; size {
		case "1", "2", "4":
			l.size = int(size[0] - '0')
			p.next++
		default:
			p.fail("a size is 1, 2 or 4")
		}
	}
	p.expect("]")
	return l
}

// begin sets where the header of a protocol begins. Those over IP are read over
// IPv4 only, except ICMPv6.
func (l *load) begin(protocol string) bool {
	etherType, isEther := etherTypes[protocol]
	number, isIP := ipProtocols[protocol]
	switch {
	case isLink(protocol):
		l.layer = linkLayer
	case isEther:
		l.layer, l.needs = networkLayer, linkProtocol(etherType)
	case protocol == "icmp6":
		l.layer, l.needs = transportLayer6, allOf(linkProtocol(typeIPv6), payload(6, 1, 0xff, uint32(number)))
	case isIP:
		l.layer, l.needs = transportLayer4, allOf(ipProtocol{4, number}, notFragment{})
	default:
		return false
	}
	return true
}

// needs appends what must hold for a value to be there.
func needs(list []node, v value) []node {
	switch v := v.(type) {
	case operation:
		return needs(needs(list, v.left), v.right)
	case load:
		list = needs(list, v.index)
		if v.needs != nil {
			list = append(list, v.needs)
		}
	}
	return list
}

// number reads a number: decimal, hexadecimal or octal.
func number(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 0, 32)
	return uint32(n), err
}
