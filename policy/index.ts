import { resolve } from "node:path";
import { PolicyPack, type PolicyPackConfig } from "@pulumi/policy";
import { refuseUnknownNames } from "./configured-names.ts";
import { noExemptionsFrom } from "./environment.ts";
import { packArgs } from "./pack.ts";
import { readSettings } from "./settings-file.ts";

const folder = import.meta.dirname;
const { policies, exemptions } = readSettings(resolve(folder, "settings.yaml"));
const args = packArgs({
  today: new Date().toISOString().slice(0, 10),
  noExemptions: noExemptionsFrom(process.env),
  folder,
});
refuseUnknownNames(["all", ...args.policies.map(({ name }) => name)]);

// Starts a server, and so stands alone here.
new PolicyPack("proxmox-fleet", args, { ...policies, exemptions } as PolicyPackConfig);
