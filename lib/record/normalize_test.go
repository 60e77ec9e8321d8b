package record

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// formFields have a member of each form, and of each role.
var formFields = []Field{
	F("plain", Text, ""),
	F("gone", Hex, "").To(Dropped),
	F("words", Text, "").To(Words),
	F("codes", Hex, "").To(Codes4),
	F("bytes", Hex, "").To(Codes2),
	F("number", Text, "").To(Number),
	F("hex", Hex, "").To(HexNumber),
	F("date", String, "").To(Date),
	F("filetime", String, "").To(FileTime),
	F("seconds", Uint, "").To(Seconds),
	F("lists", String, "").To(Lists),
	F("old", Text, "").Renamed("new"),
	O("box", "", F("gone", Hex, "").To(Dropped), F("plain", Text, ""), F("number", Text, "").To(Number)),
	A("boxes", "", F("plain", Text, ""), F("number", Text, "").To(Number).Renamed("count")),
	O("spread", "", F("plain", Text, ""), F("number", Text, "").To(Number)).To(Spread),
	A("certs", "", F("base64", Base64, ""), O("cert", "", F("plain", Text, ""), F("gone", Hex, "").To(Dropped)).To(Spread)),
	A("joined", "", F("from", String, "").To(Date), F("to", String, "").To(Date)).To(Joined),
	A("name", "",
		F("*", Text, "").In(Many), F("type", String, "").In(Naming), F("value", Hex, "").In(Named), F("cut", String, "").In(Many)).To(Merged),
	A("merged", "",
		F("once", Text, ""),
		F("count", Text, "").To(Number),
		F("many", Text, "").In(Many),
		A("nested", "", F("a", Text, "").In(Many), F("b", Text, "")).To(Merged).In(Many),
		F("critical", Bool, "").In(Mark),
		F("tag", Uint, "").In(Other), F("data", Hex, "").In(With),
		O("apart", "", F("oid", Text, "")).To(Spread).In(Apart),
		F("end", String, "").To(Dropped)).To(Merged),
	A("unwrapped", "", A("inner", "", F("number", Text, "").To(Number), F("plain", Text, ""))).To(Unwrapped),
}

// normalized is what becomes of members.
func normalized(t testing.TB, members string) string {
	t.Helper()
	n := NewPlan(formFields).NewNormalizer()
	w := NewWriter([]byte("{" + members))
	if !n.Normalize(w, 1) {
		t.Errorf("%s: refused", members)
	}
	return string(w.Bytes()[1:])
}

