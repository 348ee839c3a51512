package engine

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// An ordinary user that exists for the tests alone: /etc is a private view.
const (
	User   = "deckhand"
	UserID = 54321
	SubID  = 700000
	SubIDs = 65536
)

// AddUser makes User, with ranges of subordinate ids.
func AddUser(t testing.TB) {
	t.Helper()
	if err := addUser(); err != nil {
		t.Fatal(err)
	}
}

var addUser = sync.OnceValue(func() error {
	entry := fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh\n", User, UserID, UserID, UserHome())
	sub := fmt.Sprintf("%s:%d:%d\n", User, SubID, SubIDs)
	for file, line := range map[string]string{
		"/etc/passwd": entry, "/etc/shadow": User + ":*:19000:0:99999:7:::\n",
		"/etc/group": fmt.Sprintf("%s:x:%d:\n", User, UserID), "/etc/subuid": sub, "/etc/subgid": sub,
	} {
		if err := appendLine(file, line); err != nil {
			return err
		}
	}
	for _, dir := range []string{UserHome(), runtimeDir()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := os.Chown(dir, UserID, UserID); err != nil {
			return err
		}
	}
	return nil
})

// UserHome is the user's home directory, on disk.
func UserHome() string { return Scratch() + "/home" }

func runtimeDir() string { return fmt.Sprintf("/run/user/%d", UserID) }

func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(line)
	return err
}

// asUser turns a command into one of the user's, with the environment of a
// login.
func asUser(cmd *exec.Cmd) {
	var env []string
	for _, kv := range cmd.Env {
		if k, _, _ := strings.Cut(kv, "="); k != "HOME" && k != "TMPDIR" && k != "USER" {
			env = append(env, kv)
		}
	}
	cmd.Env = append(env, "HOME="+UserHome(), "USER="+User, "XDG_RUNTIME_DIR="+runtimeDir())
	cmd.Dir = UserHome()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: UserID, Gid: UserID}
}

// AddSubIDs gives a name a range of subordinate ids.
func AddSubIDs(t testing.TB, name string, first, count int) {
	t.Helper()
	for _, file := range []string{"/etc/subuid", "/etc/subgid"} {
		if err := appendLine(file, fmt.Sprintf("%s:%d:%d\n", name, first, count)); err != nil {
			t.Fatal(err)
		}
	}
}
