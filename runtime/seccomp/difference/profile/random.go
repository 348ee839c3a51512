package profile

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Generator makes random profiles, each from a seed of its own.
type Generator struct {
	Seed uint64
	// Names are the system calls that rules are about.
	Names []string
}

// multiplexed go through socketcall or ipc on some architectures.
var multiplexed = []string{
	"socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair",
	"send", "recv", "sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg",
	"recvmsg", "accept4", "recvmmsg", "sendmmsg", "socketcall", "ipc", "semop", "semget",
	"semctl", "semtimedop", "msgsnd", "msgrcv", "msgget", "msgctl", "shmat", "shmdt", "shmget",
	"shmctl",
}

// unusual are names with a number of their own kind, or none at all.
var unusual = []string{
	"arm_fadvise64_64", "arm_sync_file_range", "breakpoint", "cachectl", "cacheflush", "set_tls",
	"usr26", "usr32", "get_tls", "sysmips", "spu_run", "s390_pci_mmio_read", "s390_runtime_instr",
	"multiplexer", "riscv_flush_icache", "sigreturn", "timer_settime64", "socketcall_", "READ",
	"no_such_call", "syscall", "setup", "oldolduname", "security", "tuxcall",
}

// Case makes the profile of that number.
func (g *Generator) Case(number uint64) Case {
	name := fmt.Sprintf("random %d of seed %d", number, g.Seed)
	return g.draw(name, rand.NewPCG(g.Seed, number))
}

// Decode makes a profile of bytes: each stands for one choice.
func (g *Generator) Decode(choices []byte) Case {
	return g.draw("decoded", &bytesSource{choices: choices})
}

// bytesSource gives the bytes as the highest ones of numbers, 0 at the end.
// The other bits vary, as users of a source expect.
type bytesSource struct {
	choices []byte
	low     uint64
}

func (s *bytesSource) Uint64() uint64 {
	s.low += 0x9e3779b97f4a7c15
	if len(s.choices) == 0 {
		return s.low >> 8
	}
	first := uint64(s.choices[0])
	s.choices = s.choices[1:]
	return first<<56 | s.low>>8
}

func (g *Generator) draw(name string, source rand.Source) Case {
	d := draw{Rand: rand.New(source), names: g.Names}
	for range 2 + d.IntN(5) {
		d.hot = append(d.hot, d.name())
		d.values = append(d.values, d.value())
	}
	p := &specs.LinuxSeccomp{}
	p.DefaultAction = d.action()
	for p.DefaultAction == specs.ActNotify {
		p.DefaultAction = d.action()
	}
	p.DefaultErrnoRet = d.errno()
	c := Case{Name: name, Seccomp: p}
	p.Architectures, c.OnlyListed = d.archs()
	p.Flags = []specs.LinuxSeccompFlag{}
	for _, flag := range []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog, specs.LinuxSeccompFlagSpecAllow} {
		if d.IntN(4) == 0 {
			p.Flags = append(p.Flags, flag)
		}
	}
	d.main = d.action()
	for range d.size() {
		p.Syscalls = append(p.Syscalls, d.entry(p.Syscalls))
	}
	return c
}

// draw is the making of one profile.
type draw struct {
	*rand.Rand
	names  []string
	hot    []string // names that come up often, so that rules meet
	values []uint64 // values that come up often
	main   specs.LinuxSeccompAction
}

func (d *draw) one(percent int) bool { return d.IntN(100) < percent }

func pick[T any](d *draw, from []T) T { return from[d.IntN(len(from))] }

func (d *draw) size() int {
	switch n := d.IntN(100); {
	case n < 60:
		return d.IntN(8)
	case n < 90:
		return d.IntN(25)
	case n < 98:
		return d.IntN(60)
	}
	return d.IntN(301)
}

func (d *draw) name() string {
	switch n := d.IntN(100); {
	case n < 50 && len(d.hot) > 0:
		return pick(d, d.hot)
	case n < 65:
		return pick(d, multiplexed)
	case n < 69:
		return pick(d, unusual)
	}
	return pick(d, d.names)
}

func (d *draw) action() specs.LinuxSeccompAction {
	return pick(d, []specs.LinuxSeccompAction{
		specs.ActKill, specs.ActKillThread, specs.ActKillProcess, specs.ActTrap, specs.ActErrno,
		specs.ActErrno, specs.ActTrace, specs.ActLog, specs.ActAllow, specs.ActAllow, specs.ActNotify,
	})
}

