package bus

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A URL names an engine and something in it: scheme://host,host/name?options.
// All parts but the scheme may be left out.
type URL struct {
	Scheme   string
	User     string
	Password string
	Hosts    []string // each with or without a port
	Name     string   // the path, without its first slash
	options  url.Values
	used     map[string]bool
	problems []error
}

// ParseURL parses a URL.
func ParseURL(text string) (*URL, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return nil, fmt.Errorf("%s: this is no URL, such as nats://localhost/records", text[strings.LastIndexByte(text, '@')+1:])
	}
	u := &URL{Scheme: scheme, used: map[string]bool{}}
	rest, query, _ := strings.Cut(rest, "?")
	var err error
	hosts, name, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(hosts, '@'); i >= 0 {
		user, password, _ := strings.Cut(hosts[:i], ":")
		hosts = hosts[i+1:]
		if u.User, err = url.PathUnescape(user); err == nil {
			u.Password, err = url.PathUnescape(password)
		}
		if err != nil {
			return nil, fmt.Errorf("%s://…@%s: %w", scheme, hosts, err)
		}
	} else if strings.Contains(hosts, ":") && strings.Contains(name, "@") {
		return nil, fmt.Errorf("%s://…: %w", scheme, errHost)
	}
	for host := range strings.SplitSeq(hosts, ",") {
		if !isHost(host) {
			return nil, fmt.Errorf("%s://…: %w", scheme, errHost)
		}
		if host != "" {
			u.Hosts = append(u.Hosts, host)
		}
	}
	if u.Name, err = url.PathUnescape(name); err == nil {
		u.options, err = url.ParseQuery(query)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u, err)
	}
	return u, nil
}

// errHost does not show what there is: it may be the beginning of a password.
var errHost = errors.New("what follows a colon is no port (in a password, / is written %2F, and ? %3F)")

// isHost reports whether text can be a host, with or without a port.
func isHost(text string) bool {
	if _, port, err := net.SplitHostPort(text); err == nil {
		return strings.Trim(port, "0123456789") == ""
	}
	_, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return err == nil || !strings.Contains(text, ":")
}

// HostPort is a host with its port, or else with the given one.
func HostPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// Stream is what the name stands for, where it is a stream, a topic or a table:
// records if there is none.
func (u *URL) Stream() string { return cmp.Or(u.Name, "records") }

// String is the URL without what is secret, and without options.
func (u *URL) String() string {
	return u.Scheme + "://" + strings.Join(u.Hosts, ",") + "/" + u.Name
}

// Text is the value of an option.
func (u *URL) Text(name, otherwise string) string {
	u.used[name] = true
	if v := u.options.Get(name); v != "" {
		return v
	}
	return otherwise
}

// Int is the value of an option that is a number of at least least.
func (u *URL) Int(name string, least, otherwise int64) int64 {
	return option(u, name, otherwise, func(text string) (int64, error) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < least {
			return 0, fmt.Errorf("it is no whole number of at least %d", least)
		}
		return n, nil
	})
}

// Bool is the value of an option that is true or false.
func (u *URL) Bool(name string) bool {
	return option(u, name, false, func(text string) (bool, error) {
		b, err := strconv.ParseBool(text)
		if err != nil {
			return false, errors.New("it is neither true nor false")
		}
		return b, nil
	})
}

// Duration is the value of an option that is a time, such as 90s or 24h.
func (u *URL) Duration(name string, otherwise time.Duration) time.Duration {
	return option(u, name, otherwise, func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return 0, errors.New("it is no time such as 90s or 24h")
		}
		return d, nil
	})
}

func option[T any](u *URL, name string, otherwise T, parse func(string) (T, error)) T {
	text := u.Text(name, "")
	if text == "" {
		return otherwise
	}
	v, err := parse(text)
	if err != nil {
		u.problems = append(u.problems, fmt.Errorf("%s: option %s=%s: %w", u, name, text, err))
		return otherwise
	}
	return v
}

// Check returns what is wrong with the options that were asked for, and those
// that were not. It is called after all have been.
func (u *URL) Check() error {
	if len(u.problems) > 0 {
		return u.problems[0]
	}
	for name := range u.options {
		if !u.used[name] {
			var known []string
			for name := range u.used {
				known = append(known, name)
			}
			slices.Sort(known)
			return fmt.Errorf("%s: unknown option %s: the options are %s", u, name, strings.Join(known, ", "))
		}
	}
	return nil
}
