// Command cri is a crictl for tests, which say exactly what a kubelet would
// send. It calls one method of the CRI's runtime service and prints the answer,
// or streams an exec whose URL such an answer holds.
//
//	cri SOCKET METHOD < request.json > response.json
//	cri stream URL < stdin > stdout
//
// It is a module of its own so that gRPC stays out of bulkhead's.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "k8s.io/cri-api/pkg/apis/runtime/v1" // registers the messages
)

const service = "runtime.v1.RuntimeService"

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: cri SOCKET METHOD | cri stream URL")
		os.Exit(2)
	}
	run := func() error { return call(os.Args[1], protoreflect.Name(os.Args[2])) }
	if os.Args[1] == "stream" {
		run = func() error { return stream(os.Args[2]) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func call(socket string, method protoreflect.Name) error {
	request, response, err := messages(method)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	if err := protojson.Unmarshal(body, request); err != nil {
		return err
	}
	conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := conn.Invoke(ctx, "/"+service+"/"+string(method), request, response); err != nil {
		return err
	}
	out, err := protojson.Marshal(response)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(out)
	return err
}

// messages makes an empty request and response of a method.
func messages(method protoreflect.Name) (request, response proto.Message, err error) {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(service)
	if err != nil {
		return nil, nil, err
	}
	m := found.(protoreflect.ServiceDescriptor).Methods().ByName(method)
	if m == nil {
		return nil, nil, fmt.Errorf("no method %s in %s", method, service)
	}
	if request, err = empty(m.Input()); err != nil {
		return nil, nil, err
	}
	response, err = empty(m.Output())
	return request, response, err
}

func empty(d protoreflect.MessageDescriptor) (proto.Message, error) {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		return nil, err
	}
	return t.New().Interface(), nil
}
