import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { terraformProvider } from "../toolchain/terraform-provider.mjs";
import { checkout } from "../toolchain/versions.mjs";
import { fitsInConfiguration } from "./fleet.ts";
import { measure, type Sample } from "./measure.ts";
import { isCreateMeasured, isOfSubjects, type Operation, type Options, runsAt } from "./options.ts";
import type { Subject } from "./subject.ts";
import { PulumiSubject, pulumiKinds } from "./subjects/pulumi.ts";
import { TerraformSubject } from "./subjects/terraform.ts";

/** Programs of the official provider are measured up to so many VMs; above, one run takes many minutes. */
const mostOfficialVms = 100;

/** The samples of a run, and what was left out of it. */
export interface Measured {
  readonly samples: readonly Sample[];
  readonly notes: readonly string[];
}

type Open = () => Promise<Subject>;

/** Makes every subject's state once per size, then runs every operation in turn, so that a machine whose speed drifts disturbs all alike. */
export async function measureAll(options: Options, say: (text: string) => void): Promise<Measured> {
  const notes: string[] = [];
  const asked = options.operations.filter(
    (operation) => isOfSubjects(operation) && hasOperation(operation, notes),
  );
  if (asked.length === 0) return { samples: [], notes };
  const terraform = options.subjects.includes("terraform") ? await terraformOrNote(notes, say) : undefined;
  const tooMany = options.sizes.filter((vms) => !fitsInConfiguration(vms));
  if (tooMany.length > 0 && options.subjects.includes("adopted")) {
    notes.push(
      `With ${tooMany.join(", ")} VMs the fleet stands in the program: the engine hands the stack configuration over in one variable of the environment, which Linux limits to 128 KiB.`,
    );
  }
  const samples: Sample[] = [];
  for (const vms of options.sizes) {
    samples.push(...(await measureSize(vms, options, asked, terraform, say)));
  }
  return { samples, notes };
}

async function measureSize(
  vms: number,
  options: Options,
  asked: readonly Operation[],
  terraform: string | undefined,
  say: (text: string) => void,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  await using opened = new AsyncDisposableStack();
  const subjects: Subject[] = [];
  for (const open of subjectsOf(vms, options, terraform)) {
    const subject = opened.use(await open());
    subjects.push(subject);
    say(`${vms} VMs: ${subject.name}: create`);
    const sample = await measure(subject, "create", 0);
    if (asked.includes("create") && isCreateMeasured(vms) && subject.name !== "empty") samples.push(sample);
    await subject.keep();
  }
  for (let run = 1, runs = runsAt(vms, options.runs); run <= runs; run++) {
    for (const latencyMs of options.latencies) {
      for (const operation of asked) {
        for (const subject of subjects.filter((one) => one.operations.includes(operation))) {
          say(`${vms} VMs, ${latencyMs} ms, ${run} of ${runs}: ${subject.name}: ${operation}`);
          await subject.prepare(operation);
          samples.push(await measure(subject, operation, latencyMs));
        }
      }
    }
  }
  return samples;
}

function subjectsOf(vms: number, { subjects }: Options, terraform: string | undefined): Open[] {
  const onPulumi = pulumiKinds
    .filter(({ name }) => subjects.includes(name))
    .filter(({ name }) => name === "adopted" || vms <= mostOfficialVms)
    .map(
      (kind): Open =>
        () =>
          PulumiSubject.open(kind, vms),
    );
  return terraform === undefined ? onPulumi : [...onPulumi, () => TerraformSubject.open(vms, terraform)];
}

async function terraformOrNote(notes: string[], say: (text: string) => void): Promise<string | undefined> {
  if (spawnSync("terraform", ["version"]).status === 0) return await terraformProvider(say);
  notes.push("Terraform is left out: there is no `terraform` on the PATH.");
  return undefined;
}

function hasOperation(operation: Operation, notes: string[]): boolean {
  if (operation !== "status") return true;
  const help = spawnSync(join(checkout, "cli", "fleet"), ["--help"], { encoding: "utf8" });
  if (/^ +status /m.test(help.stdout)) return true;
  notes.push("`fleet status` is left out: this checkout has no such command.");
  return false;
}
