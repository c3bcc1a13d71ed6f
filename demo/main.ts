import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseDocument } from "yaml";
import { heading, line, shown, summary, verdict } from "./print.ts";
import type { EngineRun } from "./sandbox.ts";
import { Sandbox } from "./sandbox.ts";

/** The main job from end to end: the real engine and the real providers against the emulated estate. */
async function main(): Promise<void> {
  heading("An emulated Proxmox VE node with the incident's estate");
  await using sandbox = await Sandbox.open();
  const { control } = sandbox;
  line(`${sandbox.emulator.endpoint} serves node pve; the stack file is Pulumi.prod.yaml as it is`);

  heading("pulumi preview: what would be written, VM by VM and key by key");
  show(await sandbox.pulumi(["preview"]));
  verdict((await control.writes()).length === 0, "the preview wrote nothing");

  heading("pulumi up");
  show(await sandbox.pulumi(["up", "--yes", "--skip-preview"]));
  await listWrites(sandbox);

  heading("pulumi up, a second time");
  await control.forget();
  show(await sandbox.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]));
  const second = await control.writes();
  verdict(second.length === 0, `${second.length} requests that write`);

  heading("Other hands: a CSI driver attaches a disk to k8s-node2, somebody raises a cap by hand");
  const drive = "local-lvm:vm-9999-pvc-demo,backup=0,iothread=1,size=10G,wwn=0x5056432d000000ff";
  await control.attach(202, "scsi20", drive);
  const edited = (await control.vm(202)).config.scsi0?.replace("mbps_wr=120", "mbps_wr=500");
  await control.act(202, "edit", { scsi0: edited });
  line(`scsi20: ${drive}`);
  line(`scsi0: ${edited}`);

  heading("pulumi preview --refresh --expect-no-changes, with a token that can only read");
  await control.forget();
  const drift = await sandbox.pulumi(["preview", "--refresh", "--expect-no-changes"], {
    PROXMOX_VE_API_TOKEN: sandbox.emulator.readOnlyToken,
  });
  shown(drift.output);
  verdict(
    drift.code !== 0 && (await control.writes()).length === 0,
    "the drift check fails and wrote nothing",
  );

  heading("pulumi up repairs the one key");
  show(await sandbox.pulumi(["up", "--yes", "--skip-preview"]));
  const repair = await listWrites(sandbox);
  verdict(repair === 1, "exactly one PUT");
  verdict(
    (await control.vm(202)).config.scsi20 === drive,
    "the CSI disk is byte for byte what its driver wrote",
  );

  heading("A new VM from a template: one more entry in the stack file");
  const entry = readFileSync(join(import.meta.dirname, "new-vm.yaml"), "utf8");
  sandbox.writeStack(withVms(sandbox.readStack(), entry));
  shown(entry);
  line("(the official provider's warning about cdrom is expected: docs/fleet.md, Created VMs)");
  await control.forget();
  show(await sandbox.pulumi(["up", "--yes", "--skip-preview"]));
  await listWrites(sandbox);
  await control.forget();
  show(await sandbox.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]));
  const afterwards = await control.writes();
  verdict(afterwards.length === 0, `${afterwards.length} requests that write in the up after it`);

  heading("What waits for a cold stop and start, from the stack's outputs");
  const { stdout } = await sandbox.pulumi(["stack", "output", "waiting", "--json"]);
  for (const [vm, changes] of Object.entries(JSON.parse(stdout) as Record<string, string[]>)) {
    for (const change of changes) line(`${vm}: ${change}`);
  }

  summary();
}

/** The stack file with more entries under its VMs, comments kept. */
function withVms(stack: string, entries: string): string {
  const document = parseDocument(stack);
  for (const [name, entry] of Object.entries(parse(entries) as Record<string, object>)) {
    document.setIn(["config", "proxmox-fleet:fleet", "vms", name], document.createNode(entry));
  }
  return document.toString();
}

/** Shows a run that must succeed. */
function show(run: EngineRun): void {
  shown(run.output);
  line(`(exit code ${run.code}, ${(run.milliseconds / 1000).toFixed(1)} s)`);
  if (run.code !== 0) throw new Error("the engine failed; see its output above");
}

/** Lists what was written since the last count, and says how many it were. */
async function listWrites({ control }: Sandbox): Promise<number> {
  const writes = await control.writes();
  for (const { method, path, body = {} } of writes) {
    const { digest, ...rest } = body;
    const said = Object.entries(rest).map(([key, value]) => `${key}=${value}`);
    line(`${method} ${path} ${said.join(" ")}${digest === undefined ? "" : " (with digest)"}`);
  }
  line(`${writes.length} ${writes.length === 1 ? "request that writes" : "requests that write"}`);
  return writes.length;
}

await main();
