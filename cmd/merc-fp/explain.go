package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"merctools/lib/cli"
	"merctools/lib/explain"
)

// explain writes fingerprints in words.
func (c *command) explain(env *cli.Env) error {
	if len(c.Files) > 0 {
		return cli.Usagef("--explain: %q: unexpected argument", c.Files[0])
	}
	c.Confine(env, c.Verbose, cli.Needs{})
	w := explainer{out: bufio.NewWriter(env.Stdout), json: c.JSON}
	if c.Explain != "-" {
		if err := w.write(c.Explain); err != nil {
			return cli.Usagef("--explain: %s: %v", cli.Shorten(c.Explain), err)
		}
		return w.out.Flush()
	}
	err := w.lines(env)
	return errors.Join(err, w.out.Flush())
}

type explainer struct {
	out     *bufio.Writer
	json    bool
	written int
}

// maxLine is the length of the longest line of input; records are shorter.
const maxLine = 1 << 20

// lines explains what is on the lines of standard input. What can't be
// explained is an error; the lines after it are explained all the same.
func (w *explainer) lines(env *cli.Env) error {
	in := bufio.NewScanner(env.Stdin)
	in.Buffer(nil, maxLine)
	bad := 0
	for n := 1; in.Scan(); n++ {
		line := bytes.TrimSpace(in.Bytes())
		for _, fp := range fingerprints(line) {
			var invalid invalidError
			switch err := w.write(fp); {
			case errors.As(err, &invalid):
				bad++
				env.Noticef("line %d: %s: %v", n, cli.Shorten(fp), err)
			case err != nil:
				return err
			}
		}
	}
	switch err := in.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("standard input: a line of more than %d MiB, at which this ends", maxLine>>20)
	case err != nil:
		return fmt.Errorf("standard input: %w", err)
	}
	if bad > 0 {
		return fmt.Errorf("standard input: %d fingerprints that could not be explained", bad)
	}
	return nil
}

// fingerprints are those on a line: it is one, or a record that may have some.
func fingerprints(line []byte) (list []string) {
	if len(line) == 0 {
		return nil
	}
	if line[0] != '{' {
		return []string{string(line)}
	}
	var r struct {
		Fingerprints map[string]string `json:"fingerprints"`
	}
	if json.Unmarshal(line, &r) != nil {
		return []string{string(line)}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Fingerprints)) {
		if hash[name] { // of which nothing can be said
			continue
		}
		list = append(list, r.Fingerprints[name])
	}
	return list
}

// hash are the fingerprints in records that are hashes of everything.
var hash = map[string]bool{"ja3": true, "ja3s": true, "hassh": true, "hasshserver": true}

// An invalidError says that text is not a fingerprint.
type invalidError struct{ error }

// Unwrap returns the reason.
func (e invalidError) Unwrap() error { return e.error }

// write explains a fingerprint.
func (w *explainer) write(fp string) error {
	e, err := explain.Fingerprint(fp)
	if err != nil {
		return invalidError{err}
	}
	w.written++
	if w.json {
		enc := json.NewEncoder(w.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(e)
	}
	if w.written > 1 {
		if _, err := io.WriteString(w.out, "\n"); err != nil {
			return err
		}
	}
	_, err = w.out.Write(e.Text())
	return err
}
