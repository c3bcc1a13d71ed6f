import { emulatorHotplug } from "./emulator-hotplug.ts";
import { emulatorOptionText } from "./emulator-option-text.ts";
import { emulatorParseConfig } from "./emulator-parse-config.ts";
import { emulatorPrivileges } from "./emulator-privileges.ts";
import { emulatorUpdate } from "./emulator-update.ts";
import type { AnySubject } from "./subject.ts";

/** Everything that is compared with Proxmox's own answers. */
export const SUBJECTS: readonly AnySubject[] = [
  emulatorOptionText,
  emulatorParseConfig,
  emulatorUpdate,
  emulatorHotplug,
  emulatorPrivileges,
];
