package bus

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseURL(t *testing.T) {
	for _, tt := range []struct {
		text           string
		user, password string
		hosts          []string
		name, shown    string
	}{
		{"nats://a", "", "", []string{"a"}, "", "nats://a/"},
		{"nats:///x", "", "", nil, "x", "nats:///x"},
		{"nats://a:1,b:2,c/x", "", "", []string{"a:1", "b:2", "c"}, "x", "nats://a:1,b:2,c/x"},
		{"nats://u:p%40:w@[::1]:4222/x?n=1", "u", "p@:w", []string{"[::1]:4222"}, "x", "nats://[::1]:4222/x"},
		{"file:///var/lib/x%20y", "", "", nil, "var/lib/x y", "file:///var/lib/x y"},
	} {
		u, err := ParseURL(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if u.User != tt.user || u.Password != tt.password || !slices.Equal(u.Hosts, tt.hosts) || u.Name != tt.name || u.String() != tt.shown {
			t.Errorf("%s: %+v", tt.text, u)
		}
	}
	for _, text := range []string{"", "localhost/x", "nats://a/%zz", "nats://a/x?%zz"} {
		if u, err := ParseURL(text); err == nil {
			t.Errorf("%s: %v", text, u)
		}
	}
}

// Whatever is wrong with a URL, the message does not show the password.
func TestPasswordInMessages(t *testing.T) {
	for _, text := range []string{
		"u:secret@a/x", "nats:/u:secret@a/x", "nats:u:secret@a",
		"nats://%zz:secret@a/x", "nats://u:secret%zz@a/x", "nats://u:secret@a/%zz", "nats://u:secret@a/x?%zz", "nats://u:secret@a/x?n=1;m=2",
		"nats://u:secret@a:b/x", "nats://u:p/secret@a/x", "nats://u:7/secret@a/x", "nats://u:p?secret@a/x", "nats://u:secret/@a/x", "nats://u:se:cret/secret@a",
		"nats://u:secret", "nats://a,u:secret/@b/x",
	} {
		if u, err := ParseURL(text); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, %v", text, u, err)
		}
	}
	u, err := ParseURL("nats://u:secret@a/x?n=many&secrets=no")
	if err != nil {
		t.Fatal(err)
	}
	u.Int("n", 1, 1)
	for range 2 { // what is wrong with an option, and that there is no such
		if err := u.Check(); err == nil || strings.Contains(err.Error(), "u:secret") {
			t.Error(err)
		}
		u.problems = nil
	}
}

func TestHostPort(t *testing.T) {
	for host, want := range map[string]string{"a": "a:1", "a:2": "a:2", "::1": "[::1]:1", "[::1]": "[::1]:1", "[::1]:2": "[::1]:2", "192.0.2.1": "192.0.2.1:1"} {
		if got := HostPort(host, "1"); got != want {
			t.Errorf("%s: %s, not %s", host, got, want)
		}
	}
}

func TestOptions(t *testing.T) {
	get := func(text string) (n int64, d time.Duration, b bool, err error) {
		u, err := ParseURL(text)
		if err != nil {
			t.Fatal(err)
		}
		n, d, b = u.Int("n", 1, 5), u.Duration("d", time.Hour), u.Bool("b")
		return n, d, b, u.Check()
	}
	if n, d, b, err := get("x://?n=7&d=90s&b=true"); n != 7 || d != 90*time.Second || !b || err != nil {
		t.Error(n, d, b, err)
	}
	if n, d, b, err := get("x://"); n != 5 || d != time.Hour || b || err != nil {
		t.Error(n, d, b, err)
	}
	for text, want := range map[string]string{
		"x://?n=0":       "option n=0: it is no whole number of at least 1",
		"x://?d=5":       "option d=5: it is no time",
		"x://?b=perhaps": "option b=perhaps: it is neither",
		"x://?m=1":       "unknown option m: the options are b, d, n",
	} {
		if _, _, _, err := get(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestKey(t *testing.T) {
	for _, tt := range []struct {
		line         string
		source, comm string
	}{
		{`{"src_ip":"192.0.2.1","dst_ip":"x"}`, "192.0.2.1", "192.0.2.1"},
		{`{"community_id":"1:a=","src_ip":"::1"}`, "::1", "1:a="},
		{`{"http":{"x":"\"src_ip\":\"198.51.100.1\""},"src_ip":"192.0.2.1"}`, "192.0.2.1", "192.0.2.1"},
		{`{"http":{"x":"\"src_ip\":\"198.51.100.1\""}}`, "", ""},
		{`{"src_ip":"`, "", ""},
		{``, "", ""},
	} {
		if s, c := string(BySource.of([]byte(tt.line))), string(ByCommunityID.of([]byte(tt.line))); s != tt.source || c != tt.comm {
			t.Errorf("%s: %q and %q", tt.line, s, c)
		}
	}
	// Machines with other versions must agree.
	if p := partition([]byte("192.0.2.1"), 16); p != 1 {
		t.Errorf("partition %d", p)
	}
	for name, want := range map[string]Key{"source": BySource, "community_id": ByCommunityID, "none": ByNothing} {
		if k, err := ParseKey(name); k != want || err != nil {
			t.Error(name, k, err)
		}
	}
	if _, err := ParseKey("x"); err == nil {
		t.Error("no error")
	}
}
