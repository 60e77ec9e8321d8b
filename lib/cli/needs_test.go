package cli

import (
	"strings"
	"testing"
)

// A flag that has no effect without another one is refused, or told of once.
func TestNeeds(t *testing.T) {
	type tested struct {
		testFlags
		Report  string
		CBOM    string   `name:"cbom"`
		Kept    []string `sep:"none"`
		Time    string   `needs:"report cbom" default:"1"`
		Seed    int      `needs:"kept"`
		Foreign bool     `needs:"nothing"`
	}
	for args, want := range map[string]string{
		"":                                      "",
		"--report=r":                            "",
		"--time=1":                              "test: --time needs --report or --cbom (see test --help)\n",
		"--time=1 --cbom=c":                     "",
		"--report=r --time=2":                   "",
		"--seed=1":                              "test: --seed needs --kept (see test --help)\n",
		"--seed=0 --kept=a":                     "",
		"--seed=0":                              "",
		"--foreign":                             "",
		"--http-headers=all":                    "test: --http-headers has no effect without --fdc=2\n",
		"--http-headers=all --http-headers=all": "test: --http-headers has no effect without --fdc=2\n",
		"--http-headers=all --fdc=1":            "test: --http-headers has no effect without --fdc=2\n",
		"--http-headers=all --fdc":              "",
		"--community-id-seed=1":                 "test: --community-id-seed needs --add=community_id (see test --help)\n",
		"--community-id-seed=1 --add=type":      "test: --community-id-seed needs --add=community_id (see test --help)\n",
		"--community-id-seed=1 --add=type,community_id": "",
		"--community-id-seed=1 --add=all":               "",
	} {
		ran := false
		c := &Command{Name: "test", Runner: &tested{testFlags: testFlags{run: func() error { ran = true; return nil }}}}
		var stderr strings.Builder
		status := c.Main(t.Context(), &Env{Stdout: t.Output(), Stderr: &stderr}, strings.Fields(args), "")
		if refused := strings.Contains(want, "needs"); stderr.String() != want || ran == refused || (status == exitUsage) != refused {
			t.Errorf("%q: status %d: %s", args, status, stderr.String())
		}
	}
}
