import { readFileSync } from "node:fs";
import { Agent, request } from "undici";
import type { Control } from "../../demo/control.ts";
import type { EmulatorAddress } from "../../demo/emulator-process.ts";
import type { Act } from "./script.ts";
import { isForeignVolume, later, look, type View, withParts } from "./view.ts";
import type { Witness } from "./witness.ts";

/** Ids of VMs that are created beside the one that is updated. */
const firstNeighbour = 900;

/**
 * Everybody but us: the CSI driver, operators at the API, editors of config files.
 * Operators use POST where our provider uses PUT, so that the record of requests tells the two apart.
 */
export class Hand implements AsyncDisposable {
  readonly #control: Control;
  readonly #address: EmulatorAddress;
  readonly #agent: Agent;
  #neighbours = 0;

  constructor(control: Control, address: EmulatorAddress) {
    this.#control = control;
    this.#address = address;
    this.#agent = new Agent({ connect: { ca: readFileSync(address.caFile) } });
  }

  /** A request through the API; its status and text. */
  async api(
    method: "GET" | "POST" | "DELETE",
    path: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; text: string }> {
    const { statusCode, body } = await request(`${this.#address.endpoint}/api2/json${path}`, {
      method,
      dispatcher: this.#agent,
      headers: {
        authorization: `PVEAPIToken=${this.#address.apiToken}`,
        ...(form && { "content-type": "application/x-www-form-urlencoded" }),
      },
      body: form ? new URLSearchParams(form).toString() : null,
    });
    return { status: statusCode, text: await body.text() };
  }

  /** A request that must succeed. */
  async must(
    method: "GET" | "POST" | "DELETE",
    path: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const { status, text } = await this.api(method, path, form);
    if (status !== 200) throw new Error(`race: ${method} ${path} answers ${status}: ${text}`);
    return (JSON.parse(text) as { data: unknown }).data;
  }

  /** Does these things and tells the witness what each of them made of the VM. */
  async perform(vmid: number, acts: readonly Act[], witness: Witness): Promise<void> {
    for (const act of acts) {
      const before = await look(this.#control, vmid);
      await this.#act(vmid, act, before, witness);
      witness.acted(before, await look(this.#control, vmid), act);
    }
  }

  /** Removes the VMs that were created beside. */
  async removeNeighbours(): Promise<void> {
    for (; this.#neighbours > 0; this.#neighbours -= 1) {
      await this.must("DELETE", `/nodes/pve/qemu/${firstNeighbour + this.#neighbours}`);
    }
  }

  async #act(vmid: number, act: Act, view: View, witness: Witness): Promise<void> {
    switch (act.act) {
      case "attach": {
        const text = csiDrive(act.disk, vmid);
        const volume = text.split(",")[0] ?? "";
        const isUsed = Object.values({ ...view.config, ...later(view) }).some((one) =>
          one.startsWith(volume),
        );
        if (act.slot in view.config || act.slot in later(view) || isUsed) return;
        await this.#control.attach(vmid, act.slot, text);
        witness.foreign.set(act.slot, text);
        return;
      }
      case "detach":
        if (!isForeignVolume(view.config[act.slot])) return;
        await this.#control.act(vmid, "detach", { slot: act.slot });
        witness.foreign.delete(act.slot);
        return;
      case "reorder": {
        const text = view.config[act.slot];
        if (text === undefined || !isForeignVolume(text)) return;
        const [volume, ...parts] = text.split(",");
        const typed = [volume, ...parts.reverse()].join(",");
        await this.#control.act(vmid, "edit", { [act.slot]: typed });
        witness.foreign.set(act.slot, typed);
        return;
      }
      case "set-parts": {
        const text = later(view)[act.key];
        if (text === undefined) return;
        await this.#set(vmid, { [act.key]: withParts(act.key, text, act.parts) });
        const now = (await look(this.#control, vmid)).config[act.key];
        if (isForeignVolume(now) && now !== undefined) witness.foreign.set(act.key, now);
        return;
      }
      case "edit-parts": {
        const text = view.config[act.key];
        if (text === undefined) return;
        const typed = withParts(act.key, text, act.parts);
        await this.#control.act(vmid, "edit", { [act.key]: typed });
        if (isForeignVolume(text)) witness.foreign.set(act.key, typed);
        return;
      }
      case "set":
        await this.#set(vmid, act.value === null ? { delete: act.key } : { [act.key]: act.value });
        return;
      case "edit":
        await this.#control.act(vmid, "edit", { [act.key]: act.value });
        return;
      case "create-neighbour": {
        const id = String(firstNeighbour + this.#neighbours + 1);
        await this.must("POST", "/nodes/pve/qemu", { vmid: id, memory: "512", scsi0: "local-lvm:1" });
        this.#neighbours += 1;
      }
    }
  }

  /** What Proxmox refuses to an operator has simply not happened. */
  async #set(vmid: number, form: Readonly<Record<string, string>>): Promise<void> {
    await this.api("POST", `/nodes/pve/qemu/${vmid}/config`, form);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close();
  }
}

/** A disk as the CSI driver of this estate writes it. */
function csiDrive(disk: number, vmid: number): string {
  return `local-lvm:vm-9999-pvc-race-${vmid}-${disk},backup=0,iothread=1,size=1G,wwn=0x5056432d4944300${disk}`;
}
