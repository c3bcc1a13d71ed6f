import { resolve } from "node:path";
import { type Exemption, type UnusedExemption, unusedExemptions, withExemption } from "./exemption.ts";
import { readExemptions } from "./exemptions-file.ts";
import { judgeFleetRule, judgeVm, type Verdict } from "./judge.ts";
import type { JudgedVm } from "./judged-vm.ts";
import type { Finding, FleetRule, Unjudged, VmRule } from "./rule.ts";
import { type Bounds, defaultSettings, type ExemptionSettings, type Settings } from "./settings.ts";

/** What the pack is given from outside. */
export interface PackEnvironment {
  /** UTC, `2026-06-11`. */
  readonly today: string;
  /** Judge without any exemption. */
  readonly noExemptions: boolean;
  /** Folder of the pack, where its own exemptions lie. */
  readonly folder: string;
  /** Names of the policies that the engine has configured. */
  readonly configuredNames: () => readonly string[];
}

/** What the pack has judged in one run of the engine. */
export class PackRun {
  readonly #environment: PackEnvironment;
  readonly #exempted = new Map<string, Finding[]>();
  readonly #unknown = new Map<string, Unjudged[]>();
  readonly #undeclared = new Map<string, Unjudged[]>();
  readonly #findings: Finding[] = [];
  #exemptions: readonly Exemption[] | undefined;

  constructor(environment: PackEnvironment) {
    this.#environment = environment;
  }

  /** @throws {Error} on a file that cannot be read */
  useExemptions({ use = true, file = "exemptions.yaml" }: ExemptionSettings): void {
    if (this.#exemptions !== undefined) return;
    const { folder, noExemptions } = this.#environment;
    // Read also where none shall hold: a file that cannot be read never passes.
    const exemptions = readExemptions(resolve(folder, file));
    this.#exemptions = noExemptions || !use ? [] : exemptions;
  }

  /** What is violated by one VM, without what is exempted. */
  judgeVm(rule: VmRule, vm: JudgedVm, bounds: Bounds, urn: string): readonly Finding[] {
    return this.#record(judgeVm(rule, vm, settingsWith(bounds)), urn);
  }

  /** What is violated by all VMs together. */
  judgeFleet(rule: FleetRule, vms: readonly JudgedVm[], bounds: Bounds): readonly Finding[] {
    return this.#record(judgeFleetRule(rule, vms, settingsWith(bounds)), "");
  }

  /** Exempted violations of one resource, once. */
  takeExempted(urn: string): readonly Finding[] {
    return take(this.#exempted, urn);
  }

  /** What this preview does not know yet of one resource, once. */
  takeUnknown(urn: string): readonly Unjudged[] {
    return take(this.#unknown, urn);
  }

  /** What is not declared anywhere, and so was not judged. */
  get undeclared(): readonly Unjudged[] {
    return [...this.#undeclared.values()].flat();
  }

  unused(vms: readonly JudgedVm[]): readonly UnusedExemption[] {
    return unusedExemptions(this.#exemptions ?? [], this.#findings, vms);
  }

  #record({ findings, unjudged }: Verdict, urn: string): readonly Finding[] {
    this.useExemptions({});
    const judged = findings.map((one) => withExemption(one, this.#exemptions ?? [], this.#environment.today));
    this.#findings.push(...judged);
    for (const one of judged) if (one.exempted) append(this.#exempted, urn, one);
    for (const one of unjudged)
      append(one.because === "unknown" ? this.#unknown : this.#undeclared, urn, one);
    return judged.filter(({ exempted }) => exempted === undefined);
  }
}

function settingsWith(bounds: Bounds): Settings {
  return { ...defaultSettings, bounds };
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function take<T>(map: Map<string, T[]>, key: string): readonly T[] {
  const taken = map.get(key) ?? [];
  map.delete(key);
  return taken;
}
