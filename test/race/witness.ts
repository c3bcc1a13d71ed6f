import type { RecordedRequest } from "../../demo/control.ts";
import type { Declaration } from "./declaration.ts";
import {
  capParts,
  declaredKeys,
  deletableKeys,
  isCold,
  isDeclared,
  isHeld,
  leavesOf,
  meaningOf,
  writesNeeded,
  wrongLater,
  wrongNow,
} from "./declaration.ts";
import type { Act } from "./script.ts";
import { later, partsOf, type View } from "./view.ts";

/** A promise that was not kept. */
export interface Finding {
  readonly kind: "foreign" | "cap" | "unowned" | "declared" | "write" | "error";
  readonly text: string;
}

/** What became of our writes of one VM. */
interface WriteCounts {
  readonly accepted: number;
  readonly refused: number;
  /** Those after which the VM was another. */
  readonly effective: number;
  /** Those that came after somebody else's. */
  readonly late: number;
}

type Texts = Readonly<Record<string, string>>;

/**
 * Remembers what every other hand left in a VM, now and for its next cold start, and tells what of that, and of
 * what we promised, is not so. It knows the emulator's views and the declaration, and nothing of our own code.
 */
export class Witness {
  /** Every foreign drive as its driver, or whoever came after, wrote it. */
  readonly foreign = new Map<string, string>();
  #declaration: Declaration = { options: {}, drives: {}, nics: {}, foreignSlots: [] };
  #now = new Map<string, string>();
  #later = new Map<string, string>();
  /** Drives whose limits were changed in the file, behind QEMU's back. */
  readonly #edited = new Set<string>();
  #allowedWrites = 0;
  #touchesDeclared = false;

  /** From here on this declaration holds; what is there and undeclared belongs to others. */
  begin(declaration: Declaration, view: View): void {
    this.#declaration = declaration;
    this.#now = this.#undeclared(view.config);
    this.#later = this.#undeclared(later(view));
  }

  /** We are about to write; what was done before is no interference. */
  beginWrites(view: View): void {
    this.#allowedWrites = writesNeeded(this.#declaration, view);
    this.#touchesDeclared = false;
  }

