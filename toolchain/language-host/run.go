package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// exitedAfterReport is the SDK's exit code for "failed, and the user has been told why".
const exitedAfterReport = 32

func (h *host) Run(call context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	ctx, stop := h.either(call)
	defer stop()

	args := []string{
		"--monitor=" + req.GetMonitorAddress(),
		"--engine=" + h.engine,
		"--organization=" + req.GetOrganization(),
		"--project=" + req.GetProject(),
		"--root-directory=" + req.GetInfo().GetRootDirectory(),
		"--stack=" + req.GetStack(),
		"--pwd=" + req.GetPwd(),
		"--parallel=" + strconv.Itoa(int(req.GetParallel())),
	}
	if req.GetDryRun() {
		args = append(args, "--dry-run")
	}
	args = append(args, req.GetInfo().GetEntryPoint())
	args = append(args, req.GetArgs()...)

	cmd, err := nodeCommand(ctx, os.Environ(), req.GetInfo(), "run", args...)
	if err != nil {
		return nil, err
	}
	configEnv, err := configEnvironment(req.GetConfig(), req.GetConfigSecretKeys())
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Env, configEnv...)
	cmd.Dir = req.GetPwd()
	// The engine shows what a language host prints as the program's own output.
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return runResponse(cmd.Run()), nil
}

func runResponse(err error) *pulumirpc.RunResponse {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}
	case errors.As(err, &exit) && exit.ExitCode() == exitedAfterReport:
		return &pulumirpc.RunResponse{Bail: true}
	case errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program ended with %s", exit)}
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program could not be run: %s", err)}
	}
}

// configEnvironment gives a program its stack's configuration. The SDK reads it from the environment,
// with the older spelling of keys for the values only.
func configEnvironment(values map[string]string, secretKeys []string) ([]string, error) {
	respelled := make(map[string]string, len(values))
	for name, value := range values {
		key, err := config.ParseKey(name)
		if err != nil {
			return nil, err
		}
		respelled[key.Namespace()+":config:"+key.Name()] = value
	}
	if secretKeys == nil {
		secretKeys = []string{}
	}
	configJSON, err := json.Marshal(respelled)
	if err != nil {
		return nil, err
	}
	secretsJSON, err := json.Marshal(secretKeys)
	if err != nil {
		return nil, err
	}
	return []string{
		"PULUMI_CONFIG=" + string(configJSON),
		"PULUMI_CONFIG_SECRET_KEYS=" + string(secretsJSON),
	}, nil
}
