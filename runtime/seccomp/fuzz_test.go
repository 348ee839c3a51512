package seccomp

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/seccomp/libseccomp-golang/internal/bpfvm"
)

// What profiles of fuzz tests are made of.
var (
	fuzzNames = []string{
		"read", "socket", "accept", "recv", "semop", "semtimedop", "shmat", "clone",
		"personality", "chown32", "ipc", "socketcall", "breakpoint", "time", "execve", "uprobe",
	}
	fuzzActions = []ScmpAction{
		ActAllow, ActErrno.SetReturnCode(1), ActErrno.SetReturnCode(38), ActTrap,
		ActKillProcess, ActLog, ActTrace.SetReturnCode(7), ActKillThread,
	}
	fuzzValues = []uint64{
		0, 1, 2, 5, 7, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 | 5, 5 << 32, 5<<32 | 1,
		1 << 63, 1<<64 - 1, 0xff << 32, 0x7e020000,
	}
	fuzzArchs = [][]ScmpArch{
		{ArchAMD64}, {ArchX32}, {ArchX86}, {ArchAMD64, ArchX86, ArchX32}, {ArchX32, ArchAMD64},
		{ArchARM, ArchARM64}, {ArchMIPSEL, ArchMIPSEL64, ArchMIPSEL64N32},
		{ArchMIPS, ArchMIPS64, ArchMIPS64N32}, {ArchPPC, ArchPPC64}, {ArchPPC64LE},
		{ArchS390, ArchS390X}, {ArchPARISC, ArchPARISC64}, {ArchRISCV64, ArchLOONGARCH64},
		{ArchM68K, ArchSHEB}, {ArchSH},
	}
)

// source gives choices from the fuzzer's bytes, and the first one when they
// are used up.
type source []byte

func (s *source) choose(n int) int {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return int(b) % n
}

func pick[T any](s *source, list []T) T { return list[s.choose(len(list))] }

func (s *source) profile() profile {
	p := profile{byDefault: pick(s, fuzzActions), archs: pick(s, fuzzArchs)}
	names := []string{pick(s, fuzzNames), pick(s, fuzzNames)}
	for len(*s) > 0 && len(p.rules) < 12 {
		e := entry{name: pick(s, names), action: pick(s, fuzzActions)}
		for arg := range uint(3) {
			if op := s.choose(10); op >= int(CompareNotEqual) && op <= int(CompareMaskedEqual) {
				e.conds = append(e.conds, ScmpCondition{
					arg, ScmpCompareOp(op), pick(s, fuzzValues), pick(s, fuzzValues),
				})
			}
		}
		if e.action != p.byDefault {
			p.rules = append(p.rules, e)
		}
	}
	return p
}

// calls gives calls to try: the numbers of all rules and those around them,
// with arguments around what conditions compare with.
func (p *profile) calls(try func(bpfvm.Data)) {
	numbers := []uint32{0, 102, 117, x32First, 0x7fffffff, 0x80000000, 0xffffffff}
	values := [3][]uint64{{0, ^uint64(0)}, {0}, {0}}
	for _, e := range p.rules {
		for _, arch := range p.archs {
			for _, way := range ways(e, arch) {
				numbers = append(numbers, uint32(way.number)-1, uint32(way.number), uint32(way.number)+1)
				for _, c := range way.conds {
					at := &values[c.Argument]
					*at = append(*at, c.Operand1-1, c.Operand1, c.Operand1+1, c.Operand2)
				}
			}
		}
	}
	slices.Sort(numbers)
	for _, number := range slices.Compact(numbers) {
		p.arguments(number, values, try)
	}
}

func (p *profile) arguments(number uint32, values [3][]uint64, try func(bpfvm.Data)) {
	for i := range values {
		slices.Sort(values[i])
		values[i] = slices.Compact(values[i])
	}
	for _, arch := range append([]ScmpArch{ArchAMD64, ArchARM}, p.archs...) {
		data := bpfvm.Data{Nr: number, Arch: targets[arch].audit}
		all := len(values[0]) * len(values[1]) * len(values[2])
		for i := 0; i < all; i += 1 + all/60 {
			data.Args[0] = values[0][i%len(values[0])]
			data.Args[1] = values[1][i/len(values[0])%len(values[1])]
			data.Args[2] = values[2][i/len(values[0])/len(values[1])]
			try(data)
		}
	}
}

// checkProfile compares a profile's program with what its rules say.
func checkProfile(t *testing.T, p profile) {
	f := p.filter(t)
	program := exported(t, f, p.order())
	p.calls(func(data bpfvm.Data) {
		words := data.Words(p.order())
		got, _, err := bpfvm.Run(program, &words)
		if err != nil {
			t.Fatal(err)
		}
		if want := p.verdicts(data); !slices.Contains(want, got) {
			t.Fatalf("%+v\ncall %+v: got %#x, want one of %#x", p, data, got, want)
		}
	})
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"", "\x01\x03\x01\x02\x00\x00\x04\x02\x00\x00\x00",
		"\x01\x07\x02\x04\x01\x00\x01\x05\x01\x02\x07\x0e\x05\x00\x00\x03\x06\x04\x00",
		"\x00\x0a\x04\x05\x00\x01\x06\x09\x00\x03\x08\x01\x00\x01\x04\x02\x02\x0b",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := source(raw)
		checkProfile(t, s.profile())
	})
}

// The fuzzer's targets, on a fixed sequence of bytes, for every test run.
func TestRandomFilters(t *testing.T) {
	state := uint64(1)
	for range 400 {
		raw := make([]byte, 0, 64)
		for range 8 {
			state = state*6364136223846793005 + 1442695040888963407
			raw = binary.LittleEndian.AppendUint64(raw, state>>8)
		}
		s := source(raw)
		checkProfile(t, s.profile())
	}
}
