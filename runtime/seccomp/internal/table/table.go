// Package table knows the names and numbers of system calls. Its tables are
// constants that tablegen writes; looking something up allocates nothing.
//
// Numbers are libseccomp's: a call that an architecture lacks has a negative
// pseudo number there. They come without what some architectures add to all
// their numbers (MIPS 4000, 5000 or 6000, x32 bit 30).
package table

import "fmt"

//go:generate sh -c "cd ../.. && go run ./internal/tablegen -csv \"$SYSCALLS_CSV\" -header \"$SYSCALLS_H\" -from \"$SYSCALLS_FROM\" -out internal/table/data.go"

// Slots is the size of the hash table, a power of two.
const Slots = 1024

// Column is the table of one architecture's numbers.
type Column string

// ARM has a few calls at 0x0f0000 and above; a table of 16-bit words holds
// them from privatePacked on.
const (
	privateBase   = 0x0f0000
	privatePacked = 0x7000
)

// Hash is the hash of a name, FNV-1a.
func Hash(name string) uint32 {
	hash := uint32(2166136261)
	for i := range len(name) {
		hash = (hash ^ uint32(name[i])) * 16777619
	}
	return hash
}

// Pack makes a table's word of a number.
func Pack(number int) (uint16, error) {
	switch {
	case number >= privateBase && number < privateBase+0x1000:
		return uint16(number - privateBase + privatePacked), nil
	case number >= privatePacked || number < -0x8000:
		return 0, fmt.Errorf("number %d does not fit", number)
	}
	return uint16(number), nil
}

// Find gives the index of a name.
func Find(name string) (int, bool) {
	for at := Hash(name) % Slots; ; at = (at + 1) % Slots {
		slot := word(slots, int(at))
		if slot == 0 {
			return 0, false
		}
		if Name(int(slot)-1) == name {
			return int(slot) - 1, true
		}
	}
}

// Name is the name with an index.
func Name(index int) string {
	start := 0
	if index > 0 {
		start = int(word(ends, index-1))
	}
	return names[start:word(ends, index)]
}

// Number is the number of the name with an index.
func (c Column) Number(index int) int32 {
	packed := int16(word(string(c), index))
	if packed >= privatePacked {
		return int32(packed) - privatePacked + privateBase
	}
	return int32(packed)
}

// Index finds the name that has a number. Two names share a pseudo number,
// switch_endian and sys_debug_setcontext; libseccomp finds the latter.
func (c Column) Index(number int32) (int, bool) {
	for i := Count - 1; i >= 0; i-- {
		if c.Number(i) == number {
			return i, true
		}
	}
	return 0, false
}

// Pseudo is the number that stands for a name where an architecture lacks the
// call, or zero if none does.
func Pseudo(index int) int32 {
	return int32(int16(word(pseudo, index)))
}

func word(table string, i int) uint16 {
	return uint16(table[2*i]) | uint16(table[2*i+1])<<8
}
