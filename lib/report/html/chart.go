package html

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-analyze/charts"

	"merctools/lib/report"
)

// A chart is drawn by a library, with marks in place of colors. What it draws
// is read into shapes, which the page's template writes with classes: so the
// style sheet has the colors, for light and dark, and no text gets on the page
// without being escaped.
type chart struct {
	Class         string
	Width, Height int
	Shapes        []shape
}

// A shape is a path, or a text where D is empty.
type shape struct {
	Class, D, X, Y, Text, Anchor string
}

// Marks in place of colors: the first number says what it is.
const (
	markSeries = 1 + iota // the second number is the series
	markText
	markAxis
	markGrid
	markBackground
)

func mark(r, g uint8) charts.Color { return charts.Color{R: r, G: g, A: 255} }

// drawTimeline draws stacked bars.
func drawTimeline(t *report.Timeline, class string, width, height, bins int) (*chart, error) {
	t = coarser(t, bins)
	values := make([][]float64, len(t.Series))
	var colors []charts.Color
	for i, s := range t.Series {
		for _, n := range s.Counts {
			values[i] = append(values[i], float64(n))
		}
		colors = append(colors, mark(markSeries, uint8(i)))
	}
	const fontSize = 11
	font := charts.FontStyle{FontSize: fontSize, FontColor: mark(markText, 0)}
	opt := charts.NewBarChartOptionWithData(values)
	opt.Theme = charts.MakeTheme(charts.ThemeOption{
		AxisStrokeColor: mark(markAxis, 0), AxisSplitLineColor: mark(markGrid, 0), BackgroundColor: mark(markBackground, 0),
		TextColor: mark(markText, 0), SeriesColors: colors,
	})
	opt.StackSeries = charts.Ptr(true)
	opt.BarSize = 0.8
	opt.Padding = charts.NewBox(0, 8, 8, 0)
	opt.Legend.Show = charts.Ptr(false)
	opt.CategoryAxis.Labels = labels(t)
	opt.CategoryAxis.LabelCount = width / 120
	opt.CategoryAxis.LabelFontStyle = font
	opt.ValueAxis = []charts.ValueAxisOption{{LabelFontStyle: font, LabelCount: 4, Min: charts.Ptr(0.0), ValueFormatter: func(v float64) string {
		return report.Count(uint64(max(v, 0) + 0.5))
	}}}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: width, Height: height})
	if err := p.BarChart(opt); err != nil {
		return nil, err
	}
	svg, err := p.Bytes()
	if err != nil {
		return nil, err
	}
	shapes, err := readShapes(svg)
	return &chart{class, width, height, shapes}, err
}

// coarser joins bins until there are at most so many.
func coarser(t *report.Timeline, bins int) *report.Timeline {
	k := (t.Bins + bins - 1) / bins
	if k <= 1 {
		return t
	}
	c := *t
	c.Width *= time.Duration(k)
	c.Bins = (t.Bins + k - 1) / k
	c.Series = nil
	for _, s := range t.Series {
		counts := make([]uint64, c.Bins)
		for i, n := range s.Counts {
			counts[i/k] += n
		}
		c.Series = append(c.Series, report.Series{Name: s.Name, Total: s.Total, Counts: counts})
	}
	return &c
}

// labels are the times at which bins begin.
func labels(t *report.Timeline) (list []string) {
	format := "15:04:05"
	switch span := t.Width * time.Duration(t.Bins); {
	case t.Width < time.Second:
		format = "05.000"
	case span > 3*24*time.Hour:
		format = "2006-01-02"
	case span > 24*time.Hour:
		format = "01-02 15:04"
	case t.Width >= time.Minute:
		format = "15:04"
	}
	for i := range t.Bins {
		list = append(list, t.Start.Add(time.Duration(i)*t.Width).Format(format))
	}
	return list
}

// readShapes reads what the library has drawn.
func readShapes(svg []byte) ([]shape, error) {
	var doc struct {
		Elements []struct {
			XMLName xml.Name
			D       string `xml:"d,attr"`
			X       string `xml:"x,attr"`
			Y       string `xml:"y,attr"`
			Style   string `xml:"style,attr"`
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	if err := xml.Unmarshal(svg, &doc); err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	var shapes []shape
	line, end := "", 0 // of the text before
	for _, e := range doc.Elements {
		class := classOf(e.Style)
		switch {
		case class == "":
		case e.XMLName.Local == "path":
			shapes = append(shapes, shape{Class: class, D: strings.Join(strings.Fields(e.D), " ")})
		case e.XMLName.Local == "text":
			x, err := strconv.Atoi(e.X)
			if err != nil || e.Y == line && x < end {
				continue // it would cover the text before it
			}
			const perCharacter, gap = 6, 10 // in pixels
			line, end = e.Y, x+perCharacter*len(e.Text)+gap
			shapes = append(shapes, shape{Class: class, X: e.X, Y: e.Y, Text: e.Text})
		}
	}
	return shapes, nil
}

// classOf returns the class for a style with a mark; "" for what is not to be
// shown.
func classOf(style string) string {
	var fill, stroke string
	for part := range strings.SplitSeq(style, ";") {
		switch name, value, _ := strings.Cut(part, ":"); name {
		case "fill":
			fill = value
		case "stroke":
			stroke = value
		}
	}
	for _, color := range []string{fill, stroke} {
		var r, g, b int
		if n, err := fmt.Sscanf(color, "rgb(%d,%d,%d)", &r, &g, &b); n != 3 || err != nil {
			continue
		}
		switch r {
		case markSeries:
			return "s" + strconv.Itoa(g)
		case markText:
			return "t"
		case markAxis:
			return "axis"
		case markGrid:
			return "grid"
		}
	}
	return ""
}
