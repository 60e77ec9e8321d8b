package cli

import "testing"

func TestSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "4096": 4096, "64K": 64 << 10, "64k": 64 << 10, "64KB": 64 << 10, "64KiB": 64 << 10, " 64 kib ": 64 << 10,
		"1.5G": 3 << 29, "1M": 1 << 20, "2T": 2 << 40, "12B": 12,
	} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || int64(s) != want {
			t.Errorf("%q: %d, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "K", "-1", "1X", "0.3", "1e3", "inf", "NaN", "0x10", "9999999T", "1iB", "1 2", "B", "iB"} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: %d", text, s)
		}
	}
}
