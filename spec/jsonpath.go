package spec

import (
	"strconv"
	"strings"
)

// shorten keeps a value from filling the screen.
func shorten(s string) string {
	const limit = 64
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

func memberPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func indexPath(path string, i int) string {
	return path + "[" + strconv.Itoa(i) + "]"
}

// keyPath names the value at a key the author chose. A key with dots in it
// would read like a path of its own, so it is quoted then.
func keyPath(path, key string) string {
	key = shorten(key)
	if strings.ContainsFunc(key, func(r rune) bool { return !isPlain(r) }) || key == "" {
		return path + "[" + strconv.Quote(key) + "]"
	}
	return memberPath(path, key)
}

func isPlain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}
