// Package clickhouse is ClickHouse as a store, through its HTTP interface, which
// all versions have in common.
//
// The table is a ReplacingMergeTree whose key has the message and the line, so
// that ClickHouse drops rows that were stored twice: when it merges parts, or at
// once for SELECT … FINAL.
package clickhouse

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"merctools/lib/bus"
	"merctools/lib/record"
	"merctools/lib/schema"
)

// A Config says how to reach a table, and how to make it.
type Config struct {
	bus.Client

	base           *url.URL
	user, password string
	table          string
	client         *http.Client
	text           *bool // the layout of the table: text, columns, or by the server's version
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Parse takes the configuration from a URL.
func Parse(u *bus.URL) (*Config, error) {
	c := &Config{table: u.Stream()}
	database := u.Text("database", "default")
	if !identifier.MatchString(c.table) || !identifier.MatchString(database) {
		return nil, fmt.Errorf("%s: names of tables and databases are letters, digits and underscores", u)
	}
	if len(u.Hosts) > 1 {
		return nil, fmt.Errorf("%s: more than one host", u)
	}
	secure, err := u.TLS()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u, err)
	}
	scheme, port := "http", "8123"
	if secure != nil {
		scheme, port = "https", "8443"
	}
	host := bus.HostPort(cmp.Or(strings.Join(u.Hosts, ""), "localhost"), port)
	c.base = &url.URL{Scheme: scheme, Host: host, Path: "/", RawQuery: "database=" + database}
	transport := &http.Transport{TLSClientConfig: secure, MaxIdleConnsPerHost: 1, DisableCompression: true, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}
	c.user = cmp.Or(u.User, os.Getenv("CLICKHOUSE_USER"))
	c.password = cmp.Or(u.Password, os.Getenv("CLICKHOUSE_PASSWORD"))
	switch layout := u.Text("layout", "auto"); layout {
	case "auto":
	case "text", "columns":
		text := layout == "text"
		c.text = &text
	default:
		return nil, fmt.Errorf("%s: layout is auto, columns or text, not %s", u, layout)
	}
	// Another server, to which this one leads, is not told the password.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.client = &http.Client{Transport: transport, CheckRedirect: stay, Timeout: 5 * time.Minute}
	return c, u.Check()
}

// A Store is a table.
type Store struct {
	config *Config
	insert *url.URL
	text   bool // rows have the record as text
	tokens bool // inserts have tokens
	count  *bus.Counters

	rows    []byte
	scratch []byte
}

// Versions of ClickHouse, as year*100 + month.
const (
	withTuples = 2401 // reads objects into tuples, as the generated table has them
	withTokens = 2202 // has insert_deduplication_token
)

