package main

import (
	"slices"
	"strings"
	"testing"
)

const draft29 = "quic/(ff00001d)(0303)(130113021303)[(0000)(000a00080006001d00170018)(0010000800060568332d3239)(001b0003020002)(002b0003020304)(002d00020101)(0033)((ffa5)[(01)(20)(80004752)])]"

func TestVariants(t *testing.T) {
	all := variants(draft29, 90)
	for _, want := range []string{
		"(0033)((ffa5)[(01)(20)(7129)(80004752)])]",                                                 // the full browser
		"(0029)(002a)(002b0003020304)(002d00020101)(0033)((ffa5)[(01)(20)(7127)(7129)(80004752)])]", // resumed
		"(0033)(4469)((ffa5)[(01)(20)(7128)(7129)(80004752)(8000de1a)])]",                           // field trials
	} {
		if !slices.ContainsFunc(all, func(v string) bool { return strings.HasSuffix(v, want) }) {
			t.Errorf("no variant ends in %s", want)
		}
	}
	for _, v := range all {
		if v == "" || strings.Count(v, "(") != strings.Count(v, ")") || strings.Count(v, "[") != 2 {
			t.Errorf("no fingerprint: %s", v)
		}
	}
	if all := variants("quic/(00000001)(0303)(1301)[(0000)]", 90); slices.Contains(all, "") || len(all) > 1 {
		t.Errorf("of a hello without transport parameters: %q", all)
	}
}

func TestVersion1(t *testing.T) {
	const want = "quic/(00000001)(0303)(130113021303)[(0000)(000a00080006001d00170018)(001000050003026833)(001b0003020002)(002b0003020304)(002d00020101)(0033)((0039)[(01)(20)(80004752)])(4469)]"
	if got := version1(strings.Replace(draft29, "(0033)(", "(0033)(4469)(", 1)); got != want {
		t.Errorf("%s", got)
	}
	if got := version1(want); got != "" {
		t.Errorf("of version 1: %s", got)
	}
}
