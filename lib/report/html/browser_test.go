package html_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"merctools/lib/report"
	"merctools/lib/report/reporttest"
)

// A viewer looks at a page.
type viewer struct {
	context.Context
	t  *testing.T
	mu sync.Mutex
	// complaints are what the console says, exceptions, and requests for
	// anything but the page.
	complaints []string
	requests   int
}

// browser starts a browser, or skips the test.
func browser(t *testing.T) *viewer {
	t.Helper()
	name := os.Getenv("CHROMIUM")
	for _, n := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(n); err == nil && name == "" {
			name = path
		}
	}
	if name == "" {
		t.Skip("no chromium to look at the page with (its path can be in the variable CHROMIUM)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(name), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-dev-shm-usage", true))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	v := &viewer{t: t}
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithListener(v.listen))
	t.Cleanup(cancel)
	ctx, over := context.WithTimeout(ctx, 8*time.Minute)
	t.Cleanup(over)
	v.Context = ctx
	v.do(chromedp.Navigate("about:blank"))
	call(v, network.Enable, network.EnableParams{})
	call(v, log.Enable, cdp.Empty{})
	call(v, runtime.Enable, cdp.Empty{})
	return v
}

// listen notes what a page must not do.
func (v *viewer) listen(e any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := e.(type) {
	case *runtime.EventConsoleAPICalled:
		v.complaints = append(v.complaints, fmt.Sprint("console: ", e.Type, e.Args))
	case *runtime.EventExceptionThrown:
		v.complaints = append(v.complaints, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		v.complaints = append(v.complaints, "log: "+e.Entry.Text)
	case *network.EventRequestWillBeSent:
		v.requests++
		if !strings.HasPrefix(e.Request.URL, "file:") {
			v.complaints = append(v.complaints, "request: "+e.Request.URL)
		}
	}
}

// call calls a method of the browser.
func call[P, R any](v *viewer, method cdp.Command[P, R], parameters P) R {
	v.t.Helper()
	r, err := chromedp.Call(v, method, parameters)
	if err != nil {
		v.t.Fatalf("%s: %v", method.Method, err)
	}
	return r
}

func (v *viewer) do(actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v, actions...); err != nil {
		v.t.Fatal(err)
	}
}

// ask evaluates an expression.
func ask[T any](v *viewer, expression string, o ...chromedp.EvaluateOption) T {
	v.t.Helper()
	answer, err := chromedp.Run(v, chromedp.Evaluate[T](expression, o...))
	if err != nil {
		v.t.Fatal(err)
	}
	return answer
}

func (v *viewer) quiet() {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.complaints {
		v.t.Error(c)
	}
	v.complaints = nil
}

// A look is a way to look at the page.
type look struct {
	name, scheme, media string
	width, height       int64
	phone               bool
}

var looks = []look{
	{"light", "light", "screen", 1280, 900, false},
	{"dark", "dark", "screen", 1280, 900, false},
	{"phone", "light", "screen", 360, 740, true},
	{"phone-dark", "dark", "screen", 360, 740, true},
	{"print", "light", "print", 1120, 790, false},
}

func (v *viewer) as(l look) {
	v.t.Helper()
	call(v, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: 1, Mobile: l.phone})
	call(v, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: l.media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}})
}

// fits checks that there is no need to scroll sideways.
func (v *viewer) fits(width int64) {
	v.t.Helper()
	if is := ask[int64](v, "document.documentElement.scrollWidth"); is > width {
		v.t.Errorf("the page is %d pixels wide, for %d: %q", is, width, ask[[]string](v, fmt.Sprintf(
			`[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > %d + 1 && !e.closest("nav") && e.children.length === 0).slice(0, 9).map(e => e.tagName + "." + e.className + "#" + e.id + " " + e.textContent.slice(0, 40))`, width)))
	}
}

// shoot saves a picture, if the variable SCREENSHOTS names a folder for it.
func (v *viewer) shoot(name string) {
	v.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(v, chromedp.CaptureScreenshot())
	if err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o666); err != nil {
		v.t.Fatal(err)
	}
}

// rich collects what gives every part of the page some rows.
func rich(t *testing.T) *report.Collector {
	c := report.New(report.MaxMemory)
	reporttest.Collect(t, c, "tls12.pcap", "tls13.pcap", "ssh.pcap", "quic.pcap", "http.pcap", "dns.pcap", "ftp.pcap", "mail.pcap", "dtls.pcap", "ldap.pcap", "desktop.pcap", "securedns.pcap")
	return c
}

func (v *viewer) open(c *report.Collector) {
	v.t.Helper()
	name := filepath.Join(v.t.TempDir(), "report.html")
	text := page(v.t, c, report.Options{Archive: &report.Archive{Version: "laboratory", Processes: 113}})
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		v.t.Fatal(err)
	}
	v.do(chromedp.Navigate("file://" + filepath.ToSlash(name)))
}