  /** Another hand acted; what it changed is from now on what it wants. */
  acted(before: View, after: View, act: Act): void {
    take(this.#now, this.#undeclared(before.config), this.#undeclared(after.config));
    const afterLater = this.#undeclared(later(after));
    take(this.#later, this.#undeclared(later(before)), afterLater);
    for (const [key, text] of Object.entries(after.pending)) {
      // Whoever makes a drive wait says all that waits in it, whatever waited before.
      if (text !== before.pending[key]) replaceKey(this.#later, key, afterLater);
    }
    if (act.act === "edit-parts") this.#edited.add(act.key);
    const keys = declaredKeys(this.#declaration);
    const isTouched = (one: View, other: View) =>
      [...keys].some((key) => one.config[key] !== other.config[key] || later(one)[key] !== later(other)[key]);
    if (isTouched(before, after)) {
      this.#touchesDeclared = true;
      this.#allowedWrites += writesNeeded(this.#declaration, after);
    }
  }

  /** Whether another hand touched a key that is declared since we began to write. */
  get touchesDeclared(): boolean {
    return this.#touchesDeclared;
  }

  /** What others left, and how it is. */
  others(view: View): Finding[] {
    const findings: Finding[] = [];
    for (const [slot, text] of this.foreign) {
      const found = view.config[slot];
      if (found !== text)
        findings.push({ kind: "foreign", text: `${slot} is ${found}; its driver wrote ${text}` });
      const plugged = view.running?.drives[slot]?.volume;
      if (view.running !== null && plugged !== text.split(",")[0]) {
        findings.push({ kind: "foreign", text: `${slot} has ${plugged} plugged; its driver wrote ${text}` });
      }
    }
    for (const [key, text] of Object.entries(view.config)) {
      if (text.includes(":vm-9999-") && !this.foreign.has(key)) {
        findings.push({ kind: "foreign", text: `${key} holds ${text}, which no driver put there` });
      }
    }
    const laterNow = this.#undeclared(later(view));
    findings.push(...this.#differences("now", this.#now, this.#undeclared(view.config), laterNow));
    findings.push(...this.#differences("later", this.#later, laterNow, laterNow));
    return findings;
  }

  /** What we declared, and how it is. */
  declared(view: View): Finding[] {
    const wrong = [...wrongNow(this.#declaration, view), ...wrongLater(this.#declaration, view)];
    const findings = wrong.map(({ key, part, wanted }): Finding => {
      const kind = capParts.includes(part) ? "cap" : "declared";
      return {
        kind,
        text: `${key} ${part} is not ${wanted ?? "absent"}: ${view.config[key]}, later ${later(view)[key]}`,
      };
    });
    const drives = view.running?.drives ?? {};
    for (const { key, part, wanted } of leavesOf(this.#declaration)) {
      if (!capParts.includes(part) || this.#edited.has(key) || !(key in drives)) continue;
      if (isHeld(this.#declaration, view, key)) continue;
      const throttle = drives[key]?.throttle[part] ?? 0;
      if (throttle !== Number(wanted ?? 0)) {
        findings.push({
          kind: "cap",
          text: `QEMU limits ${key} ${part} to ${throttle}, declared is ${wanted}`,
        });
      }
    }
    return findings;
  }

  /** What we sent, and what came of it. */
  writes(
    requests: readonly RecordedRequest[],
    { accepted, refused, effective, late }: WriteCounts,
  ): Finding[] {
    const findings: Finding[] = [];
    const say = (text: string) => findings.push({ kind: "write", text });
    const keys = declaredKeys(this.#declaration);
    for (const { path, body = {}, status } of requests) {
      const { digest, disk, size: _size, delete: removed = "", ...set } = body;
      if (digest === undefined) say(`PUT ${path} carried no digest`);
      const undeclared = path.endsWith("/resize")
        ? [disk ?? ""].filter((key) => !keys.has(key))
        : Object.keys(set).filter((key) => !keys.has(key));
      if (undeclared.length > 0) say(`PUT ${path} names what is not declared: ${undeclared.join(", ")}`);
      const deletable = deletableKeys(this.#declaration);
      const kept = removed.split(",").filter((key) => key !== "" && !deletable.has(key));
      if (kept.length > 0) say(`PUT ${path} deletes what is not declared to be absent: ${kept.join(", ")}`);
      if (status !== 200 && status !== 500) say(`PUT ${path} was answered ${status}`);
    }
    if (accepted > this.#allowedWrites) say(`${accepted} writes, ${this.#allowedWrites} would have done`);
    if (accepted > effective) say(`${accepted - effective} writes changed nothing`);
    if (refused > late) say(`${refused} writes were refused, but only ${late} came too late`);
    return findings;
  }

  #undeclared(config: Texts): Map<string, string> {
    return new Map(
      Object.entries(config).flatMap(([key, text]) => {
        if (!declaredKeys(this.#declaration).has(key))
          return [[`${key}/`, meaningOf(key, text) ?? ""] as const];
        return [...partsOf(key, text)]
          .filter(([part]) => !isDeclared(this.#declaration, key, part))
          .map(([part, value]) => [`${key}/${part}`, meaningOf(part, value) ?? ""] as const);
      }),
    );
  }

  #differences(
    when: string,
    wanted: Map<string, string>,
    found: Map<string, string>,
    next: Map<string, string>,
  ) {
    const findings: Finding[] = [];
    for (const path of new Set([...wanted.keys(), ...found.keys()])) {
      const [key = "", part = ""] = path.split("/");
      if (wanted.get(path) === found.get(path)) continue;
      // A live value that only waited behind a cold one may come true when the cold one is taken back.
      const isFreed = when === "now" && !isCold(key, part) && this.#later.get(path) === next.get(path);
      if (isFreed && found.get(path) === next.get(path)) continue;
      findings.push({
        kind: this.foreign.has(key) ? "foreign" : capParts.includes(part) ? "cap" : "unowned",
        text: `${path} is ${when} ${found.get(path)}; somebody else left it ${wanted.get(path)}`,
      });
    }
    return findings;
  }
}

/** Takes over into `wanted` what changed. */
function take(wanted: Map<string, string>, before: Map<string, string>, after: Map<string, string>): void {
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const value = after.get(path);
    if (value === before.get(path)) continue;
    if (value === undefined) wanted.delete(path);
    else wanted.set(path, value);
  }
}

function replaceKey(wanted: Map<string, string>, key: string, after: Map<string, string>): void {
  for (const path of [...wanted.keys()]) if (path.startsWith(`${key}/`)) wanted.delete(path);
  for (const [path, value] of after) if (path.startsWith(`${key}/`)) wanted.set(path, value);
}
