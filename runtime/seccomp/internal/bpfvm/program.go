package bpfvm

import (
	"encoding/binary"
	"fmt"
)

// MaxInstructions is the longest program the kernel loads (BPF_MAXINSNS).
const MaxInstructions = 4096

// Instruction is one classic BPF instruction, struct sock_filter.
type Instruction struct {
	Op uint16
	Jt uint8
	Jf uint8
	K  uint32
}

// Program is a whole filter.
type Program []Instruction

// Parse reads a program as ExportBPF writes it, in the given byte order.
func Parse(raw []byte, order binary.ByteOrder) (Program, error) {
	if len(raw)%8 != 0 {
		return nil, fmt.Errorf("parse program: %d bytes are no whole instructions", len(raw))
	}
	program := make(Program, 0, len(raw)/8)
	for ; len(raw) > 0; raw = raw[8:] {
		program = append(program, Instruction{
			Op: order.Uint16(raw),
			Jt: raw[2],
			Jf: raw[3],
			K:  order.Uint32(raw[4:]),
		})
	}
	return program, nil
}

// Data is what the kernel shows a filter of a system call, struct
// seccomp_data.
type Data struct {
	Nr   uint32
	Arch uint32
	IP   uint64
	Args [6]uint64
}

// Words is Data as the filter reads it: sixteen 32-bit words, the halves of
// a 64-bit value in the order of the machine.
type Words [16]uint32

// Words lays the data out as a little-endian or a big-endian kernel does.
func (d *Data) Words(order binary.ByteOrder) Words {
	words := Words{d.Nr, d.Arch}
	low, high := 0, 1
	if order == binary.BigEndian {
		low, high = 1, 0
	}
	words[2+low], words[2+high] = uint32(d.IP), uint32(d.IP>>32)
	for i, arg := range d.Args {
		words[4+2*i+low], words[4+2*i+high] = uint32(arg), uint32(arg>>32)
	}
	return words
}