func TestBrowser(t *testing.T) {
	v := browser(t)
	v.open(rich(t))
	for _, l := range looks {
		t.Run(l.name, func(t *testing.T) {
			v.t = t
			v.as(l)
			v.fits(l.width)
			ask[chromedp.Void](v, "scrollTo(0, 0)")
			v.shoot(l.name)
			for _, id := range []string{"credentials", "talks", "rare", "quantum", "certificates", "host-1"} {
				if os.Getenv("SCREENSHOTS") != "" {
					ask[chromedp.Void](v, `document.getElementById("`+id+`").scrollIntoView()`)
					v.shoot(l.name + "-" + id)
				}
			}
			ask[chromedp.Void](v, "scrollTo(0, 0)")
			v.axe()
			v.quiet()
		})
	}
	v.t = t
	v.as(looks[0])
	t.Run("links", func(t *testing.T) {
		v.t = t
		lost := ask[[]string](v, `[...document.querySelectorAll("a[href]")].map(a => a.getAttribute("href")).filter(h => !h.startsWith("#") || !document.getElementById(h.slice(1)))`)
		if len(lost) > 0 {
			t.Errorf("links lead nowhere: %q", lost)
		}
		twice := ask[[]string](v, `[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i)`)
		if len(twice) > 0 {
			t.Errorf("identifiers twice: %q", twice)
		}
	})
	t.Run("sort", func(t *testing.T) {
		v.t = t
		for _, column := range []string{"Messages", "Host", "First"} {
			sorted := ask[struct{ Rows, Wrong int }](v, fmt.Sprintf(`(() => {
				const table = document.querySelector("#talks table");
				const i = [...table.tHead.rows[0].cells].findIndex(th => th.textContent === %q);
				const th = table.tHead.rows[0].cells[i];
				const keys = () => [...table.tBodies[0].rows].map(r => r.cells[i].dataset.sort);
				const before = keys().join();
				let wrong = 0;
				for (const want of [1, -1]) {
					th.querySelector("button").click();
					const sign = th.getAttribute("aria-sort") === "ascending" ? 1 : -1;
					const now = keys();
					for (let k = 1; k < now.length; k++) {
						const c = th.className === "code" ? now[k-1].localeCompare(now[k], "en") : now[k-1] - now[k];
						if (sign * c > 0) wrong++;
					}
				}
				return {Rows: keys().length, Wrong: wrong};
			})()`, column))
			if sorted.Rows < 5 || sorted.Wrong != 0 {
				t.Errorf("%s: %d of %d rows are in the wrong order", column, sorted.Wrong, sorted.Rows)
			}
		}
	})
	t.Run("filter", func(t *testing.T) {
		v.t = t
		shown := ask[struct {
			All, Left, Wrong int
			Line             string
		}](v, `(() => {
			const box = document.querySelector("#talks");
			const input = box.querySelector("input");
			input.value = "ssh";
			input.dispatchEvent(new Event("input"));
			const rows = [...box.querySelectorAll("tbody tr")];
			const left = rows.filter(r => r.offsetParent !== null);
			const wrong = left.filter(r => !r.textContent.includes("ssh")).length;
			box.querySelector(".tools button").click();
			return {All: rows.length, Left: left.length, Wrong: wrong, Line: box.querySelector(".jq code").textContent};
		})()`)
		if shown.Left == 0 || shown.Left >= shown.All || shown.Wrong > 0 || strings.Count(shown.Line, ".protocol==") != shown.Left {
			t.Errorf("%+v", shown)
		}
	})
	v.t = t
	v.quiet()
	if v.requests != 1 {
		t.Errorf("%d requests, with that for the page", v.requests)
	}
}

// axe looks for what keeps people from reading the page.
func (v *viewer) axe() {
	v.t.Helper()
	name := os.Getenv("AXE_CORE")
	if name == "" {
		v.t.Log("AXE_CORE does not name axe.min.js (npm axe-core): accessibility is not checked")
		return
	}
	source, err := os.ReadFile(name)
	if err != nil {
		v.t.Fatal(err)
	}
	ask[string](v, string(source)+";typeof axe.run")
	found := ask[string](v, `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.filter(x => x.impact === "serious" || x.impact === "critical").map(x => [x.id, x.help, x.nodes.length, x.nodes[0].html.slice(0, 200), x.nodes[0].failureSummary])))`, chromedp.EvalAwaitPromise)
	var list []any
	if err := json.Unmarshal([]byte(found), &list); err != nil {
		v.t.Fatal(err)
	}
	for _, x := range list {
		v.t.Errorf("axe: %v", x)
	}
}

// Without a script everything is there.
func TestBrowserWithoutScript(t *testing.T) {
	v := browser(t)
	call(v, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	v.open(rich(t))
	v.as(looks[0])
	v.shoot("noscript")
	text, err := chromedp.Run(v, chromedp.Text("#talks"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"192.0.2.2:443", "www.example.com", "Messages"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %.300q", want, text)
		}
	}
	v.quiet()
}

// Hostile names are text.
func TestBrowserHostile(t *testing.T) {
	v := browser(t)
	c := report.New(report.MaxMemory)
	reporttest.Hostile(c)
	v.open(c)
	v.as(looks[2])
	page := ask[struct {
		Pwned                        bool
		Scripts, Images, Hidden, Odd int
	}](v, `({Pwned: "pwned" in window, Scripts: document.scripts.length, Images: document.images.length,
		Hidden: (document.body.innerText.match(/[\u202a-\u202e\u2066-\u2069\u200b\u0000-\u0008]/g) || []).length,
		Odd: document.querySelectorAll("main .odd").length})`)
	if page.Pwned || page.Scripts != 1 || page.Images != 0 || page.Hidden != 0 || page.Odd < 20 {
		t.Errorf("%+v", page)
	}
	v.fits(360)
	v.shoot("hostile")
	v.quiet()
}
