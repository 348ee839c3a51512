package terminal

import (
	"io"
	"testing"
)

func TestPtyReadsNoMoreThanItsLimit(t *testing.T) {
	noLeak(t)
	master, slave := newPair(t)
	fd, err := duplicate(master)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPty(fd)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	write(t, slave, "12345\n12345\n")
	p.drain()
	p.left = 3
	if n, err := p.Read(make([]byte, 5)); n != 5 || err != nil {
		t.Errorf("first read: %d, %v", n, err)
	}
	if n, err := p.Read(make([]byte, 5)); n != 0 || err != io.EOF {
		t.Errorf("second read: %d, %v", n, err)
	}
}
