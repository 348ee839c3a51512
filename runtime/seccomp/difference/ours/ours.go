// Package ours asks the compiler under test what the reference program asks
// libseccomp.
package ours

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	seccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// Compiler is the compiler under test.
type Compiler struct{}

var actions = map[uint32]seccomp.ScmpAction{
	0x00000000: seccomp.ActKillThread,
	0x80000000: seccomp.ActKillProcess,
	0x00030000: seccomp.ActTrap,
	0x00050000: seccomp.ActErrno,
	0x7fc00000: seccomp.ActNotify,
	0x7ff00000: seccomp.ActTrace,
	0x7ffc0000: seccomp.ActLog,
	0x7fff0000: seccomp.ActAllow,
}

var operators = map[int]seccomp.ScmpCompareOp{
	1: seccomp.CompareNotEqual,
	2: seccomp.CompareLess,
	3: seccomp.CompareLessOrEqual,
	4: seccomp.CompareEqual,
	5: seccomp.CompareGreaterEqual,
	6: seccomp.CompareGreater,
	7: seccomp.CompareMaskedEqual,
}

func action(number uint32) seccomp.ScmpAction {
	return actions[number&0xffff0000].SetReturnCode(int16(number))
}

// Resolve gives the number of a system call, profile.Unknown for none.
func (Compiler) Resolve(arch profile.Arch, name string) (int32, error) {
	scmp, err := seccomp.GetArchFromString(arch.Name)
	if err != nil {
		return 0, err
	}
	nr, err := seccomp.GetSyscallFromNameByArch(name, scmp)
	if errors.Is(err, seccomp.ErrSyscallDoesNotExist) {
		return profile.Unknown, nil
	}
	return int32(nr), err
}

// Filter makes the calls of a script.
func (Compiler) Filter(script *profile.Script) (*profile.Result, error) {
	filter, err := seccomp.NewFilter(action(script.Default))
	if err != nil {
		return &profile.Result{Err: profile.NoFilter}, nil
	}
	defer filter.Release()
	calls, err := steps(filter, script)
	if err != nil {
		return nil, err
	}
	result := &profile.Result{}
	for _, call := range calls {
		if err := call(); err != nil {
			result.Err = number(err)
			if result.Err == 0 {
				return nil, err
			}
			return result, nil
		}
		result.Calls++
	}
	result.Program, err = export(filter)
	result.Err = number(err)
	return result, err
}

// number is the error number that libseccomp gives where the binding for Go
// gives that error, 0 for an error of no such kind.
func number(err error) int {
	var errno syscall.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &errno):
		return -int(errno)
	case strings.HasPrefix(err.Error(), "unrecognized syscall"):
		return -int(syscall.EFAULT)
	case strings.HasPrefix(err.Error(), "requested action matches default action"):
		return -int(syscall.EACCES)
	case strings.HasPrefix(err.Error(), "two checks on same syscall argument"):
		return -int(syscall.EINVAL)
	}
	return 0
}

// steps are the calls, each to be made when those before it succeeded.
func steps(filter *seccomp.ScmpFilter, script *profile.Script) ([]func() error, error) {
	// NewFilter has asked for TSync by itself
	calls := []func() error{func() error { return nil }}
	if script.OnlyListed {
		calls = append(calls, func() error { return filter.RemoveArch(seccomp.ArchNative) })
	}
	for _, arch := range script.Archs {
		scmp, err := seccomp.GetArchFromString(arch.Name)
		if err != nil {
			return nil, err
		}
		calls = append(calls, func() error { return filter.AddArch(scmp) })
	}
	for _, flag := range script.Flags {
		set := map[profile.Attribute]func(bool) error{
			profile.Log: filter.SetLogBit, profile.SSB: filter.SetSSB, profile.WaitKill: filter.SetWaitKill,
		}[flag]
		calls = append(calls, func() error { return set(true) })
	}
	if script.Optimize {
		calls = append(calls, func() error { _ = filter.SetOptimize(2); return nil })
	}
	calls = append(calls, func() error { return filter.SetNoNewPrivsBit(false) })
	for _, rule := range script.Rules {
		calls = append(calls, func() error { return add(filter, &rule) })
	}
	return calls, nil
}

func add(filter *seccomp.ScmpFilter, rule *profile.Rule) error {
	nr, err := seccomp.GetSyscallFromName(rule.Name)
	if err != nil {
		return nil
	}
	if len(rule.Conditions) == 0 {
		return filter.AddRule(nr, action(rule.Action))
	}
	var conditions []seccomp.ScmpCondition
	for _, c := range rule.Conditions {
		made, err := seccomp.MakeCondition(c.Arg, operators[c.Op], c.A, c.B)
		if err != nil {
			return err
		}
		conditions = append(conditions, made)
	}
	return filter.AddRuleConditional(nr, action(rule.Action), conditions)
}

func export(filter *seccomp.ScmpFilter) ([]byte, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	failed := make(chan error, 1)
	go func() {
		failed <- filter.ExportBPF(write)
		write.Close()
	}()
	program, err := io.ReadAll(read)
	return program, errors.Join(err, <-failed)
}
