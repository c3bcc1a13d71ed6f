import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fleet } from "./fleet-run.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "fleet-alerts-"));
  declare("devvm: { vmid: 102, scrapeJob: devvm }", "pbs: { vmid: 105 }");
});
afterEach(() => rmSync(cwd, { recursive: true }));

function declare(...vms: string[]): void {
  const text = `config:\n  proxmox-fleet:fleet:\n    vms:\n${vms.map((vm) => `      ${vm}\n`).join("")}`;
  writeFileSync(join(cwd, "Pulumi.prod.yaml"), text);
}

const run = (...argv: string[]) => fleet(["alerts", ...argv], { cwd });
const written = (name: string) => readFileSync(join(cwd, "out", name), "utf8");

describe("fleet alerts", () => {
  test("prints every file, with one alert for each VM that is scraped, and needs no connection", async () => {
    const { code, stdout } = await run();
    expect(code).toBe(0);
    expect(stdout.match(/^# ==== .* ====$/gm)).toEqual([
      "# ==== proxmox-fleet.rules.yml ====",
      "# ==== proxmox-fleet-pve-exporter.rules.yml ====",
      "# ==== alertmanager.yml ====",
      "# ==== proxmox-fleet.tmpl ====",
    ]);
    expect(stdout.match(/alert: \w+Down$/gm)).toEqual(["alert: DevvmDown"]);
    expect(stdout).toContain(
      '      - alert: DevvmDown\n        expr: up{job="devvm"} == 0\n        for: 3m\n',
    );
  });

  test("writes the files, and the second time nothing", async () => {
    expect((await run("--out", "out")).stdout).toBe(
      "wrote out/proxmox-fleet.rules.yml\nwrote out/proxmox-fleet-pve-exporter.rules.yml\nwrote out/alertmanager.yml\nwrote out/proxmox-fleet.tmpl\n",
    );
    expect((await run("--out", "out")).stdout.match(/^\w+/gm)).toEqual(
      Array.from({ length: 4 }, () => "unchanged"),
    );
    expect(readdirSync(join(cwd, "out"))).toHaveLength(4);
  });

  test("overwrites a file that differs only with --yes, and shows what differs before", async () => {
    await run("--out", "out");
    declare("devvm: { vmid: 102, scrapeJob: node }");
    writeFileSync(join(cwd, "out/alertmanager.yml"), "mine\n");
    const refused = await run("--out", "out");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      '-        expr: up{job="devvm"} == 0\n+        expr: up{job="node"} == 0\n',
    );
    expect(refused.stderr).toContain(
      "out/proxmox-fleet.rules.yml, out/alertmanager.yml: would be overwritten (got files that differ)",
    );
    expect(written("alertmanager.yml")).toBe("mine\n");
    expect(written("proxmox-fleet.rules.yml")).toContain('up{job="devvm"}');

    const agreed = await run("--out", "out", "--yes");
    expect(agreed.stdout.match(/^\w+/gm)).toEqual(["overwrote", "unchanged", "overwrote", "unchanged"]);
    expect(written("proxmox-fleet.rules.yml")).toContain('up{job="node"}');
  });

  test("takes a yes on the terminal for --yes, and a no for none", async () => {
    await run("--out", "out");
    writeFileSync(join(cwd, "out/alertmanager.yml"), "mine\n");
    const asked: string[] = [];
    const ask = (answer: boolean) => async (question: string) => {
      asked.push(question);
      return answer;
    };
    expect((await fleet(["alerts", "--out", "out"], { cwd, ask: ask(false) })).code).toBe(1);
    expect((await fleet(["alerts", "--out", "out"], { cwd, ask: ask(true) })).code).toBe(0);
    expect(asked).toEqual(["Overwrite out/alertmanager.yml?", "Overwrite out/alertmanager.yml?"]);
  });

  test("names the file of the Slack webhook, and never an address", async () => {
    const { stdout } = await run("--slack", "/run/secrets/slack");
    expect(stdout).toContain("api_url_file: /run/secrets/slack");
    expect(stdout).not.toContain("hooks.slack.com");
  });

  test("refuses two VMs that would make one alert", async () => {
    declare("k8s-node1: { vmid: 201, scrapeJob: node }", "k8s.node1: { vmid: 202, scrapeJob: node }");
    const { code, stderr } = await run("--out", "out");
    expect(code).toBe(1);
    expect(stderr).toContain("makes the alert of k8s-node1 as well (got K8sNode1Down)");
    expect(readdirSync(cwd)).toEqual(["Pulumi.prod.yaml"]);
  });

  test("refuses a job that Prometheus's query language would not take as it is", async () => {
    declare('devvm: { vmid: 102, scrapeJob: "a\\"} or vector(1) #" }');
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toContain("vms.devvm.scrapeJob: is no name of a job");
  });

  test("leaves nothing half written where it cannot write", async () => {
    mkdirSync(join(cwd, "out/alertmanager.yml"), { recursive: true });
    const { code, stderr } = await run("--out", "out");
    expect(code).toBe(1);
    expect(stderr).toContain("EISDIR");
    expect(readdirSync(join(cwd, "out"))).toEqual(["alertmanager.yml"]);
  });
});
