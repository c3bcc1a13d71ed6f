package main

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

const packageName = "proxmoxve"

// The npm package derives every token from the Terraform name by one rule: each word but the last is
// a folder, the last is the class, and what still carries the long prefix is called legacy.
//
//	proxmox_virtual_environment_vm -> proxmoxve:index/vmLegacy:VmLegacy
//	proxmox_sdn_zone_vlan          -> proxmoxve:sdn/zone/vlan:Vlan
func moduleAndClass(terraformName string) (module, class string, err error) {
	rest, legacy := strings.CutPrefix(terraformName, "proxmox_virtual_environment_")
	if !legacy {
		var ours bool
		if rest, ours = strings.CutPrefix(terraformName, "proxmox_"); !ours {
			return "", "", fmt.Errorf("%s: not a name of the proxmox provider", terraformName)
		}
	}
	words := strings.Split(rest, "_")
	last := len(words) - 1
	class = strings.ToUpper(words[last][:1]) + words[last][1:]
	if legacy {
		class += "Legacy"
	}
	if last == 0 {
		return "index", class, nil
	}
	return strings.Join(words[:last], "/"), class, nil
}

func resourceToken(terraformName string, info *tfbridge.ResourceInfo) error {
	module, class, err := moduleAndClass(terraformName)
	if err != nil {
		return err
	}
	info.Tok = tfbridge.MakeResource(packageName, module, class)
	return nil
}

func functionToken(terraformName string, info *tfbridge.DataSourceInfo) error {
	module, class, err := moduleAndClass(terraformName)
	if err != nil {
		return err
	}
	info.Tok = tfbridge.MakeDataSource(packageName, module, "get"+class)
	return nil
}
