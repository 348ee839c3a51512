package seccomp

import "github.com/seccomp/libseccomp-golang/internal/table"

// Some architectures once had one system call, socketcall, for everything
// about sockets, and one, ipc, for System V IPC, with the call proper as
// their first argument. They got system calls of their own later, so a rule
// for one of these must cover two ways to make it. libseccomp gives such
// calls pseudo numbers: 100 or 200 and the first argument, negated.
const (
	socketPseudo    = 100
	socketPseudoEnd = 120
	ipcPseudo       = 200
	ipcPseudoEnd    = 224
)

// The numbers of the two, the same wherever they exist, less base.
const (
	socketcallNumber = 102
	ipcNumber        = 117
)

// multiplexed says whether a number is such a pseudo number.
func multiplexed(number int32) bool {
	return number <= -socketPseudo && number >= -socketPseudoEnd ||
		number <= -ipcPseudo && number >= -ipcPseudoEnd
}

// pseudoIndex is the index of the name with a pseudo number.
func pseudoIndex(pseudo int32) (int, bool) {
	for i := range table.Count {
		if table.Pseudo(i) == pseudo {
			return i, true
		}
	}
	return 0, false
}

// multiplexer gives the call that a pseudo number goes through and the first
// argument that selects it there.
func (t *target) multiplexer(pseudo int32) (number int32, selector uint64) {
	if pseudo <= -ipcPseudo {
		return t.base + ipcNumber, uint64(-pseudo - ipcPseudo)
	}
	return t.base + socketcallNumber, uint64(-pseudo - socketPseudo)
}
