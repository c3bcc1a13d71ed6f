import type { Control, ControlledVm } from "../../demo/control.ts";
import { cappedVmid } from "../fleet.ts";

/** The VM whose cap is changed, as it was before. */
export class OriginalVm {
  readonly #control: Control;
  readonly #config: ControlledVm["config"];

  private constructor(control: Control, config: ControlledVm["config"]) {
    this.#control = control;
    this.#config = config;
  }

  static async read(control: Control): Promise<OriginalVm> {
    return new OriginalVm(control, (await control.vm(cappedVmid)).config);
  }

  /** Undoes, by an editor on the config file, whatever a run has written. */
  async putBack(): Promise<void> {
    const { config } = await this.#control.vm(cappedVmid);
    const added = Object.keys(config).filter((key) => !(key in this.#config));
    await this.#control.act(cappedVmid, "edit", {
      ...Object.fromEntries(added.map((key) => [key, null])),
      ...this.#config,
    });
  }
}
