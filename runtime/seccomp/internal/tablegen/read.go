package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// absent marks, in syscalls.csv, a call that an architecture lacks.
const absent = "PNR"

// list is what the input says.
type list struct {
	tables  string // the kernel release, from the head of syscalls.csv
	archs   []string
	names   []string
	numbers map[string]map[string]string // by name, then architecture
	pseudo  map[string]int
}

// readCSV reads the numbers. Columns called *_kver, which say since when
// a call exists, are of no use here.
func readCSV(path string) (*list, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	l := &list{tables: rows[0][0], numbers: map[string]map[string]string{}}
	for _, head := range rows[0][1:] {
		if !strings.HasSuffix(head, "_kver") {
			l.archs = append(l.archs, head)
		}
	}
	for _, row := range rows[1:] {
		l.addRow(rows[0], row)
	}
	sort.Strings(l.names)
	return l, nil
}

func (l *list) addRow(head, row []string) {
	numbers := map[string]string{}
	for i, cell := range row {
		numbers[head[i]] = cell
	}
	l.names = append(l.names, row[0])
	l.numbers[row[0]] = numbers
}

// pseudoLine is a line such as "#define __PNR_socket -101".
var pseudoLine = regexp.MustCompile(`^#define\s+__PNR_(\w+)\s+(-\d+)`)

func (l *list) readPseudo(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	l.pseudo = map[string]int{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		match := pseudoLine.FindStringSubmatch(lines.Text())
		if match == nil {
			continue
		}
		if l.pseudo[match[1]], err = strconv.Atoi(match[2]); err != nil {
			return err
		}
	}
	return lines.Err()
}

// number is what libseccomp resolves a name to on an architecture.
func (l *list) number(name, arch string) (int, error) {
	cell := l.numbers[name][arch]
	if cell != absent {
		return strconv.Atoi(cell)
	}
	pseudo, ok := l.pseudo[name]
	if !ok {
		return 0, fmt.Errorf("%s is absent on %s and has no pseudo number", name, arch)
	}
	return pseudo, nil
}
