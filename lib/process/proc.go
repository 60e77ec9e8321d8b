//go:build linux

package process

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
)

// parseSockets reads a table of sockets as in /proc/net/tcp: a line of column
// titles, then a line for each socket. Sockets without an inode, which nobody
// owns any more, are left out.
func parseSockets(table []byte, protocol uint8, found func(Socket, uint64)) {
	_, table, _ = bytes.Cut(table, []byte("\n"))
	for len(table) > 0 {
		var line []byte
		line, table, _ = bytes.Cut(table, []byte("\n"))
		var fields [10][]byte
		if split(line, fields[:]) < len(fields) {
			continue
		}
		inode, err := strconv.ParseUint(string(fields[9]), 10, 64)
		if err != nil || inode == 0 {
			continue
		}
		local, ok1 := parseEnd(fields[1])
		remote, ok2 := parseEnd(fields[2])
		if ok1 && ok2 {
			found(Socket{protocol, local, remote}, inode)
		}
	}
}

// split puts the first words of a line into fields and returns how many there
// were.
func split(line []byte, fields [][]byte) int {
	for i := range fields {
		line = bytes.TrimLeft(line, " ")
		if len(line) == 0 {
			return i
		}
		end := bytes.IndexByte(line, ' ')
		if end < 0 {
			end = len(line)
		}
		fields[i], line = line[:end], line[end:]
	}
	return len(fields)
}

// parseEnd reads an address and a port in hexadecimal. An address is made of
// words of 32 bits in the byte order of the machine.
func parseEnd(s []byte) (netip.AddrPort, bool) {
	addr, port, ok := bytes.Cut(s, []byte(":"))
	if !ok || len(addr) != 8 && len(addr) != 32 {
		return netip.AddrPort{}, false
	}
	p, err := strconv.ParseUint(string(port), 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	var raw [16]byte
	n, err := hex.Decode(raw[:], addr)
	if err != nil {
		return netip.AddrPort{}, false
	}
	for i := 0; i < n; i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	a := netip.AddrFrom16(raw).Unmap()
	if n == 4 {
		a = netip.AddrFrom4([4]byte(raw[:4]))
	}
	return netip.AddrPortFrom(a, uint16(p)), true
}

// parentOf returns the identifier of the parent from /proc/PID/stat, which has
// the process's identifier, its name in parentheses, its state, and the
// parent's identifier. The name can have any characters.
func parentOf(stat []byte) string {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return ""
	}
	var fields [2][]byte
	if split(stat[end+1:], fields[:]) < len(fields) {
		return ""
	}
	return string(fields[1])
}
