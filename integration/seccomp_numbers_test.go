package integration

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// A callABI is one of the ways to make a system call, as the program calls
// names it.
type callABI string

const (
	nativeABI callABI = "native"
	i386ABI   callABI = "i386"
	x32ABI    callABI = "x32"
)

// A callSite is where a system call arrives in the kernel: its number, and
// for a part of a multiplexer the value that its first argument must have.
type callSite struct {
	nr   uint64
	part uint64 // 0 where there is no multiplexer
}

// callSites are the kernel's own numbers, so that no table of a seccomp
// library is held to itself. The bit of x32 is left off.
var callSites = sync.OnceValues(func() (map[callABI]map[string][]callSite, error) {
	tables := map[callABI]map[string][]callSite{}
	for abi, header := range map[callABI]string{
		nativeABI: "asm/unistd_64.h", i386ABI: "asm/unistd_32.h", x32ABI: "asm/unistd_x32.h",
	} {
		table, err := headerNumbers(header)
		if err != nil {
			return nil, err
		}
		tables[abi] = table
	}
	addParts(tables[i386ABI], 102, socketParts)
	addParts(tables[i386ABI], 117, ipcParts)
	return tables, nil
})

var numberLine = regexp.MustCompile(`(?m)^#define __NR_(\w+) (?:\(__X32_SYSCALL_BIT \+ )?(\d+)\)?$`)

func headerNumbers(header string) (map[string][]callSite, error) {
	cmd := exec.Command("gcc", "-E", "-dM", "-")
	cmd.Stdin = strings.NewReader("#include <" + header + ">\n")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", header, err)
	}
	table := map[string][]callSite{}
	for _, m := range numberLine.FindAllStringSubmatch(string(out), -1) {
		nr, err := strconv.ParseUint(m[2], 10, 32)
		if err != nil {
			return nil, err
		}
		table[m[1]] = []callSite{{nr: nr}}
	}
	if len(table) < 300 {
		return nil, fmt.Errorf("%s has only %d system calls", header, len(table))
	}
	return table, nil
}

// The parts of i386's multiplexers: linux/net.h and linux/ipc.h.
var (
	socketParts = map[string]uint64{
		"socket": 1, "bind": 2, "connect": 3, "listen": 4, "accept": 5, "getsockname": 6,
		"getpeername": 7, "socketpair": 8, "send": 9, "recv": 10, "sendto": 11, "recvfrom": 12,
		"shutdown": 13, "setsockopt": 14, "getsockopt": 15, "sendmsg": 16, "recvmsg": 17,
		"accept4": 18, "recvmmsg": 19, "sendmmsg": 20,
	}
	ipcParts = map[string]uint64{
		"semop": 1, "semget": 2, "semctl": 3, "semtimedop": 4, "msgsnd": 11, "msgrcv": 12,
		"msgget": 13, "msgctl": 14, "shmat": 21, "shmdt": 22, "shmget": 23, "shmctl": 24,
	}
)

func addParts(table map[string][]callSite, nr uint64, parts map[string]uint64) {
	for name, part := range parts {
		table[name] = append(table[name], callSite{nr, part})
	}
}
