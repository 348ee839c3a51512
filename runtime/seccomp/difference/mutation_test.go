package difference

import (
	"encoding/binary"
	"testing"

	"github.com/seccomp/libseccomp-golang/difference/ours"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// mutant is a side that changes one instruction of what another compiles.
type mutant struct {
	Side
	change func(program []byte)
}

func (m mutant) Filter(script *profile.Script) (*profile.Result, error) {
	result, err := m.Side.Filter(script)
	if err == nil && result.Err == 0 {
		m.change(result.Program)
	}
	return result, err
}

// TestMutants sees to it that the comparison finds a wrong filter: every
// instruction of Docker's filter is changed in turn in a way that
// changes what the filter does.
func TestMutants(t *testing.T) {
	all := setUp(t)
	c := engines(t)[0]
	b := newBench(t, all[Machine], all, manyWalks)
	script, err := profile.NewScript(c)
	if err != nil {
		t.Fatal(err)
	}
	result, err := b.Left.Filter(script)
	if err != nil {
		t.Fatal(err)
	}
	survivors, tried := 0, 0
	for at := 0; at < len(result.Program); at += 8 {
		b.Pair.Left = mutant{ours.Compiler{}, func(program []byte) { mutate(program[at : at+8]) }}
		if at == 0 {
			continue // the load of the architecture has nothing to change
		}
		tried++
		if b.fault(t, c) == nil {
			survivors++
			t.Errorf("a change of instruction %d goes unnoticed: % x", at/8, result.Program[at:at+8])
		}
	}
	t.Logf("%d of %d mutants found", tried-survivors, tried)
}

// mutate changes what is compared, loaded or returned.
func mutate(instruction []byte) {
	k := instruction[4:]
	switch binary.LittleEndian.Uint16(instruction) {
	case 0x20:
		binary.LittleEndian.PutUint32(k, binary.LittleEndian.Uint32(k)^4)
	case 0x05:
		binary.LittleEndian.PutUint32(k, binary.LittleEndian.Uint32(k)-1)
	default:
		binary.LittleEndian.PutUint32(k, binary.LittleEndian.Uint32(k)^1)
	}
}
