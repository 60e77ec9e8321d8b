package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Size is a number of bytes on the command line, such as 4096, 64K or
// 1.5GiB. Units are powers of 1024, with or without "B" or "iB", in either
// case.
type Size int64

// UnmarshalText reads the flag's value.
func (s *Size) UnmarshalText(text []byte) error {
	value := strings.ToUpper(strings.TrimSpace(string(text)))
	number, isBytes := strings.CutSuffix(value, "B")
	number, isBinary := strings.CutSuffix(number, "I")
	shift := 0
	if n := len(number); n > 0 {
		if i := strings.IndexByte("KMGT", number[n-1]); i >= 0 {
			number, shift = number[:n-1], 10*(i+1)
		}
	}
	number = strings.TrimSpace(number)
	if isBinary && (!isBytes || shift == 0) {
		number = ""
	}
	v, err := strconv.ParseFloat(number, 64)
	v *= float64(int64(1) << shift)
	if err != nil || strings.Trim(number, "0123456789.") != "" || v >= math.MaxInt64 || v != math.Trunc(v) {
		return fmt.Errorf("%q is not a size such as 4096, 64K or 1.5G", text)
	}
	*s = Size(v)
	return nil
}
