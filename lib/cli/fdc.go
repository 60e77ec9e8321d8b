package cli

// FDC is the version of fingerprint and destination contexts; it is empty where
// none are wanted.
type FDC string

// Valid implements bareValue.
func (f FDC) Valid(word string) bool { return word == "1" || word == "2" }

func (f FDC) version() (int, error) {
	switch f {
	case "":
		return 0, nil
	case "1":
		return 1, nil
	case "2":
		return 2, nil
	}
	return 0, Usagef("--fdc: unknown version %q (known: 1 2)", string(f))
}
