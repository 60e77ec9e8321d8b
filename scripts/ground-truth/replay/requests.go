package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// An httpStack is what is known of the requests of a program that can't be run
// here: its headers in their order, some of them not always there.
type httpStack struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	OS      string   `json:"os"`
	Family  string   `json:"family"`
	Library string   `json:"library"`
	Methods []string `json:"methods"` // GET if there are none
	HTTP    string   `json:"http"`    // 1.1 if it is empty
	// Headers are as they are sent. One that begins with ? may be left out; after
	// the name there may be several values, separated by " | ".
	Headers []string `json:"headers"`
	Source  string   `json:"source"` // where the facts are published
}

// valueOf are values of headers that only have their names in fingerprints.
var valueOf = map[string]string{"host": "www.lab.test", "content-length": "0"}

func readHTTPStacks(file string) (list []httpStack, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// requests returns the requests of a stack: one for each choice of what can be
// there.
func (s *httpStack) requests() (list []string) {
	heads := []string{""}
	for _, h := range s.Headers {
		var more []string
		header, optional := strings.CutPrefix(h, "?")
		if optional {
			more = append(more, heads...)
		}
		name, values, _ := strings.Cut(header, ": ")
		for value := range strings.SplitSeq(values, " | ") {
			if value == "" {
				if value = valueOf[strings.ToLower(name)]; value == "" {
					value = "x"
				}
			}
			for _, head := range heads {
				more = append(more, head+name+": "+value+"\r\n")
			}
		}
		heads = more
	}
	methods, version := s.Methods, s.HTTP
	if len(methods) == 0 {
		methods = []string{"GET"}
	}
	if version == "" {
		version = "1.1"
	}
	for _, m := range methods {
		for _, head := range heads {
			list = append(list, m+" / HTTP/"+version+"\r\n"+head+"\r\n")
		}
	}
	return list
}
