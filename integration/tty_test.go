package integration

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// ttyMain is "tty DIALOGUE CMD ARGS...": run a command on a terminal of its
// own and lead a dialogue with it. Its output goes to standard output, its
// status is passed on. The lines of the dialogue are
//
//	size ROWS COLS    resize the terminal
//	expect REGEXP     wait for output, from where the last match ended
//	send STRING       type it; Go escapes such as \x03 are understood
//	raw, cooked       wait for the terminal to be in that mode
func ttyMain() {
	if len(os.Args) < 3 {
		die(fmt.Errorf("usage: tty DIALOGUE CMD ARGS..."))
	}
	dialogue, err := os.ReadFile(os.Args[1])
	if err != nil {
		die(err)
	}
	master, slave, err := openPTY()
	if err != nil {
		die(err)
	}
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := setSize(master, 24, 80); err != nil {
		die(err)
	}
	if err := cmd.Start(); err != nil {
		die(err)
	}
	screen := &screen{}
	done := make(chan struct{})
	go func() { screen.readFrom(master); close(done) }()
	failed := talk(string(dialogue), master, slave, screen)
	if failed != nil {
		cmd.Process.Kill()
	}
	status := exitStatus(cmd.Wait())
	// Ours was the last slave: now the master reads to its end.
	slave.Close()
	<-done
	os.Stdout.WriteString(screen.String())
	if failed != nil {
		die(failed)
	}
	os.Exit(status)
}

func openPTY() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	return master, slave, err
}

func setSize(tty *os.File, rows, cols uint16) error {
	return unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: cols})
}

// screen collects what a terminal shows.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	seen int // where the last expected text ended
}

func (s *screen) readFrom(f *os.File) {
	buf := make([]byte, 4096)
	for {
		n, err := f.Read(buf)
		s.mu.Lock()
		s.text.Write(buf[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *screen) expect(re *regexp.Regexp) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := s.text.Bytes()[s.seen:]
	match := re.FindIndex(rest)
	if match == nil {
		return fmt.Errorf("expect %q: got %q", re, rest)
	}
	s.seen += match[1]
	return nil
}

func talk(dialogue string, master, slave *os.File, s *screen) error {
	for line := range strings.Lines(dialogue) {
		verb, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		if verb == "" {
			continue
		}
		if err := say(verb, arg, master, slave, s); err != nil {
			return err
		}
	}
	return nil
}

func say(verb, arg string, master, slave *os.File, s *screen) error {
	switch verb {
	case "expect":
		re, err := regexp.Compile(arg)
		if err != nil {
			return err
		}
		return poll(func() error { return s.expect(re) })
	case "send":
		text, err := strconv.Unquote(`"` + arg + `"`)
		if err != nil {
			return fmt.Errorf("send %s: %w", arg, err)
		}
		_, err = master.WriteString(text)
		return err
	case "size":
		var rows, cols uint16
		if _, err := fmt.Sscan(arg, &rows, &cols); err != nil {
			return fmt.Errorf("size %s: %w", arg, err)
		}
		return setSize(master, rows, cols)
	case "raw", "cooked":
		return poll(func() error { return inMode(slave, verb) })
	}
	return fmt.Errorf("unknown line %q", verb)
}

// inMode looks at ICANON alone, the flag that every raw mode clears.
func inMode(tty *os.File, want string) error {
	termios, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	mode := "raw"
	if termios.Lflag&unix.ICANON != 0 {
		mode = "cooked"
	}
	if mode != want {
		return fmt.Errorf("terminal is %s, want %s", mode, want)
	}
	return nil
}
