import { expect, test } from "vitest";
import { documentedRole, without } from "../../provider/roles-of-docs.ts";
import { incident, seedWith, type WaitingEstate, waitingEstate } from "./waiting-estate.ts";

async function refusal(estate: WaitingEstate, argv: readonly string[], token?: string): Promise<string> {
  const { code, stdout, stderr } = await estate.run(["restart", ...argv, "--yes"], {
    env: estate.env(token),
  });
  expect([code, stdout]).toEqual([1, ""]);
  expect(await estate.control.writes()).toEqual([]);
  return stderr;
}

test("a template is no VM that can be restarted", async () => {
  expect(await refusal(await waitingEstate(), ["1000"])).toBe(
    "ubuntu-2404-cloudinit (1000): a template (got template: 1); allowed is a VM that can run; name another\n",
  );
});

test("a stopped VM needs no restart but a start, which applies what waits", async () => {
  expect(await refusal(await waitingEstate(), ["k8s-node6"])).toBe(
    "k8s-node6 (206): it does not run (got stopped); allowed is a running VM; start it, which applies what waits: qm start 206 on node pve\n",
  );
});

test.each(["backup", "migrate"])("a VM that is locked (%s) is left to what is under way", async (lock) => {
  const estate = await waitingEstate();
  await estate.control.act(102, "edit", { lock });
  expect(await refusal(estate, ["devvm"])).toBe(
    `devvm (102): something is under way with it (got VM is locked (${lock})); allowed is a VM without a lock; wait until that has ended, or if it died, run qm unlock 102 on node pve, then run again\n`,
  );
});

test("a VM of the HA manager is refused, with the way out", async () => {
  const estate = await waitingEstate(seedWith(102, { haManaged: true }));
  expect(await refusal(estate, ["devvm"])).toBe(
    "devvm (102): the HA manager decides when it runs, and would interfere (got ha.managed: 1); allowed is a VM that it does not manage now; run ha-manager set vm:102 --state ignored, then this again, then ha-manager set vm:102 --state started\n",
  );
});

test("a VM that nobody knows is named with what was looked for", async () => {
  expect(await refusal(await waitingEstate(), ["4711"])).toMatch(/^4711: no such VM \(got vmid 4711\);/);
});

test("one VM at a time", async () => {
  expect(await refusal(await waitingEstate(), ["devvm", "pbs"])).toMatch(
    /^fleet restart: no such argument \(got "pbs"\);/,
  );
});

test.each(["0", "abc", "3601", "1.5", "030"])("a time-out of %s is refused", async (seconds) => {
  expect(await refusal(await waitingEstate(), ["devvm", "--timeout", seconds])).toBe(
    `fleet restart: --timeout is out of bounds (got "${seconds}"); allowed is a whole number of seconds from 1 to 3600; correct it\n`,
  );
});

const power =
  "devvm (102): the token may not stop and start it (got no VM.PowerMgmt on /vms/102); allowed is a token that has VM.PowerMgmt on /vms/102; give the token and its user a role with it (pveum acl modify), then run again\n";

test.each([
  [
    "VM.Audit",
    "devvm: no such VM (got vmid 102); allowed is a key of the fleet file, a vmid, or a name in Proxmox, of a VM that the token may see (VM.Audit); correct it\n",
  ],
  ["VM.PowerMgmt", power],
  ["VM.GuestAgent.Audit", "(the pre-flight could not run)"],
  ["VM.GuestAgent.FileRead", "(the pre-flight could not run)"],
])("without %s nothing is asked of the VM, and the privilege is named", async (privilege, message) => {
  const acl = without({ "/vms/102": documentedRole("FleetOperator") }, privilege);
  const estate = await waitingEstate({ ...incident, tokens: [{ id: "fleet@pve!less", secret: "s", acl }] });
  const { code, stdout, stderr } = await estate.run(["restart", "devvm", "--yes"], {
    env: estate.env("fleet@pve!less=s"),
  });
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(`${stdout}${stderr}`).toContain(privilege);
  expect(await estate.writes()).toEqual([]);
});

test("the documented role of operators restarts, and changes the controller after the pre-flight", async () => {
  const acl = { "/vms/102": documentedRole("FleetOperator") };
  const estate = await waitingEstate({
    ...incident,
    tokens: [{ id: "fleet@pve!operate", secret: "s", acl }],
  });
  const { code, stderr } = await estate.run(["restart", "devvm", "--yes"], {
    env: estate.env("fleet@pve!operate=s"),
  });
  expect(code, stderr).toBe(0);
  expect((await estate.control.requests()).filter(({ status }) => status !== 200)).toEqual([]);
});

test("without a folder to save the config in, nothing is stopped", async () => {
  const estate = await waitingEstate();
  const { code, stderr } = await estate.run(["restart", "devvm", "--yes", "--backups", "Pulumi.prod.yaml/x"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^Pulumi\.prod\.yaml\/x\/102-.*\.json: the config cannot be saved \(got ENOTDIR.*; nothing was stopped\n$/,
  );
  expect(await estate.writes()).toEqual([]);
});

test("what changes between the plan and the yes is not restarted into", async () => {
  const estate = await waitingEstate();
  const ask = async () => {
    await estate.control.act(102, "edit", { scsihw: "virtio-scsi-pci" });
    return true;
  };
  const { code, stderr } = await estate.run(["restart", "devvm"], { ask });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^devvm \(102\): what waits changed since it was shown \(got .*options\.scsihw: virtio-scsi-pci => virtio-scsi-single\)/,
  );
  expect(await estate.writes()).toEqual([]);
});
