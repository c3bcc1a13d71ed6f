// pulumi-resource-proxmoxve is bpg's Terraform provider for Proxmox VE behind Pulumi's bridge, with the
// tokens and properties of the npm package @muhlba91/pulumi-proxmoxve.
//
// The schema and the bridge's metadata lie beside the executable; `pulumi-resource-proxmoxve generate`
// writes them. Embedding them would need the whole program linked twice.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	pftfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	pftfgen "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"

	"proxmox-fleet/toolchain/internal/parent"
)

const (
	schemaFile   = "schema.json"
	metadataFile = "runtime-bridge-metadata.json"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-proxmoxve:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	dir := filepath.Dir(executable)
	if len(args) == 1 && args[0] == "generate" {
		return generate(ctx, dir)
	}
	schema, err := os.ReadFile(filepath.Join(dir, schemaFile))
	if err != nil {
		return fmt.Errorf("%w; run `pulumi-resource-proxmoxve generate` once", err)
	}
	metadata, err := os.ReadFile(filepath.Join(dir, metadataFile))
	if err != nil {
		return fmt.Errorf("%w; run `pulumi-resource-proxmoxve generate` once", err)
	}
	info, err := providerInfo(ctx, metadata)
	if err != nil {
		return err
	}
	go func() {
		<-parent.Watch(ctx).Done()
		os.Exit(1)
	}()
	pftfbridge.MainWithMuxer(ctx, packageName, info, schema)
	return nil
}

func generate(ctx context.Context, dir string) error {
	info, err := providerInfo(ctx, []byte("{}"))
	if err != nil {
		return err
	}
	// The bridge offers generation for mixed providers as a command line only.
	os.Args = []string{os.Args[0], "schema", "--out", dir, "--skip-docs", "--skip-examples"}
	pftfgen.MainWithMuxer(packageName, info)
	// It also writes what only the generation of SDKs needs.
	return errors.Join(
		os.Remove(filepath.Join(dir, "Pulumi.yaml")),
		os.Remove(filepath.Join(dir, "bridge-metadata.json")),
	)
}
