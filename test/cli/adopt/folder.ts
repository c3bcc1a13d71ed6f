import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder with one stack file, gone afterwards. */
export class StackFolder {
  readonly path = mkdtempSync(join(tmpdir(), "fleet-adopt-"));
  readonly file = join(this.path, "Pulumi.prod.yaml");

  constructor(text?: string) {
    if (text !== undefined) this.write(text);
  }

  write(text: string): void {
    writeFileSync(this.file, text);
  }

  read(): string {
    return readFileSync(this.file, "utf8");
  }

  /** Everything in it: a file that is left behind would be among them. */
  names(): string[] {
    return readdirSync(this.path);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A stack file without VMs. */
export const emptyFleet = "config:\n  proxmox-fleet:fleet:\n    node: pve\n    vms: {}\n";
