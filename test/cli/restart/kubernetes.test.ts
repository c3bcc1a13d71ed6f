import { expect, test } from "vitest";
import { waitingEstate } from "./waiting-estate.ts";

const node2 = ["restart", "k8s-node2", "--force"];
const drain = "kubectl drain k8s-node2 --ignore-daemonsets --delete-emptydir-data";

test("a node with another owner's disks must be drained first, and the command is said", async () => {
  const estate = await waitingEstate();
  const { code, stdout, stderr } = await estate.run([...node2, "--yes"]);
  expect(code).toBe(1);
  expect(stdout).toContain(
    `  a Kubernetes node, or a VM with another owner's disks; before:\n    ${drain}\n`,
  );
  expect(stderr).toBe(
    `k8s-node2 (202): it must be drained first (got no --drained); allowed is a drained node; run ${drain}, then this again with --drained; nothing was done\n`,
  );
  expect(await estate.writes()).toEqual([]);
});

test("once it is drained it is restarted, its foreign disks untouched, and how to take it back is said", async () => {
  const estate = await waitingEstate();
  const before = await estate.control.vm(202);
  const { code, stdout } = await estate.run([...node2, "--yes", "--drained"]);
  expect(code).toBe(0);
  expect(stdout).toContain(
    "  warning of Proxmox at the start, 12 times: iothread is only valid with virtio disk or virtio-scsi-single controller, ignoring\n",
  );
  expect(stdout).toMatch(/once the node is ready: kubectl uncordon k8s-node2\n$/);
  expect((await estate.control.vm(202)).config).toEqual(before.config);
});

test("on a terminal both are asked, and a no to the first does nothing", async () => {
  const estate = await waitingEstate();
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return false;
  };
  const { code, stderr } = await estate.run(node2, { ask });
  expect([code, stderr, asked]).toEqual([
    1,
    "k8s-node2 (202): not drained; nothing was done\n",
    ["k8s-node2 (202): is it drained?"],
  ]);
});
