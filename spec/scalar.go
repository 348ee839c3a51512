package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// scalarProblem says why a string, number or boolean is no t, "" if it is.
func scalarProblem(token json.Token, t reflect.Type) string {
	number, isNumber := token.(json.Number)
	switch t.Kind() {
	case reflect.String:
		if _, ok := token.(string); ok {
			return ""
		}
	case reflect.Bool:
		if _, ok := token.(bool); ok {
			return ""
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if isNumber {
			return integerProblem(string(number), t)
		}
	}
	return fmt.Sprintf("expected %s, found %s", typeName(t), tokenName(token, t))
}

func integerProblem(number string, t reflect.Type) string {
	var err error
	if isUnsigned(t) {
		_, err = strconv.ParseUint(number, 10, t.Bits())
	} else {
		_, err = strconv.ParseInt(number, 10, t.Bits())
	}
	switch {
	case err == nil:
		return ""
	case errors.Is(err, strconv.ErrRange), number[0] == '-' && isInteger(number[1:]):
		return fmt.Sprintf("expected integer from %s, found %s", integerRange(t), shorten(number))
	}
	return "expected integer, found " + shorten(number)
}

func isInteger(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

func isUnsigned(t reflect.Type) bool {
	return t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64
}

func integerRange(t reflect.Type) string {
	if isUnsigned(t) {
		return fmt.Sprintf("0 to %d", ^uint64(0)>>(64-t.Bits()))
	}
	limit := uint64(1) << (t.Bits() - 1)
	return fmt.Sprintf("-%d to %d", limit, limit-1)
}

// typeName is what a person calls t.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Struct:
		return "object"
	case reflect.Map:
		return "object of " + plural(t.Elem())
	case reflect.Slice:
		return "array of " + plural(t.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "true or false"
	}
	return "integer"
}

func plural(t reflect.Type) string {
	return typeName(t) + "s"
}

// tokenName names what was found: its value where a scalar was expected and
// the value helps, its type otherwise.
func tokenName(token json.Token, expected reflect.Type) string {
	switch expected.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice:
	default:
		if s, ok := token.(string); ok {
			return strconv.Quote(shorten(s))
		}
		return shorten(fmt.Sprint(token))
	}
	switch token.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	}
	return "number"
}
