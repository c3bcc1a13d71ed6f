import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Control, type RecordedRequest } from "../../demo/control.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { VmConfigResource } from "../../provider/vm-config.ts";
import { inputsFrom, type VmConfigInputs, type VmConfigOutputs } from "../../provider/vm-config-inputs.ts";
import { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { connectionOf } from "../connection-of.ts";
import { type Change, changes } from "./neighbours/changes.ts";
import { type Cell, configOf, matrix, pendingOf, seedOf, withId } from "./neighbours/estate.ts";
import { neighbours } from "./neighbours/neighbours.ts";

/** How a change comes to a VM. */
const ways = ["without a read", "after a read", "after a failed update"] as const;
const size = changes.length * neighbours.length;
const cells = ways.map((way, index) => ({ way, cells: matrix(changes, neighbours, 1000 + index * size) }));
const samePending = matrix(
  changes,
  [{ name: "somebody else's value pending in the same key" }],
  1000 + 3 * size,
).map((cell) => ({
  ...cell,
  neighbour: {
    ...cell.neighbour,
    pending: { [cell.change.key]: cell.change.pending, machine: "q35" },
    ...(cell.change.pendingOn && { config: cell.change.pendingOn }),
  },
}));
const sameDeleted = matrix(
  changes.filter(({ key }) => key !== "scsi0" && key !== "net0"),
  [{ name: "the same key waiting to be removed" }],
  2000 + 3 * size,
).map((cell) => ({
  ...cell,
  neighbour: { ...cell.neighbour, deletes: [cell.change.key, "tablet"], config: { tablet: "0" } },
}));

const locked = matrix(changes, [{ name: "a lock", config: { lock: "backup" } }], 3000 + 3 * size);
const [unreadable] = matrix(
  changes.filter(({ name }) => name === "a cap"),
  [
    {
      name: "a key of another version",
      config: { scsi0: "local-lvm:vm-ID-disk-0,futurekey=7,mbps_wr=60,size=32G" },
    },
  ],
  4000 + 3 * size,
) as [Cell];

let emulator: Emulator;
let control: Control;
let client: ProxmoxClient;
let resource: VmConfigResource;
const silent = () => {};

beforeAll(async () => {
  const all = [
    ...cells.flatMap((group) => group.cells),
    ...samePending,
    ...sameDeleted,
    ...locked,
    unreadable,
  ];
  emulator = await startEmulator({ seed: seedOf(all) });
  control = new Control(emulator.controlUrl);
  client = new ProxmoxClient(connectionOf(emulator));
  resource = new VmConfigResource(new VmApi(client));
});
afterAll(async () => {
  expect(await control.unknown()).toEqual([]);
  client.close();
  await emulator.close();
});

function inputs({ vmid }: Cell, owned: Change["to"]): VmConfigInputs {
  return inputsFrom({ vmid, node: "pve", ...owned });
}

function before(cell: Cell): VmConfigOutputs {
  return { ...inputs(cell, cell.change.from), status: "running", waiting: [] };
}

async function writesOf({ vmid }: Cell): Promise<RecordedRequest[]> {
  const writes = await control.writes();
  await control.forget();
  expect(writes.every(({ path }) => path.startsWith(`/nodes/pve/qemu/${vmid}/`))).toBe(true);
  return writes;
}

/** Exactly this request: its whole body, and the digest that every write carries. */
function put({ vmid, change }: Cell, text: string, status = 200): RecordedRequest {
  const body = {
    [change.key]: withId(vmid, text),
    digest: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
  };
  return { method: "PUT", path: `/nodes/pve/qemu/${vmid}/config`, body, status };
}

/** A drive's text in the order in which Proxmox keeps it. */
function inOrder(text: string): string {
  const [file, ...options] = text.split(",");
  return /^local(-lvm)?:/.test(text) ? [file, ...options.sort()].join(",") : text;
}

async function filesOf({ vmid }: Cell) {
  const { config, pending, pendingDelete } = await control.vm(vmid);
  return {
    config,
    pending,
    pendingDelete: Object.keys(pendingDelete as object).length === 0 ? [] : pendingDelete,
  };
}

async function nothingLeft(cell: Cell): Promise<void> {
  await resource.update(before(cell), inputs(cell, cell.change.to), false, silent);
  expect(await writesOf(cell)).toEqual([]);
}

describe.each(cells)("$way", ({ way, cells: group }) => {
  test.each(group)("$change.name beside $neighbour.name is one request with that key alone", async (cell) => {
    const { change, neighbour } = cell;
    const config = configOf(cell);
    const file = await filesOf(cell);
    const text = inOrder(change.text(config[change.key]));
    let olds = before(cell);
    if (way === "after a read") {
      const found = await resource.read(inputs(cell, change.from), olds, silent);
      olds = found?.outputs ?? olds;
      expect(await writesOf(cell)).toEqual([]);
    }
    if (way === "after a failed update") {
      await control.fault({
        method: "PUT",
        path: `/nodes/pve/qemu/${cell.vmid}/config`,
        action: "fail",
        message: "broken",
        times: 1,
      });
      await expect(resource.update(olds, inputs(cell, change.to), false, silent)).rejects.toThrow("broken");
      expect(await writesOf(cell)).toEqual([put(cell, text, 500)]);
      expect(await filesOf(cell)).toEqual(file);
    }

    await resource.update(olds, inputs(cell, change.to), false, silent);
    expect(await writesOf(cell)).toEqual([put(cell, text)]);
    const isLive = change.effect === "live" || neighbour.stopped === true;
    expect(await filesOf(cell)).toEqual({
      config: isLive ? { ...config, [change.key]: text } : config,
      pending: { ...pendingOf(cell), ...(!isLive && { [change.key]: text }) },
      pendingDelete: file.pendingDelete,
    });
    await nothingLeft(cell);
  });
});

describe("when the same key is pending already by somebody else's hand", () => {
  test.each(samePending)(
    "$change.name keeps what is not ours of it, and what is pending elsewhere",
    async (cell) => {
      const { change } = cell;
      const { config } = await filesOf(cell);
      const alone = change.text(config[change.key]);
      const { requests, left } = change.afterPending ?? { requests: [alone], left: undefined };
      await resource.update(before(cell), inputs(cell, change.to), false, silent);
      expect(await writesOf(cell)).toEqual(requests.map((text) => put(cell, text)));
      const isLive = change.effect === "live" && left === undefined;
      const waits = left ?? (isLive ? undefined : alone);
      expect(await filesOf(cell)).toEqual({
        config: isLive ? { ...config, [change.key]: alone } : config,
        pending: { machine: "q35", ...(waits !== undefined && { [change.key]: withId(cell.vmid, waits) }) },
        pendingDelete: [],
      });
      await nothingLeft(cell);
    },
  );
});

describe("when the same key waits to be removed by somebody else's hand", () => {
  test.each(sameDeleted)(
    "$change.name stays, and what else waits to be removed goes on waiting",
    async (cell) => {
      const { change } = cell;
      const config = configOf(cell);
      await resource.update(before(cell), inputs(cell, change.to), false, silent);
      const [write, ...more] = await writesOf(cell);
      expect(more).toEqual([]);
      const text = write?.body?.[change.key] ?? "";
      expect(write).toEqual(put(cell, text));
      const file = await filesOf(cell);
      expect({ ...file.config, ...file.pending }[change.key]).toBe(text);
      expect(file).toEqual({
        config: { ...config, ...(change.effect === "live" && { [change.key]: text }) },
        pending: change.effect === "live" ? {} : { [change.key]: text },
        pendingDelete: ["tablet"],
      });
      await nothingLeft(cell);
    },
  );
});

test.each(locked)(
  "$change.name of a locked VM is one error that names the lock, and nothing is changed",
  async (cell) => {
    const file = await filesOf(cell);
    const update = resource.update(before(cell), inputs(cell, cell.change.to), false, silent);
    await expect(update).rejects.toThrow(/^VM \d+: .*VM is locked \(backup\)/);
    expect(await filesOf(cell)).toEqual(file);
    await control.forget();
  },
);

test("a cap on a drive whose text Proxmox cannot read is refused with the line to look for, and nothing is changed", async () => {
  const file = await filesOf(unreadable);
  const update = resource.update(before(unreadable), inputs(unreadable, unreadable.change.to), false, silent);
  await expect(update).rejects.toThrow(
    /^VM \d+: nothing was written, because\n {2}drives\.scsi0: the slot is empty, and something speaks for a drive that was there \(got the boot order names it\); .*a line that Proxmox cannot read is in no answer/s,
  );
  expect(await filesOf(unreadable)).toEqual(file);
  await control.forget();
});
