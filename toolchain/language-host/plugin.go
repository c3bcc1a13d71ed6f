package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"

	sdk "github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func (h *host) RunPlugin(
	req *pulumirpc.RunPluginRequest, server pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	ctx, stop := h.either(server.Context())
	defer stop()

	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	defer closer.Close()

	run := runOtherPlugin
	if req.GetKind() == string(apitype.AnalyzerPlugin) {
		run = runPolicyPack
	}
	err = run(ctx, req, stdout, stderr)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return errors.Join(closer.Close(), server.Send(&pulumirpc.RunPluginResponse{
			Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(exit.ExitCode())},
		}))
	}
	return err
}

func runOtherPlugin(ctx context.Context, req *pulumirpc.RunPluginRequest, stdout, stderr io.Writer) error {
	args := append([]string{req.GetInfo().GetProgramDirectory()}, req.GetArgs()...)
	cmd, err := nodeCommand(ctx, req.GetEnv(), req.GetInfo(), "run-plugin", args...)
	if err != nil {
		return err
	}
	cmd.Dir = req.GetPwd()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd.Run()
}

// A policy pack reads its stack from the environment, but the engine tells it only after the start. So
// a proxy answers the engine first, and the pack starts once the configuration is known.
func runPolicyPack(ctx context.Context, req *pulumirpc.RunPluginRequest, stdout, stderr io.Writer) error {
	proxy, packStdout, err := sdk.NewPolicyProxy(ctx, stdout)
	if err != nil {
		return err
	}
	stack, err := proxy.AwaitConfiguration(ctx)
	if err != nil {
		return err
	}
	pack := req.GetInfo().GetProgramDirectory()
	cmd, err := nodeCommand(ctx, req.GetEnv(), req.GetInfo(), "run-policy-pack", append(req.GetArgs(), pack)...)
	if err != nil {
		return err
	}
	cmd.Dir = pack
	cmd.Stdout, cmd.Stderr = packStdout, stderr
	if stack != nil {
		configEnv, err := configEnvironment(stack.GetConfig(), stack.GetConfigSecretKeys())
		if err != nil {
			return err
		}
		cmd.Env = append(cmd.Env, configEnv...)
		cmd.Env = append(cmd.Env,
			"PULUMI_NODEJS_ORGANIZATION="+stack.GetOrganization(),
			"PULUMI_NODEJS_PROJECT="+stack.GetProject(),
			"PULUMI_NODEJS_STACK="+stack.GetStack(),
			fmt.Sprintf("PULUMI_NODEJS_DRY_RUN=%t", stack.GetDryRun()),
		)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	return proxy.Attach(ctx, cmd)
}
