package main

import (
	"context"
	"fmt"

	"github.com/bpg/terraform-provider-proxmox/fwprovider"
	"github.com/bpg/terraform-provider-proxmox/proxmoxtf/provider"
	pftfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// providerVersion is set by the build: that of the npm package whose tokens and properties this has.
var providerVersion = "0.0.0"

const (
	// bridgedVersion is the release of bpg's Terraform provider in go.mod; it goes into the User-Agent.
	bridgedVersion = "0.112.0"
	// The npm package overrides the name of every other id that is an input, but not this one's.
	keepsDefaultIDName = "proxmox_sdn_controller_evpn"
)

func providerInfo(ctx context.Context, metadata []byte) (tfbridge.ProviderInfo, error) {
	info := tfbridge.ProviderInfo{
		P: pftfbridge.MuxShimWithPF(ctx,
			shimv2.NewProvider(provider.ProxmoxVirtualEnvironment()),
			fwprovider.New(bridgedVersion)(),
		),
		Name:                    "proxmox",
		Version:                 providerVersion,
		DisplayName:             "Proxmox Virtual Environment",
		GitHubOrg:               "bpg",
		License:                 "Apache-2.0",
		Repository:              "https://github.com/muhlba91/pulumi-proxmoxve",
		PluginDownloadURL:       "github://api.github.com/muhlba91/pulumi-proxmoxve",
		MetadataInfo:            tfbridge.NewProviderMetadata(metadata),
		GenerateRuntimeMetadata: true,
		Resources:               map[string]*tfbridge.ResourceInfo{},
		DataSources:             map[string]*tfbridge.DataSourceInfo{},
	}
	nameInputIDs(&info)
	if err := info.ComputeTokens(tokens.Strategy{Resource: resourceToken, DataSource: functionToken}); err != nil {
		return info, fmt.Errorf("naming resources: %w", err)
	}
	info.SetAutonaming(255, "-")
	return info, nil
}

// Pulumi keeps "id" for itself, so an id that a program sets needs another name, and the resource's id
// has to be taken from it. Ids are strings to Pulumi, numbers too.
func nameInputIDs(info *tfbridge.ProviderInfo) {
	info.P.ResourcesMap().Range(func(name string, res shim.Resource) bool {
		id, has := res.Schema().GetOk("id")
		if !has || name == keepsDefaultIDName || !(id.Required() || id.Optional()) {
			return true
		}
		info.Resources[name] = &tfbridge.ResourceInfo{
			Fields:    map[string]*tfbridge.SchemaInfo{"id": {Name: "resourceId", Type: "string"}},
			ComputeID: tfbridge.DelegateIDField(resource.PropertyKey("resourceId"), info.Name, info.Repository),
		}
		return true
	})
}
