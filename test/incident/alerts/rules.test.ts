import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { alertFiles } from "../../../incident/alerts/alert-files.ts";
import { alertmanagerConfig } from "../../../incident/alerts/alertmanager.ts";
import { downAlert, downRules } from "../../../incident/alerts/down-rules.ts";
import { exporterRules } from "../../../incident/alerts/exporter-rules.ts";
import { pveExporterRules } from "../../../incident/alerts/pve-exporter-rules.ts";
import { amtool, promtool, unlessInstalled } from "../../prometheus-tools.ts";
import { cases, type Series } from "./promtool-cases.ts";

const devvm = { key: "devvm", vmid: 102, scrapeJob: "devvm" };
const rulesFiles = ["proxmox-fleet.rules.yml", "proxmox-fleet-pve-exporter.rules.yml"];
const noPromtool = unlessInstalled(promtool);
const noAmtool = unlessInstalled(amtool);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fleet-alerts-"));
  for (const { name, text } of alertFiles([devvm], "/etc/alertmanager/slack-webhook-url")) {
    writeFileSync(join(folder, name), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (tool: string, ...argv: string[]) => {
  const { status, stdout, stderr } = spawnSync(tool, argv, { cwd: folder, encoding: "utf8" });
  return { status, text: `${stdout}${stderr}` };
};

/** Runs promtool on series, and says whether it found what was expected. */
function promtoolTest(series: Series, test: object) {
  const file = { rule_files: rulesFiles, evaluation_interval: "1m", tests: [testOf(series, test)] };
  writeFileSync(join(folder, "test.yml"), stringify(file));
  return run(promtool, "test", "rules", "test.yml");
}

const testOf = (series: Series, test: object) => ({
  interval: "1m",
  input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
  ...test,
});

const firing = (alert: string, at: string, count: number) => ({
  promql_expr_test: [
    {
      expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
      eval_time: at,
      exp_samples: [{ labels: "{}", value: count }],
    },
  ],
});

describe.skipIf(noPromtool !== "")(`by promtool${noPromtool}`, () => {
  it("the rules are sound", () => {
    const { status, text } = run(promtool, "check", "rules", "--lint=all", "--lint-fatal", ...rulesFiles);
    expect({ status, text }).toMatchObject({
      status: 0,
      text: expect.stringContaining("SUCCESS: 8 rules found"),
    });
  });

  it.each(cases.map(({ alert, at, fires }) => [alert, at, fires] as const))(
    "%s fires, after %s",
    (alert, at, fires) => {
      expect(promtoolTest(fires, firing(alert, at, 1))).toMatchObject({ status: 0 });
    },
  );

  const silent = cases.flatMap(({ alert, at, silent: all }) =>
    all.map(([why, series, when = at]) => [alert, why, series, when] as const),
  );
  it.each(silent)("%s is silent: %s", (alert, _, series, at) => {
    expect(promtoolTest(series, firing(alert, at, 0))).toMatchObject({ status: 0 });
  });

  it("DevvmDown says what to do first, and to whom it belongs", () => {
    const test = {
      alert_rule_test: [
        {
          eval_time: "8m",
          alertname: "DevvmDown",
          exp_alerts: [
            {
              exp_labels: {
                severity: "critical",
                vm: "devvm",
                vmid: "102",
                job: "devvm",
                instance: "192.0.2.10:9100",
              },
              exp_annotations: downRules([devvm]).rules.map(
                (rule) => "annotations" in rule && rule.annotations,
              )[0],
            },
          ],
        },
      ],
    };
    expect(promtoolTest(cases[0]?.fires ?? {}, test)).toMatchObject({ status: 0 });
  });

  it("VmDiskStalled names the VM, the drive and the capture", () => {
    const first = "npx fleet autopsy 102";
    const test = {
      alert_rule_test: [
        {
          eval_time: "3m",
          alertname: "VmDiskStalled",
          exp_alerts: [
            {
              exp_labels: { severity: "critical", vm: "devvm", vmid: "102", slot: "scsi0" },
              exp_annotations: {
                summary: "devvm (VM 102) scsi0 completes nothing any more",
                first,
                next: "npx fleet kill 102 once the capture is complete; a kill before it destroys the evidence",
                description: `First: ${first}. It wrote steadily, then completed no read, write or flush for at least two minutes while QEMU answered, and other signals of the guest agree. The guest hangs without a word in any log.`,
                runbook: "docs/stalls.md",
              },
            },
          ],
        },
      ],
    };
    expect(promtoolTest(cases[1]?.fires ?? {}, test)).toMatchObject({ status: 0 });
  });
});

describe.skipIf(noAmtool !== "")(`by amtool${noAmtool}`, () => {
  it("the Alertmanager configuration is sound", () => {
    const { status, text } = run(amtool, "check-config", "alertmanager.yml");
    expect({ status, text }).toMatchObject({
      status: 0,
      text: expect.stringContaining("1 templates\n  SUCCESS"),
    });
  });

  it("the message says what to do next, the capture first", () => {
    const alert = {
      status: "firing",
      labels: { alertname: "VmDiskStalled", severity: "critical" },
      annotations: {
        summary: "devvm stands still",
        first: "npx fleet autopsy 102",
        next: "npx fleet kill 102",
        description: "Why.",
        runbook: "docs/stalls.md",
      },
      startsAt: "2026-06-11T15:23:00Z",
      endsAt: "2026-06-11T16:48:00Z",
    };
    const data = (status: string) => ({
      status,
      alerts: [{ ...alert, status }],
      commonLabels: alert.labels,
      commonAnnotations: alert.annotations,
    });
    const rendered = (status: string) => {
      writeFileSync(join(folder, "data.json"), JSON.stringify(data(status)));
      const text =
        '{{ template "fleet.color" . }}|{{ template "fleet.title" . }}|{{ template "fleet.text" . }}';
      return run(
        amtool,
        "template",
        "render",
        "--template.glob=proxmox-fleet.tmpl",
        `--template.text=${text}`,
        "--template.data=data.json",
      ).text;
    };
    expect(rendered("firing")).toBe(
      "danger|VmDiskStalled: devvm stands still|*devvm stands still*\n1. `npx fleet autopsy 102`\n2. npx fleet kill 102\nSince 2026-06-11 15:23:00 UTC. Why.\nRunbook: docs/stalls.md\n",
    );
    expect(rendered("resolved")).toBe(
      "good|Resolved: VmDiskStalled: devvm stands still|Over since 2026-06-11 16:48:00 UTC: devvm stands still\n",
    );
  });
});

it("messages about VMs of one number in two clusters are not gathered into one", () => {
  const { route } = alertmanagerConfig("/etc/alertmanager/slack-webhook-url");
  expect(route).toMatchObject({ group_by: expect.arrayContaining(["job", "instance", "vmid", "id"]) });
});

describe("the alert of a VM that is scraped", () => {
  it("is exactly what was asked for, for devvm", () => {
    expect(downRules([devvm]).rules).toMatchObject([
      { alert: "DevvmDown", expr: 'up{job="devvm"} == 0', for: "3m" },
    ]);
  });

  it.each([
    ["devvm", "DevvmDown"],
    ["k8s-node1", "K8sNode1Down"],
    ["Windows10", "Windows10Down"],
    ["home_assistant.old", "HomeAssistantOldDown"],
    ["9front", "Vm9frontDown"],
  ])("is named after its key: %s makes %s", (key, name) => {
    expect(downAlert(key)).toBe(name);
  });

  it("is refused when another VM has its name", () => {
    const vms = ["k8s-node1", "k8s.node1"].map((key, index) => ({
      key,
      vmid: 201 + index,
      scrapeJob: "node",
    }));
    expect(() => downRules(vms)).toThrow(
      "proxmox-fleet:fleet.vms.k8s.node1.scrapeJob: makes the alert of k8s-node1 as well (got K8sNode1Down)",
    );
  });
});

describe("every alert", () => {
  const alerts = [...downRules([devvm]).rules, ...exporterRules.rules, ...pveExporterRules.rules].filter(
    (rule) => "alert" in rule,
  );

  it("has a series that fires and one that does not", () => {
    const names = new Set(alerts.map(({ alert }) => alert));
    expect(new Set(cases.map(({ alert }) => alert))).toEqual(names);
    for (const name of names) {
      expect(cases.filter(({ alert }) => alert === name).flatMap(({ silent }) => silent)).not.toEqual([]);
    }
  });

  it("begins its description with the command that comes first", () => {
    for (const { annotations } of alerts) {
      expect(annotations.description.startsWith(`First: ${annotations.first}. `)).toBe(true);
    }
  });
});
