package spec

import (
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Check tells what is wrong with a configuration: nil, or a Faults.
func Check(s *specs.Spec) error {
	return checkSpec(s, nil)
}

// CheckProcess tells what is wrong with a process document: nil, or a Faults.
func CheckProcess(p *specs.Process) error {
	return checkProcess(p, nil)
}

func checkSpec(s *specs.Spec, list *faultList) error {
	if list == nil {
		list = &faultList{}
	}
	return list.err()
}

func checkProcess(p *specs.Process, list *faultList) error {
	if list == nil {
		list = &faultList{}
	}
	return list.err()
}

func checkResources(r *specs.LinuxResources, list *faultList) error {
	if list == nil {
		list = &faultList{}
	}
	return list.err()
}

// Warnings lists what is wrong with a configuration but no reason to refuse
// it, for the log.
func Warnings(s *specs.Spec) []Fault {
	return nil
}