func TestNormalize(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", ``, ``},
		{"nothing changes", `"plain":"a,b","other":{"number":"1"},"x":[1,{"gone":2}]`, ``},
		{"dropped", `"gone":"00"`, `-`},
		{"dropped first", `"gone":"00","plain":"a"`, `"plain":"a"`},
		{"dropped last", `"plain":"a","gone":"00"`, `"plain":"a"`},
		{"dropped between", `"plain":"a","gone":{"a":[1]},"x":1`, `"plain":"a","x":1`},
		{"words", `"words":"a,b c, d"`, `"words":["a","b c","d"]`},
		{"no words", `"words":""`, `"words":[]`},
		{"empty words", `"words":"a,,\",",`[:len(`"words":"a,,\","`)], `"words":["a","","\""]`},
		{"words that are none", `"words":[1]`, ``},
		{"codes", `"codes":"130113"`, `"codes":["1301","13"]`},
		{"no codes", `"codes":"","bytes":"0001"`, `"codes":[],"bytes":["00","01"]`},
		{"number", `"number":"200"`, `"number":200`},
		{"zero", `"number":"0"`, `"number":0`},
		{"largest number", `"number":"999999999999999999"`, `"number":999999999999999999`},
		{"no number", `"number":"2 0\""`, `"number_text":"2 0\""`},
		{"leading zero", `"number":"01"`, `"number_text":"01"`},
		{"too long", `"number":"1000000000000000000"`, `"number_text":"1000000000000000000"`},
		{"no text", `"number":[0,"a"]`, `"number_text":"[0,\"a\"]"`},
		{"hex", `"hex":"0002"`, `"hex":2`},
		{"largest hex", `"hex":"7fffffffffffffff"`, `"hex":9223372036854775807`},
		{"negative", `"hex":"80"`, `"hex_text":"80"`},
		{"no hex", `"hex":""`, `"hex_text":""`},
		{"date", `"date":"2024-02-29 23:59:59Z"`, `"date":"2024-02-29T23:59:59Z"`},
		{"no such day", `"date":"2023-02-29 23:59:59Z"`, `"date_text":"2023-02-29 23:59:59Z"`},
		{"no such hour", `"date":"2024-02-29 24:00:00Z"`, `"date_text":"2024-02-29 24:00:00Z"`},
		{"no such month", `"date":"2024-00-29 23:00:00Z"`, `"date_text":"2024-00-29 23:00:00Z"`},
		{"malformed", `"date":"malformed"`, `"date_text":"malformed"`},
		{"bits", `"date":[0,1]`, `"date_text":"[0,1]"`},
		{"file time", `"filetime":"2024-01-31T10:11:12.121234567Z"`, `"filetime":"2024-01-31T10:11:12.1234567Z"`},
		{"no file time", `"filetime":"No time specified"`, `"filetime_text":"No time specified"`},
		{"seconds", `"seconds":1700000000`, `"seconds":"2023-11-14T22:13:20Z"`},
		{"last second", `"seconds":253402300799`, `"seconds":"9999-12-31T23:59:59Z"`},
		{"beyond", `"seconds":253402300800`, `"seconds_text":"253402300800"`},
		{"lists", `"lists":"[\"00\",[],[[\"\"],[\"01\",\"02\"]]]"`, `"lists":["00",[],[[""],["01","02"]]]`},
		{"broken lists", `"lists":"[\"00\""`, `"lists_text":"[\"00\""`},
		{"text behind lists", `"lists":"[]]"`, `"lists_text":"[]]"`},
		{"commas in lists", `"lists":"[,]"`, `"lists_text":"[,]"`},
		{"escapes in lists", `"lists":"[\"\\\\\"]"`, `"lists_text":"[\"\\\\\"]"`},
		{"renamed", `"old":"a","x":1`, `"new":"a","x":1`},
		{"box", `"box":{"gone":"00","plain":"a","number":"1"},"x":1`, `"box":{"plain":"a","number":1},"x":1`},
		{"emptied box", `"box":{"gone":"00"},"x":1`, `"box":{},"x":1`},
		{"empty box", `"box":{},"gone":1`, `"box":{}`},
		{"boxes", `"boxes":[{"number":"1"},{},{"plain":"a","number":"b"},7]`, `"boxes":[{"count":1},{},{"plain":"a","count_text":"b"},7]`},
		{"spread", `"plain":"a","spread":{"plain":"b","number":"7"},"x":1`, `"plain":"a","plain":"b","number":7,"x":1`},
		{"spread nothing", `"plain":"a","spread":{},"x":1`, `"plain":"a","x":1`},
		{"certificates", `"certs":[{"cert":{"plain":"a","gone":1}},{"base64":"00"},{"cert":{}}]`, `"certs":[{"plain":"a"},{"base64":"00"},{}]`},
		{"joined", `"joined":[{"from":"2024-02-29 00:00:00Z"},{"to":"malformed"}]`, `"joined":{"from":"2024-02-29T00:00:00Z","to_text":"malformed"}`},
		{"joined nothing", `"joined":[]`, `"joined":{}`},
		{"a name", `"name":[{"cn":"a"},{"ou":"b","cut":"ou"},{"cn":"c"},{"type":"1.2","value":"ff"},{},{"type":"1.2"},{"type":"1.3"}]`,
			`"name":{"cn":["a","c"],"ou":["b"],"cut":["ou"],"1.2":["ff"],"1.3":[]}`},
		{"merged", `"merged":[{"once":"a","critical":true},{"many":"b","critical":false},{"many":"c","critical":true},{"count":"5"},{"once":"d","critical":true},{"end":"x"}]`,
			`"merged":{"once":"a","critical":["once","many"],"many":["b","c"],"count":5,"repeated":[{"once":"d","critical":true}]}`},
		{"empty", `"merged":[` + strings.Repeat("{},", 250) + `{"count":"5"}]`, `"merged":{"count":5}`},
		{"others", `"merged":[{"tag":1,"data":"00"},{"apart":{"oid":"1.2"},"critical":true},{"tag":2},{"what":1},{"apart":{},"critical":false}]`,
			`"merged":{"other":[{"tag":1,"data":"00"},{"tag":2},{"what":1}],"apart":[{"oid":"1.2","critical":true},{"critical":false}]}`},
		{"nested", `"merged":[{"nested":[{"a":"1"},{"b":"2"}]},{"nested":[{"a":"3"},{"a":"4"},{"b":"5"},{"b":"6"}]},{"nested":[]}]`,
			`"merged":{"nested":[{"a":["1"],"b":"2"},{"a":["3","4"],"b":"5","repeated":[{"b":"6"}]},{}]}`},
		{"unwrapped", `"unwrapped":[{"inner":[{"number":"1"},{"plain":"a"}]},{"inner":[]},{},{"inner":[{"number":"2"}]}],"x":1`,
			`"unwrapped":[{"number":1},{"plain":"a"},{"number":2}],"x":1`},
	} {
		want := tt.want
		switch want {
		case "":
			want = tt.in
		case "-":
			want = ""
		}
		if got := normalized(t, tt.in); got != want {
			t.Errorf("%s: got  %s\nwant %s", tt.name, got, want)
		}
		// Behind another member.
		if tt.in != "" {
			behind := NewWriter([]byte(`{"first":1,` + tt.in))
			start := len(`{"first":1`)
			NewPlan(formFields).NewNormalizer().Normalize(behind, start)
			whole := string(behind.Bytes()) + "}"
			if !json.Valid([]byte(whole)) || want != "" && whole != `{"first":1,`+want+"}" {
				t.Errorf("%s: behind another member: %s", tt.name, whole)
			}
		}
	}
}

