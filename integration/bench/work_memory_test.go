package main

import "testing"

func TestSmallest(t *testing.T) {
	for _, needed := range []int64{1, step, step + 1, 3*mib + 5, 256 * mib} {
		got, err := smallest(func(limit int64) bool { return limit >= needed })
		want := (needed + step - 1) / step * step
		if err != nil || got != want {
			t.Errorf("needs %d: %d, %v; want %d", needed, got, err, want)
		}
	}
	if _, err := smallest(func(int64) bool { return false }); err == nil {
		t.Error("nothing fits, and no error")
	}
}

// A limit that is enough only now and then is not enough.
func TestSmallestConfirms(t *testing.T) {
	tries := 0
	got, err := smallest(func(limit int64) bool {
		tries++
		return limit >= 10*step || limit >= 8*step && tries%3 != 0
	})
	if err != nil || got != 10*step {
		t.Errorf("got %d steps, %v; want 10", got/step, err)
	}
}