func (d *draw) errno() *uint {
	switch n := d.IntN(100); {
	case n < 50:
		return nil
	case n < 52: // libseccomp takes none that is no error number
		return new(pick(d, []uint{4096, 32767, 32768, 65535, 65537}))
	}
	return new(pick(d, []uint{0, 1, 2, 38, 255, 4095}))
}

func (d *draw) archs() (archs []specs.Arch, only bool) {
	switch n := d.IntN(100); {
	case n < 5:
		return nil, false
	case n < 25:
		return []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}, false
	case n < 30:
		return []specs.Arch{specs.ArchX32}, d.one(80)
	case n < 33:
		return []specs.Arch{specs.ArchX86, specs.ArchX32}, d.one(80)
	case n < 53:
		return d.some(func(a Arch) bool { return a.Order == big }), true
	case n < 54:
		return d.some(func(Arch) bool { return true }), d.one(50)
	}
	return d.some(func(a Arch) bool { return a.Order == little }), d.one(10)
}

// some are one to six architectures, one of them twice at times.
func (d *draw) some(want func(Arch) bool) []specs.Arch {
	var all []specs.Arch
	for _, arch := range Archs {
		if want(arch) {
			all = append(all, arch.OCI)
		}
	}
	d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(1+d.IntN(6), len(all))]
	if d.one(5) {
		all = append(all, all[0])
	}
	return all
}

func (d *draw) entry(before []specs.LinuxSyscall) specs.LinuxSyscall {
	if len(before) > 0 && d.one(25) {
		return d.variation(pick(d, before))
	}
	entry := specs.LinuxSyscall{Action: d.main, ErrnoRet: d.errno()}
	if d.one(50) {
		entry.Action = d.action()
	}
	count := 1
	if d.one(20) {
		count += d.IntN(4)
	}
	for range count {
		entry.Names = append(entry.Names, d.name())
	}
	if d.one(60) {
		for range 1 + d.IntN(1+d.IntN(6)) {
			entry.Args = append(entry.Args, d.arg())
		}
	}
	return d.valid(entry)
}

// valid keeps write from being notified, which libcontainer does not take.
func (d *draw) valid(entry specs.LinuxSyscall) specs.LinuxSyscall {
	if entry.Action == specs.ActNotify {
		entry.Names = slices.DeleteFunc(entry.Names, func(name string) bool { return name == "write" })
		if len(entry.Names) == 0 {
			entry.Names = []string{"read"}
		}
	}
	return entry
}

// variation is an earlier entry with something changed: what remains equal
// makes the two meet in the filter.
func (d *draw) variation(entry specs.LinuxSyscall) specs.LinuxSyscall {
	entry.Names = slices.Clone(entry.Names)
	entry.Args = slices.Clone(entry.Args)
	for range 1 + d.IntN(2) {
		switch n := len(entry.Args); d.IntN(6) {
		case 0:
			entry.Action, entry.ErrnoRet = d.action(), d.errno()
		case 1:
			entry.Args = append(entry.Args, d.arg())
		case 2:
			if n > 0 {
				entry.Args = slices.Delete(entry.Args, n-1, n)
			}
		case 3:
			if n > 0 {
				entry.Args[d.IntN(n)].Op = d.operator()
			}
		case 4:
			if n > 0 {
				entry.Args[d.IntN(n)].Value += uint64(d.IntN(3)) - 1
			}
		case 5:
			if n > 0 {
				entry.Args[d.IntN(n)] = d.arg()
			}
		}
	}
	return d.valid(entry)
}

func (d *draw) operator() specs.LinuxSeccompOperator {
	return pick(d, []specs.LinuxSeccompOperator{
		specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpEqualTo,
		specs.OpEqualTo, specs.OpGreaterEqual, specs.OpGreaterThan, specs.OpMaskedEqual,
	})
}

func (d *draw) arg() specs.LinuxSeccompArg {
	arg := specs.LinuxSeccompArg{Index: uint(d.IntN(1 + d.IntN(6))), Op: d.operator()}
	arg.Value, arg.ValueTwo = pick(d, d.values), pick(d, d.values)
	if d.one(30) {
		arg.Value = d.value()
	}
	if arg.Op == specs.OpMaskedEqual && d.one(70) {
		arg.ValueTwo &= arg.Value
	}
	return arg
}

func (d *draw) value() uint64 {
	half := func() uint64 {
		return pick(d, []uint64{
			0, 0, 0, 1, 2, 0xffffffff, 0xfffffffe, 0x80000000, 0x7fffffff, 0xffff0000,
			uint64(d.IntN(256)), uint64(d.Uint32()), 1 << d.IntN(32),
		})
	}
	return half()<<32 | half()
}
