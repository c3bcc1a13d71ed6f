package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

type packageJSON struct {
	Name            string            `json:"name"`
	Version         string            `json:"version"`
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
	Pulumi          struct {
		Resource bool   `json:"resource"`
		Name     string `json:"name"`
		Version  string `json:"version"`
		Server   string `json:"server"`
	} `json:"pulumi"`
}

func readPackage(dir string) (packageJSON, error) {
	var parsed packageJSON
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return parsed, err
	}
	return parsed, json.Unmarshal(data, &parsed)
}

// installedDependencies returns what the package.json of a program (or of a folder above) depends on, as
// far as it is installed.
func installedDependencies(dir string) ([]packageJSON, error) {
	own, err := readPackage(dir)
	for errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		own, err = readPackage(dir)
	}
	if err != nil {
		return nil, err
	}
	var names, found = []string{}, []packageJSON{}
	for _, group := range []map[string]string{own.Dependencies, own.DevDependencies} {
		for name := range group {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		module, err := findModule(dir, name)
		if err != nil {
			continue // Optional for this platform, or not installed: running the program will tell.
		}
		dependency, err := readPackage(module)
		if err != nil {
			return nil, err
		}
		found = append(found, dependency)
	}
	return found, nil
}

func (h *host) GetRequiredPackages(
	_ context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	dependencies, err := installedDependencies(req.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for _, dependency := range dependencies {
		plugin := dependency.Pulumi
		if !plugin.Resource {
			continue
		}
		name, version := plugin.Name, plugin.Version
		if name == "" {
			name = strings.TrimPrefix(dependency.Name, "@pulumi/")
		}
		if version == "" {
			version = dependency.Version
		}
		response.Packages = append(response.Packages, &pulumirpc.PackageDependency{
			Name: name, Kind: string(apitype.ResourcePlugin), Version: "v" + version, Server: plugin.Server,
		})
	}
	return response, nil
}

func (h *host) GetProgramDependencies(
	_ context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	dependencies, err := installedDependencies(req.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, dependency := range dependencies {
		response.Dependencies = append(response.Dependencies,
			&pulumirpc.DependencyInfo{Name: dependency.Name, Version: dependency.Version})
	}
	return response, nil
}

func (h *host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	ctx, stop := h.either(server.Context())
	defer stop()
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(server, req.GetIsTerminal())
	if err != nil {
		return err
	}
	defer closer.Close()
	cmd := exec.CommandContext(ctx, "npm", "install")
	cmd.Dir = req.GetInfo().GetProgramDirectory()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return errors.Join(cmd.Run(), closer.Close())
}
