package cli

import "testing"

// Lists in the long part of a help are lists in the man page: an item has all of its
// name, and all of its text.
func TestManDetails(t *testing.T) {
	const text = `A paragraph, that
goes on. Options:
  database=NAME               the database (default)
  tls=true ca=FILE key=FILE
                              as for the others,
                              below
  names                       of a list are known. --verbose
                              tells them
behind the list

  last  is alone
`
	const want = `A paragraph, that goes on. Options:
.TP
\fBdatabase=NAME\fR
The database (default).
.TP
\fBtls=true ca=FILE key=FILE\fR
As for the others, below.
.TP
\fBnames\fR
Of a list are known. \fB\-\-verbose\fR tells them.
.PP
behind the list
.TP
\fBlast\fR
Is alone.
`
	var m manPage
	m.details(text)
	if got := m.String(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
