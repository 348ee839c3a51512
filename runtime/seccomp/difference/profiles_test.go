package difference

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	containerd "github.com/containerd/containerd/v2/contrib/seccomp"
	docker "github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// manyWalks is for the profiles that people run.
const manyWalks = 50000

// hosts are what the engines' profiles depend on, on every architecture.
func hosts() []profile.Host {
	goArchs := map[specs.Arch]string{
		specs.ArchX86_64: "amd64", specs.ArchX86: "x86", specs.ArchAARCH64: "arm64",
		specs.ArchARM: "arm", specs.ArchPPC64LE: "ppc64le", specs.ArchS390X: "s390x",
		specs.ArchS390: "s390", specs.ArchRISCV64: "riscv64", specs.ArchMIPSEL64: "mips64le",
		specs.ArchLOONGARCH64: "loong64", specs.ArchMIPS64: "mips64",
	}
	var all []profile.Host
	for _, arch := range slices.Sorted(maps.Keys(goArchs)) {
		for _, caps := range capabilities {
			for _, kernel := range []string{"3.10", "4.8", "6.18"} {
				all = append(all, profile.Host{
					Arch: arch, GoArch: goArchs[arch], Caps: caps, Kernel: kernel,
				})
			}
		}
	}
	return all
}

var capabilities = [][]string{
	nil,
	{"CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT"},
	{"CAP_SYS_ADMIN"},
	{"CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_SYS_TIME", "CAP_SYS_MODULE", "CAP_BPF", "CAP_PERFMON"},
	{"CAP_DAC_READ_SEARCH", "CAP_SYS_BOOT", "CAP_SYS_CHROOT", "CAP_SYS_PACCT", "CAP_SYS_NICE",
		"CAP_SYS_RAWIO", "CAP_SYS_TTY_CONFIG", "CAP_SYSLOG", "CAP_AUDIT_WRITE"},
}

// engines are the default profiles of the three engines.
func engines(t testing.TB) []profile.Case {
	t.Helper()
	text, err := json.Marshal(docker.DefaultProfile())
	if err != nil {
		t.Fatal(err)
	}
	cases := resolved(t, "Docker", text)
	if text := podman(t); text != nil {
		cases = append(cases, resolved(t, "Podman", text)...)
	}
	for _, caps := range capabilities {
		spec := &specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: caps}}}
		cases = append(cases, profile.Case{
			Name: fmt.Sprintf("containerd %v", caps), Seccomp: containerd.DefaultProfile(spec),
		})
	}
	return cases
}

// resolved are an engine's profile for all hosts. Where the architecture is
// not this machine's, it is taken twice: as libcontainer would have it here, and
// without the native architecture, as it would have it there.
func resolved(t testing.TB, name string, text []byte) []profile.Case {
	t.Helper()
	engine, err := profile.ParseEngine(text)
	if err != nil {
		t.Fatal(err)
	}
	var cases []profile.Case
	for _, host := range hosts() {
		p := engine.Resolve(host)
		if len(p.Architectures) == 0 {
			p.Architectures = []specs.Arch{host.Arch}
		}
		c := profile.Case{Name: fmt.Sprintf("%s on %+v", name, host), Seccomp: p}
		if arch, _ := profile.Find(host.Arch); host.Arch == profile.Native || arch.Order == binary.LittleEndian {
			cases = append(cases, c)
		}
		if host.Arch != profile.Native {
			c.OnlyListed = true
			cases = append(cases, c)
		}
	}
	return cases
}

// podman is the profile of Debian's package, nil where it cannot be had and a
// reason was given.
func podman(t testing.TB) []byte {
	t.Helper()
	root := "/"
	if stable, ok := setUp(t)[Stable]; ok {
		root = stable.Root
	}
	text, err := os.ReadFile(filepath.Join(root, "usr/share/containers/seccomp.json"))
	if err != nil && os.Getenv(EnvWithout) == "" {
		t.Fatal(err)
	}
	return text
}

// TestEngineProfiles compares the profiles that containers are run with.
func TestEngineProfiles(t *testing.T) {
	compareCases(t, engines(t))
}

// compareCases compares each case with all references. None of these may
// need an allowance but one that the test brings about itself.
func compareCases(t *testing.T, cases []profile.Case) {
	all := setUp(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, all[name], all, manyWalks)
			for _, c := range cases {
				b.check(t, c)
			}
			t.Logf("%d profiles, %d for unknown architectures, %d filters compared in %d calls", len(cases), b.Unknown, b.Filters, b.Calls)
			delete(b.judge.Counts, Swapped)
			if len(b.judge.Counts) != 0 {
				t.Errorf("allowances were needed: %v", b.judge.Counts)
			}
		})
	}
}
