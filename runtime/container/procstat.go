package container

import (
	"bytes"
	"errors"
	"strconv"

	"golang.org/x/sys/unix"
)

// procStat is what proc_pid_stat(5) tells that a processRef needs.
type procStat struct {
	state     byte   // 'R', 'S', … 'Z' for a zombie, 'X' for one that is gone
	startTime uint64 // clock ticks after boot
}

var errProcStat = errors.New("not in the form of proc_pid_stat(5)")

// readProcStat reads /proc/PID/stat of the host, in three system calls.
func readProcStat(pid int) (procStat, error) {
	fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return procStat{}, err
	}
	defer unix.Close(fd)
	var line [1024]byte // 52 numbers and a name of at most 64 bytes
	n, err := unix.Read(fd, line[:])
	if err != nil {
		return procStat{}, err
	}
	return parseProcStat(line[:n])
}

// parseProcStat finds the fields behind the name, which is in parentheses and
// may hold any byte, parentheses too: state is the 3rd field, starttime the
// 22nd.
func parseProcStat(line []byte) (procStat, error) {
	rest := line[bytes.LastIndexByte(line, ')')+1:]
	fields := bytes.Fields(rest)
	const first, starttime = 3, 22
	if len(rest) == len(line) || len(fields) <= starttime-first || len(fields[0]) != 1 {
		return procStat{}, errProcStat
	}
	start, err := strconv.ParseUint(string(fields[starttime-first]), 10, 64)
	if err != nil {
		return procStat{}, errProcStat
	}
	return procStat{state: fields[0][0], startTime: start}, nil
}
