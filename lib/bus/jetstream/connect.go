// Package jetstream is NATS JetStream as a queue. A stream has a subject for
// each partition, NAME.0, NAME.1 and so on, and says in its metadata how many
// there are.
package jetstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"merctools/lib/bus"
)

// partitionsKey is where the metadata of a stream have the number of
// partitions.
const partitionsKey = "merc-partitions"

// A Config says how to reach a stream, and how to make it where there is none.
type Config struct {
	bus.Client
	Stream string

	servers    string
	files      []string // that are read when a connection is made
	options    []nats.Option
	partitions int
	replicas   int
	maxAge     time.Duration
	maxBytes   int64
	duplicates time.Duration
	storage    jetstream.StorageType
	group      string
	ackWait    time.Duration
}

// environment is the value of an option, or else of an environment variable:
// those of the command nats.
func environment(u *bus.URL, name, variable string) string {
	return u.Text(name, os.Getenv(variable))
}

// Files implements bus.Queue: certificates and credentials.
func (c *Config) Files() []string { return c.files }

// Parse takes the configuration from a URL.
func Parse(u *bus.URL) (*Config, error) {
	c := &Config{Stream: u.Stream()}
	if strings.ContainsAny(c.Stream, " .*>/\\\t\r\n") {
		return nil, fmt.Errorf("%s: a stream's name has no spaces, dots, slashes and wildcards", u)
	}
	scheme := "nats://"
	if u.Bool("tls") {
		scheme = "tls://"
		c.options = append(c.options, nats.Secure())
	}
	hosts := u.Hosts
	if len(hosts) == 0 {
		hosts = []string{"localhost"}
	}
	c.servers = scheme + strings.Join(hosts, ","+scheme)
	if ca := environment(u, "ca", "NATS_CA"); ca != "" {
		c.options, c.files = append(c.options, nats.RootCAs(ca)), append(c.files, ca)
	}
	cert, key := environment(u, "cert", "NATS_CERT"), environment(u, "key", "NATS_KEY")
	if cert != "" || key != "" {
		c.options, c.files = append(c.options, nats.ClientCert(cert, key)), append(c.files, cert, key)
	}
	if creds := environment(u, "creds", "NATS_CREDS"); creds != "" {
		c.options, c.files = append(c.options, nats.UserCredentials(creds)), append(c.files, creds)
	}
	if seed := environment(u, "nkey", "NATS_NKEY"); seed != "" {
		o, err := nats.NkeyOptionFromSeed(seed)
		if err != nil {
			return nil, fmt.Errorf("%s: nkey %s: %w", u, seed, err)
		}
		c.options, c.files = append(c.options, o), append(c.files, seed)
	}
	if user := cmp.Or(u.User, os.Getenv("NATS_USER")); user != "" {
		c.options = append(c.options, nats.UserInfo(user, cmp.Or(u.Password, os.Getenv("NATS_PASSWORD"))))
	} else if token := os.Getenv("NATS_TOKEN"); token != "" {
		c.options = append(c.options, nats.Token(token))
	}
	c.partitions = int(u.Int("partitions", 1, 16))
	c.replicas = int(u.Int("replicas", 1, 1))
	c.maxAge = u.Duration("max-age", 0)
	c.maxBytes = u.Int("max-bytes", 1, -1)
	c.duplicates = u.Duration("duplicates", 10*time.Minute)
	c.group = u.Text("group", "")
	c.ackWait = u.Duration("ack-wait", 10*time.Second)
	switch storage := u.Text("storage", "file"); storage {
	case "file":
	case "memory":
		c.storage = jetstream.MemoryStorage
	default:
		return nil, fmt.Errorf("%s: storage is file or memory, not %s", u, storage)
	}
	if err := u.Check(); err != nil {
		return nil, err
	}
	if strings.ContainsAny(c.group, " .*>/\\\t\r\n") {
		return nil, fmt.Errorf("%s: a group's name has no spaces, dots, slashes and wildcards", u)
	}
	if c.ackWait < time.Second {
		return nil, fmt.Errorf("%s: ack-wait is at least 1s", u)
	}
	return c, nil
}

// apiTimeout is how long a server may take to answer a request.
const apiTimeout = 10 * time.Second

// connect connects to a server, and goes on to connect to any of them
// whenever the connection is lost.
func (c *Config) connect(ctx context.Context) (*nats.Conn, jetstream.JetStream, error) {
	options := append([]nats.Option{
		nats.Name(c.Command),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(500 * time.Millisecond),
		nats.ReconnectJitter(200*time.Millisecond, 500*time.Millisecond),
		nats.ReconnectBufSize(-1), // what is not sent is an error, and sent again by the Publisher
		nats.PingInterval(5 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.Timeout(5 * time.Second),
		nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				c.Noticef("connection lost: %v", err)
			}
		}),
		nats.ReconnectHandler(func(n *nats.Conn) { c.Noticef("connected to %s again", n.ConnectedAddr()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if !errors.Is(err, nats.ErrConnectionClosed) {
				c.Noticef("%v", err)
			}
		}),
	}, c.options...)
	var conn *nats.Conn
	err := c.Retry(ctx, c.Waits, func() (err error) {
		if conn, err = nats.Connect(c.servers, options...); err != nil {
			return fmt.Errorf("%s: %w", c.servers, err)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncTimeout(publishTimeout), jetstream.WithDefaultTimeout(apiTimeout))
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, js, nil
}

// stream returns the stream and how many partitions it has. It makes the stream
// if there is none.
func (c *Config) stream(ctx context.Context, js jetstream.JetStream) (jetstream.Stream, int, error) {
	var s jetstream.Stream
	err := c.outlast(ctx, func() (err error) {
		s, err = js.Stream(ctx, c.Stream)
		if !errors.Is(err, jetstream.ErrStreamNotFound) {
			return c.in(err)
		}
		s, err = js.CreateStream(ctx, jetstream.StreamConfig{
			Name:        c.Stream,
			Description: "records of merc-bus",
			Subjects:    []string{c.Stream + ".*"},
			Storage:     c.storage,
			Replicas:    c.replicas,
			MaxAge:      c.maxAge,
			MaxBytes:    c.maxBytes,
			Discard:     jetstream.DiscardNew, // full: publishers wait, nothing is dropped
			Duplicates:  shorter(c.duplicates, c.maxAge),
			Metadata:    map[string]string{partitionsKey: strconv.Itoa(c.partitions)},
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else has made it just now
			s, err = js.Stream(ctx, c.Stream)
		}
		return c.in(err)
	})
	if err != nil {
		return nil, 0, err
	}
	n, err := strconv.Atoi(s.CachedInfo().Config.Metadata[partitionsKey])
	if err != nil || n < 1 {
		return nil, 0, fmt.Errorf("stream %s: its metadata lack a number %s of partitions", c.Stream, partitionsKey)
	}
	return s, n, nil
}

// in is an error with the name of the stream in front, or nil.
func (c *Config) in(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("stream %s: %w", c.Stream, err)
}

// shorter is the shorter one of two times, of which the second may be 0 for
// endless.
func shorter(a, b time.Duration) time.Duration {
	if b > 0 && b < a {
		return b
	}
	return a
}
