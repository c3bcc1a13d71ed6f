import type { Vm } from "./vm.ts";

/** What QEMU's monitors make of the commands of one request. */
export class Monitors {
  #fault: { readonly message: string; left: number } | undefined;

  /** From the command after the next `after` on, every command of this request fails. */
  failNext(message: string, after: number): void {
    this.#fault = { message, left: after };
  }

  clearFault(): void {
    this.#fault = undefined;
  }

  /**
   * A command on a VM's monitor.
   *
   * @throws Error as Proxmox words it, when QEMU does not answer or answers with an error
   */
  command(vm: Vm, name: string): void {
    const failed = (reason: string) => new Error(`VM ${vm.vmid} qmp command '${name}' failed - ${reason}`);
    if (vm.qmp === "silent") throw failed("got timeout");
    if (this.#fault === undefined) return;
    if (this.#fault.left === 0) throw failed(this.#fault.message);
    this.#fault.left -= 1;
  }
}
