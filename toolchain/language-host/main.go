// pulumi-language-nodejs runs Node.js programs, policy packs and plugins for the Pulumi engine. The
// official host is no published Go module, and this one does only what running needs: it generates no
// code, starts no debugger and links no packages.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"proxmox-fleet/toolchain/internal/parent"
)

// engineVersion is set by the build: the host belongs to one release of the engine.
var engineVersion = "0.0.0"

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-nodejs:", err)
		os.Exit(1)
	}
}

func serve(args []string) error {
	engine, err := engineAddress(args)
	if err != nil {
		return err
	}
	// Everything that this host starts hangs on ctx, so that nothing outlives the engine.
	ctx := parent.Watch(context.Background())
	cancel := make(chan bool)
	go func() {
		<-ctx.Done()
		close(cancel)
	}()
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, &host{ctx: ctx, engine: engine})
			return nil
		},
	})
	if err != nil {
		return err
	}
	// The engine reads the port from the first line.
	fmt.Println(handle.Port)
	return <-handle.Done
}

func engineAddress(args []string) (string, error) {
	flags := flag.NewFlagSet("pulumi-language-nodejs", flag.ContinueOnError)
	// The engine passes its own logging flags to every plugin; they are accepted, not used.
	flags.Bool("logtostderr", false, "")
	flags.Bool("logflow", false, "")
	flags.Int("v", 0, "")
	flags.String("tracing", "", "")
	if err := flags.Parse(args); err != nil {
		return "", err
	}
	if flags.NArg() == 0 {
		return "", fmt.Errorf("the engine's address is missing; this program is started by the engine")
	}
	return flags.Arg(0), nil
}
