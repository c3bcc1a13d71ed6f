import { afterEach, expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { stackOf, withFleet } from "./fleet-file.ts";

let sandbox: Sandbox;
afterEach(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

const up = ["up", "--yes", "--skip-preview"];
const adopted = [101, 102, 103, 105, 200, 201, 202, 203, 204, 205, 206, 220, 300];

async function agentRequests(): Promise<string[]> {
  const paths = (await sandbox.control.requests()).map(({ path }) => path);
  return paths.filter((path) => path.includes("/agent"));
}

test("no guest agent of thirteen adopted VMs answers: preview, refresh and up do not notice", async () => {
  sandbox = await Sandbox.open();
  for (const vm of adopted) {
    await sandbox.control.act(vm, "agent", { mode: "hung" });
  }
  for (const args of [
    up,
    ["preview"],
    ["refresh", "--yes", "--skip-preview"],
    [...up, "--expect-no-changes"],
  ]) {
    const run = await sandbox.pulumi(args);
    expect(run.code, run.output).toBe(0);
  }
  expect(await agentRequests()).toEqual([]);
});

test("the agent of a created VM does not answer: neither a change of the VM nor a refresh of everything asks it", async () => {
  const vms = (memoryMiB: number) => ({
    hung1: {
      vmid: 150,
      create: { blank: { datastore: "local-lvm" }, protect: false },
      cpu: { cores: 2 },
      memoryMiB,
      agent: { enabled: true },
      onboot: memoryMiB > 2048,
      nics: { net0: { bridge: "vmbr1" } },
      drives: { scsi0: { sizeGiB: 8 } },
    },
  });
  sandbox = await Sandbox.open({ stackFile: stackOf(vms(2048)) });
  const created = await sandbox.pulumi(up);
  expect(created.code, created.output).toBe(0);
  await sandbox.control.act(150, "agent", { mode: "hung" });

  await sandbox.control.forget();
  sandbox.writeStack(withFleet(sandbox.readStack(), [["vms.hung1.onboot", true]]));
  const changed = await sandbox.pulumi(up);
  expect(changed.code, changed.output).toBe(0);
  expect(await agentRequests()).toEqual([]);
  expect((await sandbox.control.vm(150)).config.onboot).toBe("1");

  await sandbox.control.forget();
  const refreshed = await sandbox.pulumi(["up", "--refresh", "--yes", "--skip-preview"]);
  expect(refreshed.code, refreshed.output).toBe(0);
  expect(await agentRequests()).toEqual([]);
  // Otherwise nobody would ask an agent anyway.
  const { status, config } = await sandbox.control.vm(150);
  expect(status).toBe("running");
  expect(config.agent).toMatch(/^(enabled=)?1/);
});
