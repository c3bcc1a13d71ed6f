import { resolve } from "node:path";
import { PolicyPack, type PolicyPackConfig } from "@pulumi/policy";
import { listenToConfiguredNames } from "./configured-names.ts";
import { noExemptionsFrom } from "./environment.ts";
import { packArgs } from "./pack.ts";
import { readSettings } from "./settings-file.ts";

const folder = import.meta.dirname;
const { policies, exemptions } = readSettings(resolve(folder, "settings.yaml"));
let names: readonly string[] = [];
listenToConfiguredNames((heard) => {
  names = heard;
});
const args = packArgs({
  today: new Date().toISOString().slice(0, 10),
  noExemptions: noExemptionsFrom(process.env),
  folder,
  configuredNames: () => names,
});

// Starts a server, and so stands alone here.
new PolicyPack("proxmox-fleet", args, { ...policies, exemptions } as PolicyPackConfig);