func TestNormalizeRefuses(t *testing.T) {
	n := NewPlan(formFields).NewNormalizer()
	for _, text := range []string{`x`, `"plain"`, `"plain":`, `"plain":"a" `, `"plain": "a"`, `"plain":"a",`, `"number":"a`, `"box":{`, `"box":{"plain":1`, `"boxes":[`,
		`"boxes":[1`, `"merged":[`, `"merged":[1]`, `"merged":[{`, `"merged":[{"a"`, `"merged":[{"a":1 }]`, `"unwrapped":[1]`, `"unwrapped":[{"x":1}]`, `"unwrapped":[{"inner":[}`, `"spread":{`, `}`, `"gone":1}`} {
		w := NewWriter([]byte(text))
		if n.Normalize(w, 0) {
			t.Errorf("%s is taken: %s", text, w.Bytes())
		}
		if string(w.Bytes()) != text {
			t.Errorf("%s becomes %s", text, w.Bytes())
		}
	}
}

// Many attributes with names of their own don't take long.
func TestNormalizeManyNames(t *testing.T) {
	var text strings.Builder
	text.WriteString(`"name":[`)
	const names = 20000
	for i := range names {
		if i > 0 {
			text.WriteByte(',')
		}
		w := NewWriter(nil)
		w.Uint(uint64(names - i))
		text.WriteString(`{"` + string(w.Bytes()) + `":"a"}`)
	}
	text.WriteString(`]`)
	got := normalized(t, text.String())
	if n := strings.Count(got, `":["a"]`); n != names || !strings.HasPrefix(got, `"name":{"20000":["a"],"19999":`) {
		t.Errorf("%d names: %.100s", n, got)
	}
}

func TestDateTime(t *testing.T) {
	var n Normalizer
	for _, tt := range []struct {
		ns   int64
		want string
	}{
		{0, "1970-01-01T00:00:00.000000Z"},
		{1_700_000_000_000_001_999, "2023-11-14T22:13:20.000001Z"},
		{1_700_000_000_999_999_999, "2023-11-14T22:13:20.999999Z"},
		{1_700_000_001_000_000_000, "2023-11-14T22:13:21.000000Z"},
		{-1_000, "1969-12-31T23:59:59.999999Z"},
		{-1 << 63, "1677-09-21T00:12:43.145225Z"},
		{1<<63 - 1, "2262-04-11T23:47:16.854775Z"},
	} {
		w := NewWriter(nil)
		n.DateTime(w, tt.ns)
		if got := string(w.Bytes()); got != `"`+tt.want+`"` {
			t.Errorf("%d: %s, want %s", tt.ns, got, tt.want)
		}
	}
}

