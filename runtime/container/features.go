package container

import (
	"fmt"

	"github.com/opencontainers/runc/libcontainer/capabilities"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runc/libcontainer/seccomp"
	"github.com/opencontainers/runc/libcontainer/specconv"
	runcfeatures "github.com/opencontainers/runc/types/features"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/runtime-spec/specs-go/features"
	libseccomp "github.com/seccomp/libseccomp-golang"
)

// libcontainerVersion is the release of runc whose libcontainer this is; it
// follows go.mod (a test compares them).
const libcontainerVersion = "1.6.0-rc.1"

// Features says what this runtime can do, in the runtime-spec's format
// (features.md). Engines read it to decide what they may ask for.
func Features() *features.Features {
	yes := func() *bool { return new(true) }
	f := &features.Features{
		OCIVersionMin: "1.0.0",
		OCIVersionMax: specs.Version,
		Hooks:         configs.KnownHookNames(),
		MountOptions:  specconv.KnownMountOptions(),
		Annotations: map[string]string{
			runcfeatures.AnnotationRuncVersion:           libcontainerVersion,
			runcfeatures.AnnotationRuncCheckpointEnabled: "true",
		},
		PotentiallyUnsafeConfigAnnotations: []string{
			"bundle", "org.systemd.property.", "org.criu.config",
		},
		Linux: &features.Linux{
			Namespaces:   specconv.KnownNamespaces(),
			Capabilities: capabilities.KnownCapabilities(),
			Cgroup: &features.Cgroup{
				V1: yes(), V2: yes(), Systemd: yes(), SystemdUser: yes(), Rdma: yes(),
			},
			Apparmor: &features.Apparmor{Enabled: yes()},
			Selinux:  &features.Selinux{Enabled: yes()},
			IntelRdt: &features.IntelRdt{Enabled: yes(), Schemata: yes(), Monitoring: yes()},
			MemoryPolicy: &features.MemoryPolicy{
				Modes: specconv.KnownMemoryPolicyModes(),
				Flags: specconv.KnownMemoryPolicyFlags(),
			},
			MountExtensions: &features.MountExtensions{
				IDMap: &features.IDMap{Enabled: yes()},
			},
			NetDevices: &features.NetDevices{Enabled: yes()},
			Seccomp:    &features.Seccomp{Enabled: new(seccomp.Enabled)},
		},
	}
	if seccomp.Enabled {
		f.Linux.Seccomp = &features.Seccomp{
			Enabled:        yes(),
			Actions:        seccomp.KnownActions(),
			Operators:      seccomp.KnownOperators(),
			Archs:          seccomp.KnownArchs(),
			KnownFlags:     seccomp.KnownFlags(),
			SupportedFlags: seccomp.SupportedFlags(),
		}
		if version := LibseccompVersion(); version != "" {
			f.Annotations[runcfeatures.AnnotationLibseccompVersion] = version
		}
	}
	return f
}

// LibseccompVersion is the version of the C library that makes seccomp
// filters; empty when that is done in Go, by the module in runtime/seccomp.
func LibseccompVersion() string {
	major, minor, patch := seccomp.Version()
	_, inGo := any((*libseccomp.ScmpFilter)(nil)).(interface{ PureGo() })
	if inGo || major+minor+patch == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", major, minor, patch)
}
