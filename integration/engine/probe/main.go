// Command probe is the program in the test images for what busybox cannot do:
// it is the pod's pause process, uses memory, and shows its effective user.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func main() {
	verbs := map[string]func(arg string) error{
		"pause": pause, "hog": hog, "euid": euid,
	}
	arg := ""
	if len(os.Args) > 2 {
		arg = os.Args[2]
	}
	if len(os.Args) < 2 || verbs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: probe pause | hog MIB | euid")
		os.Exit(2)
	}
	if err := verbs[os.Args[1]](arg); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// pause sleeps until it is told to end and collects orphans meanwhile.
func pause(string) error {
	sig := make(chan os.Signal, 1)
	signal.Notify(sig, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	for s := range sig {
		if s != syscall.SIGCHLD {
			break
		}
		for pid := 1; pid > 0; {
			pid, _ = syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		}
	}
	return nil
}

// hog touches so many MiB, one after the other, and says when it is done.
func hog(arg string) error {
	mib, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	var keep [][]byte
	for range mib {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		keep = append(keep, b)
	}
	fmt.Println("touched", len(keep), "MiB")
	return nil
}

// euid prints the effective user, which a set-user-ID bit changes.
func euid(string) error {
	fmt.Println(os.Geteuid())
	return nil
}
