package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// A member is a field of a struct with the name it has in JSON.
type member struct {
	name, field string
	kind        reflect.Type
	// foreign marks the section of another platform. Those are not decoded.
	foreign bool
}

// membersOf returns what encoding/json decodes of a struct, those of embedded
// structs included. What it would decide by its rules for conflicts or tags
// is refused.
func membersOf(t reflect.Type) ([]member, error) {
	if hasDecoder(t) {
		return nil, fmt.Errorf("%s: %w", t, errDecodes)
	}
	var members []member
	seen := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag == "" {
			continue // its fields follow
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		folded := strings.ToLower(name)
		switch {
		case !f.IsExported() || f.Anonymous || name == "" || name == "-" || seen[folded]:
			return nil, fmt.Errorf("%s.%s: not a plain field with a name of its own", t, f.Name)
		case options != "" && options != "omitempty":
			return nil, fmt.Errorf("%s.%s: unknown option %s", t, f.Name, options)
		}
		seen[folded] = true
		members = append(members, member{name, f.Name, f.Type, isForeign(f)})
	}
	if len(members) > maxMembers {
		return nil, fmt.Errorf("%s has more than %d members", t, maxMembers)
	}
	return members, nil
}

// isForeign reports whether a field is a whole section for other platforms.
func isForeign(f reflect.StructField) bool {
	platform := f.Tag.Get("platform")
	return f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct &&
		platform != "" && !strings.Contains(platform, "linux")
}

func hasDecoder(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) ||
		p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
