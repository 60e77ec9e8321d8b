// Compare holds what the engine sees in captures with --deep against what
// tshark sees: names of servers, hosts, user agents, DNS names, SSH versions.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

// A sight is something that a program sees in a capture.
type sight struct{ kind, text string }

// kinds are the kinds of sights in the order of the report.
var kinds = []string{"TLS server name", "QUIC server name", "DTLS server name", "HTTP host", "HTTP user agent", "DNS name", "SSH version"}

func main() {
	cache := flag.String("cache", "", "directory that keeps tshark's answers")
	verbose := flag.Bool("v", false, "list what tshark sees and merc-fp doesn't")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: compare-tshark [-v] [-cache DIR] CAPTURE|DIR...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	both, theirs, ours := map[string]int{}, map[string]int{}, map[string]int{}
	read := 0
	for _, name := range flag.Args() {
		here, err := seen(name)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			continue
		}
		there, err := tshark(name, *cache)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		}
		read++
		for s := range here {
			if !there[s] {
				ours[s.kind]++
			}
		}
		for s := range there {
			if here[s] {
				both[s.kind]++
				continue
			}
			theirs[s.kind]++
			if *verbose {
				fmt.Printf("%s: %s %q\n", name, s.kind, s.text)
			}
		}
	}
	report(read, both, theirs, ours)
}

// report prints what was counted, by kind.
func report(captures int, both, theirs, ours map[string]int) {
	fmt.Printf("%d captures\n%-18s %7s %7s %12s %10s\n", captures, "", "both", "share", "only tshark", "only here")
	line := func(kind string, both, theirs, ours int) {
		if both+theirs+ours > 0 {
			fmt.Printf("%-18s %7d %6.2f%% %12d %10d\n", kind, both, 100*float64(both)/float64(max(both+theirs, 1)), theirs, ours)
		}
	}
	var sum [3]int
	for _, kind := range kinds {
		line(kind, both[kind], theirs[kind], ours[kind])
		sum[0], sum[1], sum[2] = sum[0]+both[kind], sum[1]+theirs[kind], sum[2]+ours[kind]
	}
	line("all", sum[0], sum[1], sum[2])
}

// plain makes texts of both programs alike: they write what is no printable
// ASCII in different ways, and space around a text is none of it.
func plain(s string) string {
	var b strings.Builder
	masked := false
	for _, r := range strings.TrimSpace(s) {
		if r > ' ' && r < 0x7f || r == ' ' {
			b.WriteRune(r)
			masked = false
		} else if !masked {
			b.WriteByte('?')
			masked = true
		}
	}
	return b.String()
}

// name is the form in which a domain name is compared.
func name(s string) string { return strings.TrimRight(strings.ToLower(plain(s)), ".") }
