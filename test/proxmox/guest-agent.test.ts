import { expect, test } from "vitest";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { GuestAgent } from "../../proxmox/api/guest-agent.ts";
import { type Patience, usualPatience } from "../../proxmox/api/patience.ts";
import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";

const agentPath = "/nodes/pve/qemu/102/agent";

/** An agent whose answers are given in order; an error among them is thrown. */
function answering(...answers: readonly unknown[]) {
  const left = [...answers];
  const asked: unknown[] = [];
  const bounds: Patience[] = [];
  const pauses: number[] = [];
  const answer = async (path: string, said: unknown, bound: Patience) => {
    asked.push([path.slice(agentPath.length + 1), said]);
    bounds.push(bound);
    const next = left.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const patience = { ...usualPatience, sleep: async (pause: number) => void pauses.push(pause) };
  const client = { patience, get: answer, post: answer } as unknown as ProxmoxClient;
  return { agent: new GuestAgent(client, "pve", 102), asked, bounds, pauses };
}

test("each question has its own bound, shorter than usual, and is asked once", async () => {
  const { agent, bounds } = answering(null, { result: { id: "debian" } }, { content: "x" });
  await agent.ping();
  await agent.osInfo();
  await agent.readFile("/etc/fstab");
  expect(bounds.map(({ request, repeats }) => [request, repeats])).toEqual([
    [15_000, 0],
    [15_000, 0],
    [15_000, 0],
  ]);
});

test("a file's bytes, which Proxmox answers one by one, become text again", async () => {
  expect(await answering({ content: "cafÃ©" }).agent.readFile("/x")).toBe("café");
});

const notThere = new ProxmoxError("failed to open file '/x' (mode: 'r'): No such file or directory", 500);

test("a file that is not there is no error, and everything else is", async () => {
  expect(await answering(notThere).agent.readFile("/x")).toBeUndefined();
  expect(await answering(notThere).agent.hasFile("/x")).toBe(false);
  const denied = new ProxmoxError("Permission denied", 500);
  await expect(answering(denied).agent.readFile("/x")).rejects.toBe(denied);
  await expect(answering(denied).agent.hasFile("/x")).rejects.toBe(denied);
});

test("a Proxmox that reads only whole files is asked with a program whether there is one", async () => {
  const unknownParameter = new ProxmoxError("Parameter verification failed.", 400);
  const { agent, asked } = answering(unknownParameter, { pid: 7 }, { exited: 1, exitcode: 0 });
  expect(await agent.hasFile("/x")).toBe(true);
  expect(asked).toEqual([
    ["file-read", { file: "/x", count: "1" }],
    ["exec", { command: ["test", "-e", "/x"] }],
    ["exec-status", { pid: "7" }],
  ]);
});

test("a program is waited for until it ends", async () => {
  const done = { exited: 1, exitcode: 2, "out-data": "said" };
  const { agent, pauses } = answering({ pid: 7 }, { exited: 0 }, { exited: 0 }, done);
  expect(await agent.execute(["ls"])).toEqual({ exitCode: 2, output: "said" });
  expect(pauses).toEqual([500, 500]);
});

test("a program that does not end is given up after 20 s", async () => {
  const { agent, pauses } = answering({ pid: 7 }, ...Array.from({ length: 100 }, () => ({ exited: 0 })));
  await expect(agent.execute(["ls", "/"])).rejects.toThrow("ls: it does not end in the guest");
  expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBe(20_000);
});

test("an answer of another shape is told as such", async () => {
  await expect(answering({ result: null }).agent.hostName()).rejects.toThrow(
    /GET \/nodes\/pve\/qemu\/102\/agent\/get-host-name: the answer is not what Proxmox documents/,
  );
});
