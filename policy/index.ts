import { PolicyPack } from "@pulumi/policy";
import { noExemptionsFrom } from "./environment.ts";
import { packArgs } from "./pack.ts";

// Starts a server, and so stands alone here.
new PolicyPack(
  "proxmox-fleet",
  packArgs({
    today: new Date().toISOString().slice(0, 10),
    noExemptions: noExemptionsFrom(process.env),
    folder: import.meta.dirname,
  }),
);