func TestNormalFields(t *testing.T) {
	var got []string
	var list func(prefix string, fields []Field)
	list = func(prefix string, fields []Field) {
		for i := range fields {
			f := &fields[i]
			if f.Form != Same || f.Role != Once || f.As != "" || f.About != "" {
				t.Errorf("%s%s still has a form", prefix, f.Name)
			}
			kind := f.Type.String()
			if f.Type == Array {
				kind += " of " + f.Elem.String()
			}
			got = append(got, prefix+f.Name+" "+kind)
			list(prefix+f.Name+".", f.Fields)
		}
	}
	list("", NormalFields(formFields))
	want := strings.Split(strings.TrimSpace(`
plain text
words array of text
codes array of hex
bytes array of hex
number unsigned integer
number_text text
hex unsigned integer
hex_text text
date time
date_text text
filetime time
filetime_text text
seconds time
seconds_text text
lists array of array
lists_text text
new text
box object
box.plain text
box.number unsigned integer
box.number_text text
boxes array of object
boxes.plain text
boxes.count unsigned integer
boxes.count_text text
plain text
number unsigned integer
number_text text
certs array of object
certs.base64 base64
certs.plain text
joined object
joined.from time
joined.from_text text
joined.to time
joined.to_text text
name object
name.* array of text
name.cut array of string
merged object
merged.once text
merged.count unsigned integer
merged.count_text text
merged.many array of text
merged.nested array of object
merged.nested.a array of text
merged.nested.b text
merged.nested.repeated array of object
merged.nested.repeated.a text
merged.nested.repeated.b text
merged.critical array of string
merged.apart array of object
merged.apart.oid text
merged.apart.critical boolean
merged.other array of object
merged.other.tag unsigned integer
merged.other.data hex
merged.repeated array of object
merged.repeated.once text
merged.repeated.count unsigned integer
merged.repeated.count_text text
merged.repeated.many text
merged.repeated.nested object
merged.repeated.nested.a array of text
merged.repeated.nested.b text
merged.repeated.nested.repeated array of object
merged.repeated.nested.repeated.a text
merged.repeated.nested.repeated.b text
merged.repeated.critical boolean
unwrapped array of object
unwrapped.number unsigned integer
unwrapped.number_text text
unwrapped.plain text`), "\n")
	if !slices.Equal(got, want) {
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Fatalf("line %d of\n%s", i, strings.Join(got, "\n"))
			}
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("one member has two forms")
		}
	}()
	NewPlan([]Field{F("a", Text, ""), F("a", Text, "").To(Number)})
}

func TestNormalizeAllocates(t *testing.T) {
	text := []byte(`{"words":"a,b","number":"x","merged":[{"nested":[{"a":"1"},{"b":"2"}],"critical":true},{"once":"a"},{"once":"b"},{"tag":1}],` +
		`"name":[{"cn":"a"},{"type":"1","value":"2"}],"unwrapped":[{"inner":[{"plain":"a"}]}],"boxes":[{"number":"1"}],"lists":"[\"00\"]","date":"2024-02-29 00:00:00Z","seconds":5,"hex":"01"`)
	n := NewPlan(formFields).NewNormalizer()
	w := NewWriter(nil)
	second := int64(0)
	if got := testing.AllocsPerRun(100, func() {
		w.Reset(0)
		w.Raw(text)
		if !n.Normalize(w, 1) {
			t.Error("refused")
		}
		n.DateTime(w, second)
		second += 1e9
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// FuzzNormalize holds that what is JSON stays JSON, and that anything else is
// left as it is.
func FuzzNormalize(f *testing.F) {
	f.Add(`"words":"a,b","number":"x","merged":[{"nested":[{"a":"1"},{"b":"2"}],"critical":true},{"once":"a"},{"once":"b"},{"tag":1}]`)
	f.Add(`"name":[{"cn":"a"},{"type":"1","value":"2"},{"cn":"b","cut":"cn"}],"unwrapped":[{"inner":[{"plain":"a"}]}],"boxes":[{"number":"1"}]`)
	f.Add(`"lists":"[\"00\",[]]","date":"2024-02-29 00:00:00Z","seconds":5,"hex":"01","filetime":"2024-01-31T10:11:12.121234567Z"`)
	f.Add(`"gone":1,"spread":{"gone":[]},"certs":[{"cert":{}},{}],"codes":"13","old":{"a":1},"joined":[{"from":[]}]`)
	n := NewPlan(formFields).NewNormalizer()
	f.Fuzz(func(t *testing.T, members string) {
		w := NewWriter([]byte("{" + members))
		ok := n.Normalize(w, 1)
		got := string(w.Bytes()) + "}"
		if valid := json.Valid([]byte("{" + members + "}")); valid && !json.Valid([]byte(got)) {
			t.Errorf("%s becomes %s", members, got)
		}
		if !ok && got != "{"+members+"}" {
			t.Errorf("%s is refused, and becomes %s", members, got)
		}
		again := NewWriter([]byte("{" + members))
		NewPlan(formFields).NewNormalizer().Normalize(again, 1)
		if string(again.Bytes())+"}" != got {
			t.Errorf("%s: %s with a new Normalizer, %s with an old one", members, again.Bytes(), got)
		}
	})
}
