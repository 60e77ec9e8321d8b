package hourly

import (
	"bytes"
	"strconv"
	"time"
)

// An hour is a number of hours since 1970, in UTC.
type hour int64

// noHour is that of rows that have no time.
const noHour hour = 0

// lastSecond is the end of the year 9999. What reads partitions takes a longer
// year for text, and then all other dates with it.
const lastSecond = 253402300799

var eventStart = []byte(`"event_start":`)

// hourOf is the hour of a row's time.
func hourOf(row []byte) hour {
	i := bytes.LastIndex(row, eventStart)
	if i < 0 {
		return noHour
	}
	v := row[i+len(eventStart):]
	n := 0
	for n < len(v) && v[n] >= '0' && v[n] <= '9' {
		n++
	}
	sec, err := strconv.ParseInt(string(v[:n]), 10, 64)
	if err != nil || sec > lastSecond {
		return noHour
	}
	return hour(sec / 3600)
}

// partition is the directory of an hour.
func (h hour) partition() string {
	return time.Unix(int64(h)*3600, 0).UTC().Format("date=2006-01-02/hour=15")
}
