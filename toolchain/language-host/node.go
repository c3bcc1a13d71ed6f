package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// findModule returns the directory of an npm module as Node itself would find it from a directory: in
// its node_modules or that of a directory above.
func findModule(from, module string) (string, error) {
	for dir := from; ; dir = filepath.Dir(dir) {
		candidate := filepath.Join(dir, "node_modules", filepath.FromSlash(module))
		if info, err := os.Stat(candidate); err == nil && info.IsDir() {
			return candidate, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s: %s is not in node_modules here or above; run npm ci", from, module)
		}
	}
}

// nodeCommand runs one of the SDK's entry points with node from PATH, in the given environment.
func nodeCommand(
	ctx context.Context, env []string, info *pulumirpc.ProgramInfo, entryPoint string, args ...string,
) (*exec.Cmd, error) {
	options, err := parseOptions(info)
	if err != nil {
		return nil, err
	}
	module, err := findModule(info.GetProgramDirectory(), "@pulumi/pulumi/cmd/"+entryPoint)
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("node is not in PATH: %w", err)
	}
	cmd := exec.CommandContext(ctx, node, slices.Concat(options.nodeArgs, []string{module}, args)...)
	cmd.Env = append(slices.Clip(env), options.env...)
	return cmd, nil
}

type nodeOptions struct {
	nodeArgs []string
	env      []string
}

// parseOptions reads `runtime.options` of Pulumi.yaml. An option that would change how a program is
// run, and that this host does not know, is an error rather than a surprise.
func parseOptions(info *pulumirpc.ProgramInfo) (nodeOptions, error) {
	typescript, transpileOnly := true, false
	options := nodeOptions{}
	var errs []error
	for name, value := range info.GetOptions().AsMap() {
		ok := true
		switch name {
		case "typescript":
			typescript, ok = value.(bool)
		case "transpileOnly":
			transpileOnly, ok = value.(bool)
		case "nodeargs":
			var text string
			text, ok = value.(string)
			options.nodeArgs = strings.Fields(text)
		case "packagemanager":
			ok = value == "npm"
		default:
			ok = false
		}
		if !ok {
			errs = append(errs, fmt.Errorf(
				"runtime.options.%s: cannot be used here (got %v); "+
					"typescript, transpileOnly, nodeargs and packagemanager npm are allowed; "+
					"remove it or use the official Pulumi CLI", name, value))
		}
	}
	options.env = append(options.env, fmt.Sprintf("PULUMI_NODEJS_TYPESCRIPT=%t", typescript))
	if transpileOnly {
		options.env = append(options.env, "PULUMI_NODEJS_TRANSPILE_ONLY=true")
	}
	return options, errors.Join(errs...)
}
