package proto

// Name is the name of a code in a table, or "" where it has none.
func Name[C ~uint8 | ~uint16 | ~uint32 | ~uint64](names []string, code C) string {
	if uint64(code) < uint64(len(names)) {
		return names[code]
	}
	return ""
}
