package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Seconds is a time on the command line: a number of seconds, or one with a
// unit, such as 90, 1.5h or 100ms.
type Seconds time.Duration

// UnmarshalText reads the flag's value.
func (s *Seconds) UnmarshalText(text []byte) error {
	value := strings.TrimSpace(string(text))
	d, err := time.ParseDuration(value)
	if n, numberErr := strconv.ParseUint(value, 10, 31); numberErr == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d < 0 {
		return fmt.Errorf("%q is neither a number of seconds nor a time such as 1h30m", value)
	}
	*s = Seconds(d)
	return nil
}
