import type { Rule } from "./rule.ts";
import { capsAreSane, capsFitStorage, driveHasCaps } from "./rules/caps.ts";
import { noLsiController, scsiControllerIsVirtio } from "./rules/controller.ts";
import { aioIsExplicit, driveHasIothread, iothreadNeedsVirtioScsiSingle } from "./rules/drive.ts";
import { noAutomaticReboot, officialVmOnlyCreates, vmIsProtected } from "./rules/lifecycle.ts";
import { foreignSlotsStayFree, noZombieOnboot, serialConsolePresent } from "./rules/machine.ts";

/** Every rule, in the order in which reports name them. */
export const rules: readonly Rule[] = [
  noLsiController,
  scsiControllerIsVirtio,
  iothreadNeedsVirtioScsiSingle,
  driveHasIothread,
  aioIsExplicit,
  driveHasCaps,
  capsAreSane,
  capsFitStorage,
  officialVmOnlyCreates,
  noAutomaticReboot,
  vmIsProtected,
  foreignSlotsStayFree,
  noZombieOnboot,
  serialConsolePresent,
];
