import { afterEach, beforeEach, expect, test } from "vitest";
import { Control } from "../../demo/control.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { VmConfigResource } from "../../provider/vm-config.ts";
import { inputsFrom, type VmConfigInputs } from "../../provider/vm-config-inputs.ts";
import { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { connectionOf } from "../connection-of.ts";

const vmid = 100;
const config = {
  agent: "1,fstrim_cloned_disks=1",
  balloon: "1024",
  boot: "order=scsi0",
  ciuser: "old",
  cores: "4",
  cpu: "host,flags=+aes",
  cpulimit: "2",
  ipconfig0: "gw=192.0.2.1,ip=192.0.2.7/24",
  memory: "4096",
  nameserver: "192.0.2.53",
  net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,mtu=1400,queues=4,rate=5,tag=20,trunks=20;30",
  ostype: "l26",
  scsi0:
    "local-lvm:vm-100-disk-0,bps_wr_max_length=5,discard=on,mbps_rd=60,mbps_wr=60,mbps_wr_max=90,size=32G,ssd=1",
  scsihw: "virtio-scsi-single",
  startup: "down=60,order=2",
};
const absent = [
  "options.agent.fstrim_cloned_disks",
  "options.balloon",
  "options.boot.order",
  "options.ciuser",
  "options.cpu.cputype",
  "options.cpulimit",
  "options.ipconfig0.ip",
  "options.nameserver",
  "options.startup.order",
  "options.startup.down",
  "nics.net0.firewall",
  "nics.net0.mtu",
  "nics.net0.queues",
  "nics.net0.rate",
  "nics.net0.tag",
  "nics.net0.trunks",
  "drives.scsi0.discard",
  "drives.scsi0.mbps_wr",
];

let emulator: Emulator;
let control: Control;
let client: ProxmoxClient;
let resource: VmConfigResource;
const said: string[] = [];
const say = (_severity: string, message: string) => said.push(message);

beforeEach(async () => {
  said.length = 0;
  emulator = await startEmulator({
    seed: {
      nodes: [{ name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0"] }],
      storages: [{ name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 1000 }],
      vms: [{ vmid, running: true, config }],
    },
  });
  control = new Control(emulator.controlUrl);
  client = new ProxmoxClient(connectionOf(emulator));
  resource = new VmConfigResource(new VmApi(client));
});
afterEach(async () => {
  expect(await control.unknown()).toEqual([]);
  client.close();
  await emulator.close();
});

const inputs = (parts: object): VmConfigInputs => inputsFrom({ vmid, node: "pve", ...parts });
const writes = async () => {
  const sent = await control.writes();
  await control.forget();
  return sent.map(({ body = {} }) => body);
};
const digest = expect.any(String) as string;

test("what must be absent is removed in one request, with what depends on it, and nothing is sent again", async () => {
  const declared = inputs({ options: { cores: 4 }, absent });
  const preview = await resource.create(declared, true, say);
  expect(await writes()).toEqual([]);
  expect(said).toContainEqual(expect.stringContaining("nics.net0.tag: 20 => (absent)  [live]"));
  const outputs = await resource.create(declared, false, say);
  const live = {
    agent: "1",
    net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0",
    scsi0: "local-lvm:vm-100-disk-0,discard=on,mbps_rd=60,size=32G,ssd=1",
  };
  expect(await writes()).toEqual([
    {
      agent: live.agent,
      delete: "balloon,ciuser,cpulimit,ipconfig0,nameserver,startup",
      net0: live.net0,
      scsi0: live.scsi0,
      digest,
    },
    { cpu: "kvm64,flags=+aes", delete: "boot", scsi0: live.scsi0.replace("discard=on,", ""), digest },
  ]);
  const vm = await control.vm(vmid);
  expect(vm.config).toMatchObject({ agent: "1", net0: live.net0, scsi0: live.scsi0, boot: "order=scsi0" });
  for (const key of ["balloon", "ciuser", "cpulimit", "ipconfig0", "nameserver", "startup"]) {
    expect(vm.config).not.toHaveProperty(key);
  }
  expect(vm.pendingDelete).toEqual(["boot"]);
  expect(outputs.waiting.map(({ path, to }) => [path, to])).toEqual([
    ["options.boot.order", undefined],
    ["options.cpu.cputype", undefined],
    ["drives.scsi0.discard", undefined],
    ["options.ciuser", undefined],
    ["options.ipconfig0.ip", undefined],
    ["options.ipconfig0.gw", undefined],
    ["options.nameserver", undefined],
  ]);
  expect(preview.waiting).toEqual(outputs.waiting);
  said.length = 0;
  await resource.update(outputs, declared, false, say);
  expect(await writes()).toEqual([]);
  expect(said[0]).toBe("already as declared: nothing was written");
  expect((await resource.read(declared, outputs, say))?.inputs).toEqual(declared);
});

test("what somebody sets again is found by a read, and removed by the next write", async () => {
  const declared = inputs({ absent: ["nics.net0.tag", "options.cpulimit", "options.startup.order"] });
  const outputs = await resource.create(declared, false, say);
  await writes();
  await client.put(`/nodes/pve/qemu/${vmid}/config`, {
    net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=30",
    cpulimit: "3",
  });
  await writes();
  const found = await resource.read(declared, outputs, say);
  expect(found?.inputs).toEqual({
    ...declared,
    options: { cpulimit: "3" },
    nics: { net0: { tag: "30" } },
    absent: ["options.startup.order"],
  });
  await resource.update(found?.outputs ?? outputs, declared, false, say);
  expect(await writes()).toEqual([
    { net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0", delete: "cpulimit", digest },
  ]);
});

test("what only waits to be set is taken back, and what waits beside it stays", async () => {
  await client.put(`/nodes/pve/qemu/${vmid}/config`, { vga: "qxl", machine: "q35" });
  await writes();
  await resource.create(inputs({ absent: ["options.vga"] }), false, say);
  expect(await writes()).toEqual([{ delete: "vga", digest }]);
  const vm = await control.vm(vmid);
  expect([vm.pending, vm.pendingDelete]).toEqual([{ machine: "q35" }, []]);
});

test("a burst is lifted with its length, and its limit with both", async () => {
  const lifted = inputs({ drives: { scsi0: { mbps_wr_max: 0 } } });
  const outputs = await resource.create(lifted, false, say);
  const burst = config.scsi0.replace("bps_wr_max_length=5,", "").replace("mbps_wr_max=90", "mbps_wr_max=0");
  expect(await writes()).toEqual([{ scsi0: burst, digest }]);
  const none = inputs({ options: { onboot: true }, drives: { scsi0: { mbps_wr: 0 } } });
  await resource.update(outputs, none, false, say);
  const unlimited = burst.replace("mbps_wr=60,mbps_wr_max=0", "mbps_wr=0,mbps_wr_max=0");
  expect(await writes()).toEqual([{ onboot: "1", scsi0: unlimited, digest }]);
  const { running } = await control.vm(vmid);
  const { drives } = running as { drives: { scsi0: { throttle: object } } };
  expect(drives.scsi0.throttle).toEqual({ mbps_rd: 60 });
});

test("an address that becomes dhcp takes the gateway with it", async () => {
  await resource.create(inputs({ options: { ipconfig0: { ip: "dhcp" } } }), false, say);
  expect(await writes()).toEqual([{ ipconfig0: "ip=dhcp", digest }]);
  expect(said).toContainEqual(
    expect.stringContaining(
      "options.ipconfig0.gw: 192.0.2.1 => (absent)  [in the config at once, in QEMU only after a stop and start]",
    ),
  );
});
