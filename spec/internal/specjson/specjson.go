// Package specjson decodes config.json, process and resources documents
// without reflection.
//
// encoding/json studies some hundred types before it decodes the first of
// them, which takes longer than all else a runtime does with its
// configuration and serves a single document. Here the types were studied when
// the code was generated.
//
// It knows ordinary documents only. Whatever could make encoding/json fail,
// or decide (a wrong type, a member given twice or in another letter case, a
// section of another platform), makes a function return nil, and encoding/json
// has to give the verdict. What it does return is what encoding/json would.
package specjson

import (
	"unicode/utf8"

	"github.com/opencontainers/runtime-spec/specs-go"
)

//go:generate go run ./generate types.go

// Spec decodes a config.json. It returns nil when anything about it is out of
// the ordinary.
func Spec(data []byte) *specs.Spec {
	return document(data, new(specs.Spec), (*decoder).spec)
}

// Process decodes a process document, nil when it is out of the ordinary.
func Process(data []byte) *specs.Process {
	return document(data, new(specs.Process), (*decoder).process)
}

// Resources decodes a resources document, nil when it is out of the ordinary.
func Resources(data []byte) *specs.LinuxResources {
	return document(data, new(specs.LinuxResources), (*decoder).linuxResources)
}

func document[P any](data []byte, v P, object func(*decoder, P)) (none P) {
	d := newDecoder(string(data))
	// Strings are taken over as they are, while encoding/json replaces what
	// is not UTF-8.
	if !utf8.ValidString(d.doc) || d.peek() != '{' {
		return none
	}
	object(d, v)
	if d.peek(); d.bad || d.at < len(d.doc) {
		return none
	}
	return v
}