// Open connects to the server and makes the table if there is none.
//
// With a version from 24.1 on it is the table that merc-fp --schema=clickhouse
// describes, with columns for where rows come from. Older versions get a table
// that has the record as text, and columns for its addresses and its time.
func (c *Config) Open(ctx context.Context, counters *bus.Counters) (*Store, error) {
	s := &Store{config: c, count: counters}
	var version int
	waits := func(err error) bool { return c.Wait && temporary(err) }
	err := c.Retry(ctx, waits, func() error {
		text, err := c.do(ctx, c.base, []byte("SELECT version()"))
		version = parseVersion(text)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.text = version < withTuples
	if c.text != nil {
		s.text = *c.text
	}
	if _, err := c.do(ctx, c.base, []byte(c.statement(s.text))); err != nil {
		return nil, err
	}
	settings := url.Values{
		"query":                            {"INSERT INTO " + c.table + " FORMAT JSONEachRow"},
		"input_format_skip_unknown_fields": {"1"},
	}
	if !s.text {
		settings.Set("date_time_input_format", "best_effort")
	}
	insert := *c.base
	insert.RawQuery += "&" + settings.Encode()
	s.insert, s.tokens = &insert, version >= withTokens
	return s, nil
}

// statement makes the table.
func (c *Config) statement(text bool) string {
	own := []string{"`_id` String", "`_line` UInt32", "`_sensor` String"}
	key := []string{"_id", "_line"}
	if !text {
		return strings.TrimSuffix(strings.TrimSpace(string(schema.ClickHouseTable(c.table, "ReplacingMergeTree", own, key))), ";")
	}
	columns := append(own,
		"`src_ip` String", "`dst_ip` String", "`protocol` UInt8", "`src_port` UInt16", "`dst_port` UInt16",
		"`event_start` Float64", "`event_time` DateTime MATERIALIZED toDateTime(toUInt32(event_start))",
		"`record` String")
	return "CREATE TABLE IF NOT EXISTS " + c.table + " (\n  " + strings.Join(columns, ",\n  ") + "\n) ENGINE = ReplacingMergeTree()\n" +
		"PARTITION BY toDate(event_time)\n" +
		"ORDER BY (toStartOfHour(event_time), src_ip, dst_ip, event_time, " + strings.Join(key, ", ") + ")"
}

// parseVersion returns year*100 + month; 0 for what is no version.
func parseVersion(text string) int {
	year, rest, _ := strings.Cut(strings.TrimSpace(text), ".")
	month, _, _ := strings.Cut(rest, ".")
	y, err1 := strconv.Atoi(year)
	m, err2 := strconv.Atoi(month)
	if err1 != nil || err2 != nil {
		return 0
	}
	return y*100 + m
}

// Add implements bus.Store.
func (s *Store) Add(_ string, rows []byte) error {
	if !s.text {
		s.rows = append(s.rows, rows...)
		return nil
	}
	for line := range bytes.Lines(rows) {
		s.scratch = own(s.scratch[:0], line)
		s.rows = append(s.rows, s.scratch...)
	}
	return nil
}

// own appends a row whose members are the columns of a table with text.
func own(dst, row []byte) []byte {
	dst = append(dst, '{')
	scan := record.Scan(row)
	record0 := -1
	var m record.Member
	for scan.Next(&m) {
		switch string(m.Name) {
		case "_id", "_line", "_sensor":
			dst = append(append(dst, row[m.Start:m.End]...), ',')
			continue
		case "src_ip", "dst_ip", "protocol", "src_port", "dst_port", "event_start":
			dst = append(append(dst, row[m.Start:m.End]...), ',')
		}
		if record0 < 0 {
			record0 = m.Start
		}
	}
	dst = append(dst, `"record":`...)
	text := []byte("{}")
	if record0 >= 0 {
		text = append([]byte{'{'}, bytes.TrimRight(row[record0:], "\r\n")...)
	}
	dst = append(record.AppendText(append(dst, '"'), text), '"')
	return append(dst, "}\n"...)
}

// Size implements bus.Store.
func (s *Store) Size() int64 { return int64(len(s.rows)) }

// How long to wait before rows are sent again: at first, and at most.
const (
	retryAfter  = 500 * time.Millisecond
	retryAtMost = 10 * time.Second
)

// Commit implements bus.Store.
func (s *Store) Commit(ctx context.Context) (rejected, duplicates int, err error) {
	rejected, err = s.store(ctx, s.rows)
	s.rows = s.rows[:0]
	return rejected, 0, err
}

// store inserts rows. If the server can't read them, it looks for those that
// are the reason; if they are of too many days for one insert, it makes several.
func (s *Store) store(ctx context.Context, rows []byte) (rejected int, err error) {
	noticed := false
	for wait := retryAfter; ; wait = min(2*wait, retryAtMost) {
		_, err := s.config.do(ctx, s.request(rows), rows)
		switch {
		case err == nil:
			return 0, nil
		case unreadable(err), manyDays(err):
			return s.divide(ctx, rows, err)
		case !temporary(err):
			return 0, err
		}
		if !noticed {
			noticed = true
			s.config.Noticef("%v: trying again", err)
		}
		s.count.Retries.Add(1)
		select {
		case <-ctx.Done():
			return 0, err
		case <-time.After(wait):
		}
	}
}

// request is what inserts rows. Its token makes the server drop what it has
// stored already, if it keeps tokens for the table.
func (s *Store) request(rows []byte) *url.URL {
	if !s.tokens {
		return s.insert
	}
	sum := sha256.Sum256(rows)
	u := *s.insert
	u.RawQuery += "&insert_deduplication_token=" + hex.EncodeToString(sum[:16])
	return &u
}

// divide inserts both halves of rows.
func (s *Store) divide(ctx context.Context, rows []byte, reason error) (rejected int, err error) {
	half := bytes.IndexByte(rows[len(rows)/2:], '\n') + 1 + len(rows)/2
	if half == len(rows) {
		half = bytes.LastIndexByte(rows[:len(rows)-1], '\n') + 1
	}
	if half == 0 {
		s.config.Noticef("row left out: %v", reason)
		return 1, nil
	}
	for _, part := range [][]byte{rows[:half], rows[half:]} {
		n, err := s.store(ctx, part)
		if rejected += n; err != nil {
			return rejected, err
		}
	}
	return rejected, nil
}

// Close implements bus.Store.
func (s *Store) Close() { s.config.client.CloseIdleConnections() }

// A serverError is what a server answers.
type serverError struct {
	host   string
	status int
	code   int // of ClickHouse; 0: unknown
	text   string
}

// Error is one line.
func (e *serverError) Error() string {
	return fmt.Sprintf("clickhouse %s: %s", e.host, e.text)
}

var codePattern = regexp.MustCompile(`Code: (\d+)`)

// do sends a request and returns the answer.
func (c *Config) do(ctx context.Context, u *url.URL, body []byte) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	if c.user != "" {
		r.Header.Set("X-ClickHouse-User", c.user)
		r.Header.Set("X-ClickHouse-Key", c.password)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err // without the URL
		}
		return "", fmt.Errorf("clickhouse %s: %w", u.Host, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return "", fmt.Errorf("clickhouse %s: %w", u.Host, err)
	}
	if answer.StatusCode == http.StatusOK {
		return string(text), nil
	}
	e := &serverError{host: u.Host, status: answer.StatusCode, text: oneLine(text)}
	if m := codePattern.FindSubmatch(text); m != nil {
		e.code, _ = strconv.Atoi(string(m[1]))
	}
	if e.text == "" {
		e.text = answer.Status
	}
	return "", e
}

// oneLine is the beginning of what a server says.
func oneLine(text []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	return string(line[:min(len(line), 300)])
}

// unreadable reports whether the reason of an error is in the rows.
func unreadable(err error) bool {
	var e *serverError
	if !errors.As(err, &e) {
		return false
	}
	switch e.code {
	case 6, 25, 26, 27, 33, 38, 41, 53, 69, 72, 117, 130, 131, 190, 349, 441, 469, 675, 676:
		return true
	}
	return false
}

// manyDays reports whether rows are of more partitions than one insert may have, by
// default 100: of a small archive of captures, or of captures with made-up times.
func manyDays(err error) bool {
	var e *serverError
	return errors.As(err, &e) && e.code == 252 && strings.Contains(e.text, "Too many partitions")
}

// temporary reports whether another try may help.
func temporary(err error) bool {
	var e *serverError
	if !errors.As(err, &e) {
		return true // no answer
	}
	switch e.code {
	case 60, 62, 16, 47, 81, 115, 192, 193, 194, 497, 516: // no such table, column, database, setting; who are you
		return false
	}
	return e.status >= 500 || e.status == http.StatusTooManyRequests
}
