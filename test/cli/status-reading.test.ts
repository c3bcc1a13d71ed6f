import { afterEach, expect, test } from "vitest";
import { stackOf } from "../e2e/fleet-file.ts";
import { readOnly } from "./fleet-run.ts";
import { declaredEstate, incidentSeed } from "./incident.ts";
import { folderWithStack } from "./stacks.ts";
import { StatusRig } from "./status-rig.ts";

let rig: StatusRig;
afterEach(() => rig.close());

test("a VM whose node does not answer is unread, the rest is told, and it fails", async () => {
  rig = await StatusRig.start(incidentSeed(declaredEstate));
  const path = "/nodes/pve/qemu/103/**";
  await rig.control.fault({ method: "GET", path, action: "fail", status: 595, message: "no route" });
  const { code, report } = await rig.status();
  expect(code).toBe(1);
  expect(report.unread).toEqual([
    { vmid: 103, name: "home-assistant", reason: expect.stringContaining("Proxmox answers 595") },
  ]);
  expect(report.vms.find(({ vmid }) => vmid === 103)?.status).toBe("unread");
  expect(report.summary).toMatchObject({ vms: 13, inSync: 12, unread: 1, findings: 0 });
});

test("a VM that is migrated meanwhile is found where it is", async () => {
  const seed = incidentSeed(declaredEstate);
  rig = await StatusRig.start({
    ...seed,
    nodes: [...seed.nodes, { name: "pve2", cores: 8, memoryGiB: 64, bridges: ["vmbr0", "vmbr1"] }],
  });
  await rig.control.hold("GET", "/nodes/pve/qemu/105/pending");
  const reading = rig.status(["pbs"]);
  await rig.control.whenHeld();
  await rig.post("/nodes/pve/qemu/105/migrate", { target: "pve2", "with-local-disks": "1" });
  await rig.control.endHolds();
  const { code, report } = await reading;
  expect([code, report.vms]).toMatchObject([0, [{ node: "pve2", declaredNode: "pve", status: "stopped" }]]);
});

test("a VM that was started since the cluster told of it is no zombie", async () => {
  rig = await StatusRig.start(incidentSeed());
  await rig.control.hold("GET", "/nodes/pve/qemu/206/pending");
  const reading = rig.status(["k8s-node6"]);
  await rig.control.whenHeld();
  await rig.post("/nodes/pve/qemu/206/status/start");
  await rig.control.endHolds();
  const { report } = await reading;
  expect(report.vms).toMatchObject([{ status: "running", kinds: { drifted: 1 } }]);
});

test("VM.Audit on the VMs is all that it needs", async () => {
  const auditor = { id: "ci@pve!check", secret: "5ec3e7", acl: { "/vms": ["VM.Audit"] } };
  rig = await StatusRig.start({ ...incidentSeed(declaredEstate), tokens: [auditor] });
  const env = { ...readOnly(rig.emulator), PROXMOX_VE_API_TOKEN: `${auditor.id}=${auditor.secret}` };
  expect((await rig.status([], { env })).code).toBe(0);
});

test("a declared VM that the token does not see is unread, not missing, and it fails", async () => {
  const some = { id: "some@pve!audit", secret: "50e3", acl: { "/vms/202": ["VM.Audit"] } };
  rig = await StatusRig.start({ ...incidentSeed(declaredEstate), tokens: [some] });
  const env = { ...readOnly(rig.emulator), PROXMOX_VE_API_TOKEN: `${some.id}=${some.secret}` };
  const { code, report } = await rig.status(["k8s-node2", "k8s-node3"], { env });
  expect(code).toBe(1);
  expect(report.vms.map(({ vmid, status }) => [vmid, status])).toEqual([
    [202, "running"],
    [203, "unread"],
  ]);
  expect(report.unread).toEqual([
    {
      vmid: 203,
      reason: expect.stringContaining("allowed is a VM that the token may see (VM.Audit on /vms/203)"),
    },
  ]);
  expect(report.findings).toEqual([]);
});

test("a token that sees no VM has not found an empty cluster", async () => {
  const blind = { id: "blind@pve!audit", secret: "0badc0de", acl: { "/": ["Sys.Audit"] } };
  rig = await StatusRig.start({ ...incidentSeed(), tokens: [blind] });
  const env = { ...readOnly(rig.emulator), PROXMOX_VE_API_TOKEN: `${blind.id}=${blind.secret}` };
  const { code, stdout, stderr } = await rig.status([], { env });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/the token sees no VM \(got none\); allowed is a token whose user has VM\.Audit/);
});

test("a certificate that is not trusted is told with both ways to trust it", async () => {
  rig = await StatusRig.start(incidentSeed());
  const { PROXMOX_VE_CA_FILE: _, ...env } = readOnly(rig.emulator);
  const { code, stdout, stderr } = await rig.status([], { env });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/the certificate is not trusted .+PROXMOX_VE_CA_FILE.+PROXMOX_VE_FINGERPRINT\n$/);
});

test("an endpoint that is not Proxmox, or that does not answer, is one line", async () => {
  rig = await StatusRig.start(incidentSeed());
  await rig.control.fault({
    path: "/cluster/resources",
    action: "fail",
    status: 404,
    message: "<html>",
    times: 1,
  });
  const other = await rig.status();
  expect([other.code, other.stdout]).toEqual([1, ""]);
  expect(other.stderr).toMatch(/^GET \/cluster\/resources: Proxmox answers 404: .+\n$/);
  await rig.control.fault({ path: "/**", action: "drop-before" });
  const silent = await rig.status();
  expect([silent.code, silent.stdout]).toEqual([1, ""]);
  expect(silent.stderr).toMatch(/^Proxmox at https:.+: no answer to GET \/cluster\/resources .+\n$/);
});

test("a VM that is destroyed while it is read is missing when declared, and else no VM any more", async () => {
  rig = await StatusRig.start(incidentSeed());
  const cwd = folderWithStack(stackOf({ pbs: { vmid: 105 }, firewall: { vmid: 101 } }));
  await rig.control.hold("GET", "/nodes/pve/qemu/*/pending");
  const reading = rig.status(["105", "k8s-node6", "101"], { cwd });
  await rig.control.whenHeld();
  await rig.destroy(105);
  await rig.destroy(206);
  await rig.control.endHolds();
  const { code, report } = await reading;
  expect([code, report.vms]).toMatchObject([
    2,
    [
      { vmid: 101, status: "running", kinds: {} },
      { vmid: 105, status: "absent", kinds: { missing: 1 } },
    ],
  ]);
});

test("an entry whose vmid is a container's is missing, and told whose id it has; a container is no VM to name", async () => {
  const seed = incidentSeed(declaredEstate);
  const vms = seed.vms.filter(({ vmid }) => vmid !== 220);
  rig = await StatusRig.start({ ...seed, vms, containers: [{ vmid: 220, config: { hostname: "dns" } }] });
  const { code, report } = await rig.status(["docker-registry"]);
  expect(code).toBe(2);
  expect(report.findings.map(({ kind, message }) => [kind, message])).toEqual([
    [
      "missing",
      "docker-registry is declared, and its vmid is a container's (got container 220 'dns' on node pve); allowed is a vmid that no container has; correct vmid",
    ],
  ]);
  const named = await rig.table(["dns"]);
  expect([named.code, named.stderr]).toEqual([
    1,
    expect.stringContaining("dns: is a container (got container 220 'dns' on node pve); allowed is a VM"),
  ]);
});
