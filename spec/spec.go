package spec

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/bulkhead-oci/bulkhead/spec/internal/specjson" //nolint:depguard // a room of spec's own
)

// Load reads and checks a bundle's config.json. An empty bundle is the
// current folder. The error is ErrNoConfig, a Faults, or tells why the file
// cannot be read.
func Load(bundle string) (*specs.Spec, error) {
	data, err := readConfig(bundle)
	if err != nil {
		return nil, err
	}
	s, err := Parse(data)
	return s, nameFile(err)
}

// nameFile gives the faults of the document as a whole the file's name.
func nameFile(err error) error {
	var faults Faults
	if errors.As(err, &faults) && faults[0].Path == "" {
		faults[0].Path = ConfigFile
	}
	return err
}

// Parse decodes and checks a config.json.
func Parse(data []byte) (*specs.Spec, error) {
	s, broken, err := decode(data, specjson.Spec)
	if err != nil {
		return nil, err
	}
	if err := checkSpec(s, broken); err != nil {
		return nil, err
	}
	return s, nil
}

// LoadProcessOf reads a bundle's config.json for its process alone and checks
// nothing else: a container that was made before a rule existed must go on
// answering exec.
func LoadProcessOf(bundle string) (*specs.Process, error) {
	data, err := readConfig(bundle)
	if err != nil {
		return nil, err
	}
	s, broken, err := decode(data, specjson.Spec)
	if err != nil {
		return nil, nameFile(err)
	}
	if broken != nil && len(broken.faults) > 0 {
		return nil, broken.faults
	}
	if s.Process == nil {
		return nil, Faults{{Path: "process", Problem: "process property must not be empty"}}
	}
	return s.Process, nil
}

// LoadProcess reads and checks a process document, as `exec --process` takes
// it. The file may be a pipe.
func LoadProcess(path string) (*specs.Process, error) {
	data, err := readStream(path)
	if err != nil {
		return nil, err
	}
	return ParseProcess(data)
}

// ParseProcess decodes and checks a process document. Paths in its faults
// start at the document: "args", not "process.args".
func ParseProcess(data []byte) (*specs.Process, error) {
	p, broken, err := decode(data, specjson.Process)
	if err != nil {
		return nil, err
	}
	if err := checkProcess(p, broken); err != nil {
		return nil, err
	}
	return p, nil
}

// ParseResources decodes and checks a resources document, as `update
// --resources` takes it. It returns after the closing brace, without waiting
// for the end of the stream. Members the document does not name stay nil.
func ParseResources(r io.Reader) (*specs.LinuxResources, error) {
	data, err := readDocument(r)
	if err != nil {
		return nil, err
	}
	res, broken, err := decode(data, specjson.Resources)
	if err != nil {
		return nil, err
	}
	if err := checkResources(res, broken); err != nil {
		return nil, err
	}
	return res, nil
}

// decode turns a document into a T. Wrong types do not end it: they come back
// as broken, beside what could be decoded, so that all faults of a document
// can be told at once. What cannot be decoded at all is the error. Ordinary
// documents are a matter for direct, others for encoding/json.
func decode[T any](data []byte, direct func([]byte) *T) (_ *T, broken *faultList, _ error) {
	if v := direct(data); v != nil {
		return v, nil, nil
	}
	var v *T
	err := json.Unmarshal(data, &v)
	if err == nil && v != nil {
		return v, nil, nil
	}
	broken, err = explain[T](data, err)
	return v, broken, err
}
