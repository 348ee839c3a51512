package integration

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// receive listens on a unix socket, takes one connection and returns the
// first message on it with the descriptors that came along.
func receive(path string) ([]byte, []*os.File, error) {
	l, err := listen(path)
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	conn, err := l.AcceptUnix()
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	if err := os.Remove(path); err != nil {
		return nil, nil, err
	}
	data, oob := make([]byte, 64<<10), make([]byte, 1024)
	n, oobn, _, _, err := conn.ReadMsgUnix(data, oob)
	if err != nil {
		return nil, nil, err
	}
	files, err := rights(oob[:oobn])
	return data[:n], files, err
}

// listen makes a socket that takes connections from the moment its name is
// there, which bind(2) alone does not.
func listen(path string) (*net.UnixListener, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path + ".new", Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	return l, os.Rename(path+".new", path)
}

func rights(oob []byte) ([]*os.File, error) {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for _, msg := range msgs {
		fds, err := unix.ParseUnixRights(&msg)
		if err != nil {
			return nil, err
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	return files, nil
}

// consoleMain is "console SOCKET [INPUT]": receive a terminal's master, type
// the input and print what comes until the other side hangs up.
func consoleMain() {
	_, files, err := receive(os.Args[1])
	if err != nil {
		die(err)
	}
	if len(files) != 1 {
		die(fmt.Errorf("got %d descriptors, want one", len(files)))
	}
	if len(os.Args) > 2 {
		fmt.Fprint(files[0], os.Args[2]+"\n")
	}
	// The last slave's end shows as EIO.
	io.Copy(os.Stdout, files[0])
}

// fdsMain is "fds SOCKET": print, for every descriptor received, what it is
// and the pid a pidfd stands for.
func fdsMain() {
	_, files, err := receive(os.Args[1])
	if err != nil {
		die(err)
	}
	for _, f := range files {
		link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
		if err != nil {
			die(err)
		}
		fmt.Printf("fd %s\n", link)
		info, err := os.Open(fmt.Sprintf("/proc/self/fdinfo/%d", f.Fd()))
		if err != nil {
			die(err)
		}
		printPrefixed(info, "Pid:")
	}
}

func printPrefixed(r io.Reader, prefix string) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), prefix) {
			fmt.Println(lines.Text())
		}
	}
}

// notifiedMain is "notified SOCKET": be a service manager and print what is
// sent up to the barrier, which comes last.
func notifiedMain() {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: os.Args[1], Net: "unixgram"})
	if err != nil {
		die(err)
	}
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			die(err)
		}
		text := strings.TrimSpace(string(buf[:n]))
		fmt.Println(text)
		if text == "BARRIER=1" {
			return
		}
	}
}
