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
	"merctools/lib/pipeline"
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

// lines explains what is on the lines of standard input. What can't be
// explained is an error; the lines after it are explained all the same.
func (w *explainer) lines(env *cli.Env) error {
	var number, bad, long int
	lines := pipeline.Lines{
		Workers: []pipeline.LineWorker{func(_ *pipeline.Output, line []byte, _ uint64) error {
			number++
			for _, fp := range fingerprints(bytes.TrimSpace(line)) {
				var invalid invalidError
				switch err := w.write(fp); {
				case errors.As(err, &invalid):
					bad++
					env.Noticef("line %d: %s: %v", number, cli.Shorten(fp), err)
				case err != nil:
					return err
				}
			}
			return nil
		}},
		Write: func([]byte) error { return nil },
		Long:  func(int64) error { number++; long++; return nil },
	}
	err := lines.Run(env.Stdin, "standard input")
	if bad > 0 {
		err = errors.Join(err, fmt.Errorf("standard input: %d fingerprints that could not be explained", bad))
	}
	if long > 0 {
		err = errors.Join(err, fmt.Errorf("standard input: skipped %d lines longer than %d MiB", long, pipeline.MaxLine>>20))
	}
	return err
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
