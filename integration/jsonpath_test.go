package integration

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// setPath sets the member at a dotted path, making objects on the way. A
// number indexes an array, and [type=pid] the first element with that
// member. A path that ends in + appends to the array what it has not yet, in
// - removes.
func setPath(doc any, path string, value any) (any, error) {
	act := ""
	if end := path[len(path)-1:]; end == "+" || end == "-" {
		act, path = end, path[:len(path)-1]
	}
	return setKeys(doc, strings.Split(path, "."), act, value)
}

func setKeys(node any, keys []string, act string, value any) (any, error) {
	if len(keys) == 0 {
		return atEnd(node, act, value)
	}
	switch n := node.(type) {
	case nil:
		return setKeys(map[string]any{}, keys, act, value)
	case map[string]any:
		if len(keys) == 1 && act == "-" {
			delete(n, keys[0])
			return n, nil
		}
		var err error
		n[keys[0]], err = setKeys(n[keys[0]], keys[1:], act, value)
		return n, err
	case []any:
		i, err := findIndex(n, keys[0])
		if err != nil {
			return nil, err
		}
		if len(keys) == 1 && act == "-" {
			return slices.Delete(n, i, i+1), nil
		}
		n[i], err = setKeys(n[i], keys[1:], act, value)
		return n, err
	}
	return nil, fmt.Errorf("%q is a member of no object", keys[0])
}

func atEnd(node any, act string, value any) (any, error) {
	if act != "+" {
		return value, nil
	}
	list, ok := node.([]any)
	if node != nil && !ok {
		return nil, fmt.Errorf("append to something that is no array")
	}
	for _, element := range list {
		if reflect.DeepEqual(element, value) {
			return list, nil
		}
	}
	return append(list, value), nil
}

func findIndex(list []any, key string) (int, error) {
	if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(list) {
		return i, nil
	}
	name, want, ok := strings.Cut(strings.Trim(key, "[]"), "=")
	i := slices.IndexFunc(list, func(e any) bool {
		m, isMap := e.(map[string]any)
		return ok && isMap && m[name] == want
	})
	if i < 0 {
		return 0, fmt.Errorf("no element %s", key)
	}
	return i, nil
}

func getPath(doc any, path string) (any, error) {
	for key := range strings.SplitSeq(path, ".") {
		switch n := doc.(type) {
		case map[string]any:
			var ok bool
			if doc, ok = n[key]; !ok {
				return nil, fmt.Errorf("no member %q", key)
			}
		case []any:
			i, err := findIndex(n, key)
			if err != nil {
				return nil, err
			}
			doc = n[i]
		default:
			return nil, fmt.Errorf("%q is a member of no object", key)
		}
	}
	return doc, nil
}

// field is "[!] field PATH REGEXP": match a member of the JSON on stdout. A
// string counts without its quotes, anything else as compact JSON.
func field(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: field PATH REGEXP")
	}
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	// The first document will do: commands that print a stream are cut.
	var doc any
	ts.Check(json.NewDecoder(strings.NewReader(ts.ReadFile("stdout"))).Decode(&doc))
	text := ""
	value, err := getPath(doc, args[0])
	if err == nil {
		text = jsonText(value)
	} else if !neg {
		ts.Check(err)
	}
	if want.MatchString(text) == neg {
		ts.Fatalf("%s is %q", args[0], text)
	}
}

func jsonText(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func TestSetPath(t *testing.T) {
	for _, c := range []struct{ doc, path, value, want string }{
		{`{"a":1}`, "a", `2`, `{"a":2}`},
		{`{}`, "a.b", `[]`, `{"a":{"b":[]}}`},
		{`{"a":[{"b":1}]}`, "a.0.b", `2`, `{"a":[{"b":2}]}`},
		{`{"a":[{"t":"x"},{"t":"y"}]}`, "a.[t=y].p", `"z"`, `{"a":[{"t":"x"},{"p":"z","t":"y"}]}`},
		{`{"a":[1]}`, "a+", `2`, `{"a":[1,2]}`},
		{`{}`, "a+", `2`, `{"a":[2]}`},
		{`{"a":[{"b":1}]}`, "a+", `{"b":1}`, `{"a":[{"b":1}]}`},
		{`{"a":1,"b":2}`, "a-", `null`, `{"b":2}`},
		{`{"a":[1,2,3]}`, "a.1-", `null`, `{"a":[1,3]}`},
	} {
		var doc any
		if err := json.Unmarshal([]byte(c.doc), &doc); err != nil {
			t.Fatal(err)
		}
		got, err := setPaths(doc, c.path, c.value)
		if err != nil || jsonText(got) != c.want {
			t.Errorf("%s %s %s: %s, %v", c.doc, c.path, c.value, jsonText(got), err)
		}
	}
	for _, path := range []string{"a.b", "l.7", "l.[t=x].y", "a+"} {
		doc := map[string]any{"a": "text", "l": []any{}}
		if _, err := setPath(doc, path, 1); err == nil {
			t.Errorf("setPath %s: no error", path)
		}
	}
}
