// A composition function for tests: it composes one object, and is ready once the object is there.
//
// Input: `object`, a manifest of the object; `connection`, a map of texts, the composite resource's connection details. The composite's own spec
// says the rest: `value` becomes the object's `data.value`, `fatal` is a message that the function fails with, and with `neverReady` the object is not
// counted as ready.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"log"
	"net"
	"os"
	"path/filepath"

	fnv1 "github.com/crossplane/crossplane/v2/proto/fn/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/types/known/structpb"
)

const objectName = "object"

type function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer
}

func (function) RunFunction(_ context.Context, request *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	input := request.GetInput().GetFields()
	spec := request.GetObserved().GetComposite().GetResource().GetFields()["spec"].GetStructValue().GetFields()
	response := &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: request.GetMeta().GetTag()},
		Desired: request.GetDesired(),
	}
	if fatal := spec["fatal"].GetStringValue(); fatal != "" {
		response.Results = []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_FATAL, Message: fatal}}
		return response, nil
	}
	if response.Desired == nil {
		response.Desired = &fnv1.State{}
	}
	if response.Desired.Resources == nil {
		response.Desired.Resources = map[string]*fnv1.Resource{}
	}
	object := input["object"].GetStructValue()
	object.Fields["data"] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"value": spec["value"]}})
	ready := fnv1.Ready_READY_FALSE
	if _, isThere := request.GetObserved().GetResources()[objectName]; isThere && !spec["neverReady"].GetBoolValue() {
		ready = fnv1.Ready_READY_TRUE
	}
	response.Desired.Resources[objectName] = &fnv1.Resource{Resource: object, Ready: ready}
	if connection := input["connection"].GetStructValue().GetFields(); len(connection) > 0 {
		details := map[string][]byte{}
		for key, value := range connection {
			details[key] = []byte(value.GetStringValue())
		}
		response.Desired.Composite = &fnv1.Resource{ConnectionDetails: details}
	}
	return response, nil
}

func main() {
	address := flag.String("address", "127.0.0.1:0", "where to listen")
	certificates := flag.String("certificates", ".", "folder with tls.crt, tls.key and ca.crt, which callers are signed by")
	flag.Parse()
	in := func(name string) string { return filepath.Join(*certificates, name) }
	own, err := tls.LoadX509KeyPair(in("tls.crt"), in("tls.key"))
	if err != nil {
		log.Fatal(err)
	}
	authority, err := os.ReadFile(in("ca.crt"))
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{own}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
	})))
	fnv1.RegisterFunctionRunnerServiceServer(server, function{})
	log.Fatal(server.Serve(listener))
}
