package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/net/websocket"
)

// Channels of Kubernetes' v4.channel.k8s.io protocol: the first byte of every
// message says which stream it belongs to.
const (
	channelStdin  = 0
	channelStdout = 1
	channelStderr = 2
	channelStatus = 3
)

// stream connects the standard streams to an exec and prints, last on stderr,
// the status that the server gives.
func stream(url string) error {
	config, err := websocket.NewConfig(strings.Replace(url, "http:", "ws:", 1), "http://localhost")
	if err != nil {
		return err
	}
	config.Protocol = []string{"v4.channel.k8s.io"}
	conn, err := websocket.DialConfig(config)
	if err != nil {
		return err
	}
	defer conn.Close()
	go send(conn)
	return receive(conn)
}

func send(conn *websocket.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := os.Stdin.Read(buf)
		if n > 0 {
			websocket.Message.Send(conn, append([]byte{channelStdin}, buf[:n]...))
		}
		if err != nil {
			return
		}
	}
}

func receive(conn *websocket.Conn) error {
	for {
		var msg []byte
		err := websocket.Message.Receive(conn, &msg)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(msg) == 0 {
			continue
		}
		switch msg[0] {
		case channelStdout:
			os.Stdout.Write(msg[1:])
		case channelStderr, channelStatus:
			fmt.Fprintf(os.Stderr, "%s", msg[1:])
		}
	}
}
