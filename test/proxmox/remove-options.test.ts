import { expect, test } from "vitest";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";

function recorded(): { api: VmApi; sent: unknown[] } {
  const sent: unknown[] = [];
  const put = async (path: string, body: unknown) => void sent.push([path, body]);
  return { api: new VmApi({ put } as unknown as ProxmoxClient), sent };
}

test.each([
  "scsi0",
  "virtio1",
  "ide2",
  "net0",
  "efidisk0",
  "tpmstate0",
  "unused0",
  "lock",
  "digest",
  "template",
])("%s can never be removed, and nothing is sent", async (key) => {
  const { api, sent } = recorded();
  const removal = api.removeOptions("pve", 102, ["scsihw", key], {}, "d1");
  await expect(removal).rejects.toThrow(`only options are removed here (got ${key})`);
  expect(sent).toEqual([]);
});

test("options are removed and texts set in one request with the digest", async () => {
  const { api, sent } = recorded();
  await api.removeOptions("pve", 102, ["scsihw", "cpulimit"], { scsi0: "a:b" }, "d1");
  expect(sent).toEqual([
    ["/nodes/pve/qemu/102/config", { scsi0: "a:b", delete: "scsihw,cpulimit", digest: "d1" }],
  ]);
});

test("without an option there is no delete in the request", async () => {
  const { api, sent } = recorded();
  await api.removeOptions("pve", 102, [], { scsi0: "a:b" }, "d1");
  expect(sent).toEqual([["/nodes/pve/qemu/102/config", { scsi0: "a:b", digest: "d1" }]]);
});
