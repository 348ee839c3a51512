package container

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runc/libcontainer/specconv"
	"github.com/opencontainers/runc/libcontainer/utils"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// bundleLabel is how libcontainer keeps the bundle's path among the labels.
// The last one counts: annotations come before it.
const bundleLabel = "bundle="

// realBundle resolves the bundle's path, for it is written down and used
// again by exec from another working directory.
func realBundle(bundle string) (string, error) {
	abs, err := filepath.Abs(bundle)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", fmt.Errorf("bundle: %w", plainWords(err))
	}
	return real, nil
}

// anchor makes the spec's relative paths absolute. libcontainer would take
// them relative to the working directory, which is not a library's to change.
func anchor(s *specs.Spec, bundle string) {
	if !filepath.IsAbs(s.Root.Path) {
		s.Root.Path = filepath.Join(bundle, s.Root.Path)
	}
	for i, m := range s.Mounts {
		if slices.Contains(m.Options, "defaults") {
			// It asks for nothing, and libcontainer would hand it to the
			// file system, which does not know it.
			s.Mounts[i].Options = slices.DeleteFunc(slices.Clone(m.Options),
				func(o string) bool { return o == "defaults" })
		}
		bind := slices.Contains(m.Options, "bind") || slices.Contains(m.Options, "rbind")
		if bind && !filepath.IsAbs(m.Source) {
			s.Mounts[i].Source = filepath.Join(bundle, m.Source)
		}
	}
}

// configOptions are the choices that are not in config.json.
type configOptions struct {
	noPivot, noNewKeyring bool
}

// libcontainerConfig translates a checked spec. Hooks are not in it yet.
func (r *Runtime) libcontainerConfig(
	id, bundle string, s *specs.Spec, o configOptions,
) (*configs.Config, error) {
	anchor(s, bundle)
	config, err := specconv.CreateLibcontainerConfig(&specconv.CreateOpts{
		CgroupName:       id,
		UseSystemdCgroup: r.SystemdCgroup,
		NoPivotRoot:      o.noPivot,
		NoNewKeyring:     o.noNewKeyring,
		Spec:             s,
		RootlessEUID:     os.Geteuid() != 0,
		RootlessCgroups:  r.rootlessCgroups(),
	})
	if err != nil {
		return nil, err
	}
	setBundle(config, bundle)
	if config.Cgroups.Systemd && s.Linux != nil && s.Linux.CgroupsPath == "" {
		config.Cgroups.ScopePrefix = "bulkhead"
	}
	return config, nil
}

// setBundle replaces the working directory libcontainer took for the bundle.
func setBundle(config *configs.Config, bundle string) {
	if n := len(config.Labels); n > 0 && strings.HasPrefix(config.Labels[n-1], bundleLabel) {
		config.Labels = config.Labels[:n-1]
	}
	config.Labels = append(config.Labels, bundleLabel+bundle)
}

// labels splits libcontainer's labels into bundle and annotations.
func labels(config *configs.Config) (bundle string, annotations map[string]string) {
	return utils.Annotations(config.Labels)
}
