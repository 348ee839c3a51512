// Command probe runs inside a container and does what busybox cannot.
//
//	probe notify TEXT   send TEXT to $NOTIFY_SOCKET
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	if len(os.Args) != 3 || os.Args[1] != "notify" {
		fmt.Fprintln(os.Stderr, "usage: probe notify TEXT")
		os.Exit(2)
	}
	if err := notify(os.Getenv("NOTIFY_SOCKET"), os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func notify(socket, text string) error {
	conn, err := net.Dial("unixgram", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write([]byte(text))
	return err
}
