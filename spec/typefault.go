package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// explain finds out why a document did not decode into a T: err is what
// encoding/json said, nil for the document "null". A document that is no JSON
// yields an error, one with members of wrong types a list of them.
func explain[T any](data []byte, err error) (*faultList, error) {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil, Faults{{"", "must be a JSON object, not null"}}
	case len(bytes.TrimSpace(data)) == 0:
		return nil, Faults{{"", "must be a JSON object, found an empty document"}}
	case errors.As(err, &syntax):
		at := position(data, syntax.Offset)
		return nil, Faults{{"", fmt.Sprintf("invalid JSON at %s: %v", at, err)}}
	}
	w := newWalk(data)
	if werr := w.value("", reflect.TypeFor[T]()); werr != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	if len(w.list.faults) == 0 {
		// The walk and encoding/json disagree. The one who decodes is right.
		return nil, Faults{{"", err.Error()}}
	}
	if w.list.more > 0 {
		return nil, w.list.err()
	}
	for _, f := range w.list.faults {
		w.list.broken = append(w.list.broken, f.Path)
	}
	return &w.list, nil
}

// position turns the offset behind a syntax error into line:column.
func position(data []byte, offset int64) string {
	before := data[:min(max(int(offset)-1, 0), len(data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return strconv.Itoa(line) + ":" + strconv.Itoa(column)
}

// A walk compares a document, token by token, with the Go type it was meant
// for. It recurses as deep as the type does, however deep the document is.
type walk struct {
	dec    *json.Decoder
	list   faultList
	fields map[reflect.Type][]jsonField
}

// A jsonField is a struct field by the name it has in JSON.
type jsonField struct {
	name string
	kind reflect.Type
}

func newWalk(data []byte) *walk {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return &walk{dec: dec, fields: map[reflect.Type][]jsonField{}}
}

// value reads one value that should be a t.
func (w *walk) value(path string, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Interface {
		return w.skip()
	}
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return w.object(path, t)
	case json.Delim('['):
		return w.array(path, t)
	case nil:
		return nil // encoding/json leaves the member as it is
	}
	if problem := scalarProblem(token, t); problem != "" {
		w.list.addf(path, "%s", problem)
	}
	return nil
}

// object reads the members of an object whose brace has been read.
func (w *walk) object(path string, t reflect.Type) error {
	if t.Kind() != reflect.Struct && t.Kind() != reflect.Map {
		w.list.addf(path, "expected %s, found object", typeName(t))
	}
	for w.dec.More() {
		key, err := w.dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if err := w.member(path, name, t); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return err
}

func (w *walk) member(path, name string, t reflect.Type) error {
	switch t.Kind() {
	case reflect.Map:
		return w.value(keyPath(path, name), t.Elem())
	case reflect.Struct:
		if f, ok := w.field(t, name); ok {
			return w.value(memberPath(path, f.name), f.kind)
		}
	}
	return w.skip()
}

// array reads the elements of an array whose bracket has been read.
func (w *walk) array(path string, t reflect.Type) error {
	isArray := t.Kind() == reflect.Slice
	if !isArray {
		w.list.addf(path, "expected %s, found array", typeName(t))
	}
	for i := 0; w.dec.More(); i++ {
		var err error
		if isArray {
			err = w.value(indexPath(path, i), t.Elem())
		} else {
			err = w.skip()
		}
		if err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return err
}

func (w *walk) skip() error {
	var ignored json.RawMessage
	return w.dec.Decode(&ignored)
}

// field finds the member of a struct that encoding/json would fill: the one
// of that name, else the first that differs in case only.
func (w *walk) field(t reflect.Type, name string) (folded jsonField, found bool) {
	fields, ok := w.fields[t]
	if !ok {
		fields = jsonFields(t)
		w.fields[t] = fields
	}
	for _, f := range fields {
		if f.name == name {
			return f, true
		}
		if !found && strings.EqualFold(f.name, name) {
			folded, found = f, true
		}
	}
	return folded, found
}

func jsonFields(t reflect.Type) []jsonField {
	var fields []jsonField
	for _, f := range reflect.VisibleFields(t) {
		// An embedded struct has no tag; its fields follow by themselves.
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			fields = append(fields, jsonField{name, f.Type})
		}
	}
	return fields
}
