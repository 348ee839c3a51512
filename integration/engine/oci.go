package engine

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A descriptor points at a blob of an OCI image.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// A manifest names the parts of an image.
type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

// An index names the images of a layout.
type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	Manifests     []descriptor `json:"manifests"`
}

const mediaPrefix = "application/vnd.oci.image."

// OCIArchive writes the test image under the given name and with the given
// command as an OCI image layout in a tar, and returns its path.
func OCIArchive(name string, command ...string) (string, error) {
	rootfs, err := Rootfs()
	if err != nil {
		return "", err
	}
	file := strings.NewReplacer("/", "-", ":", "-").Replace(name) + ".oci"
	out, err := os.Create(filepath.Join(Scratch(), file))
	if err != nil {
		return "", err
	}
	defer out.Close()
	a := &archive{tw: tar.NewWriter(out)}
	a.write(rootfs, name, command)
	if a.err != nil {
		return "", fmt.Errorf("make %s: %w", file, a.err)
	}
	return out.Name(), out.Close()
}

// An archive is an image layout being written; after the first error it does
// nothing.
type archive struct {
	tw  *tar.Writer
	err error
}

func (a *archive) write(rootfs, name string, command []string) {
	layer := a.fileBlob(rootfs)
	config := a.jsonBlob("config.v1+json", map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config":  map[string]any{"Cmd": command, "Env": []string{"PATH=/bin"}},
		"history": []any{map[string]string{"created_by": "test"}},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{layer.Digest}},
	})
	m := a.jsonBlob("manifest.v1+json", manifest{2, mediaPrefix + "manifest.v1+json", config, []descriptor{layer}})
	m.Annotations = map[string]string{
		"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name,
	}
	a.jsonEntry("index.json", index{2, []descriptor{m}})
	a.jsonEntry("oci-layout", map[string]string{"imageLayoutVersion": "1.0.0"})
	if a.err == nil {
		a.err = a.tw.Close()
	}
}

func (a *archive) entry(name string, size int64, body io.Reader) {
	if a.err == nil {
		a.err = writeEntry(a.tw, &tar.Header{Name: name, Mode: 0o644, Size: size}, body)
	}
}

func (a *archive) jsonEntry(name string, v any) {
	data, err := json.Marshal(v)
	if a.err == nil {
		a.err = err
	}
	a.entry(name, int64(len(data)), bytes.NewReader(data))
}

func (a *archive) jsonBlob(kind string, v any) descriptor {
	data, err := json.Marshal(v)
	if a.err == nil {
		a.err = err
	}
	d := descriptor{MediaType: mediaPrefix + kind, Size: int64(len(data))}
	sum := sha256.Sum256(data)
	d.Digest = "sha256:" + hex.EncodeToString(sum[:])
	a.entry("blobs/sha256/"+hex.EncodeToString(sum[:]), d.Size, bytes.NewReader(data))
	return d
}

// fileBlob adds the layer.
func (a *archive) fileBlob(path string) (d descriptor) {
	f, err := os.Open(path)
	if err != nil {
		a.err = err
		return d
	}
	defer f.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		a.err = err
		return d
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	a.entry("blobs/sha256/"+sum, size, f)
	return descriptor{MediaType: mediaPrefix + "layer.v1.tar", Digest: "sha256:" + sum, Size: size}
}
