import { documentedPrivileges } from "./documented-privileges.ts";
import { emulatorHotplug } from "./emulator-hotplug.ts";
import { emulatorOptionText } from "./emulator-option-text.ts";
import { emulatorParseConfig } from "./emulator-parse-config.ts";
import { emulatorPrivileges } from "./emulator-privileges.ts";
import { emulatorUpdate } from "./emulator-update.ts";
import { ownCanonicalDrive } from "./own-canonical-drive.ts";
import { ownChangeClass } from "./own-change-class.ts";
import { ownValueChecks } from "./own-value-checks.ts";
import type { AnySubject } from "./subject.ts";

/** Everything that is compared with Proxmox's own answers. */
export const SUBJECTS: readonly AnySubject[] = [
  emulatorOptionText,
  ownCanonicalDrive,
  ownValueChecks,
  emulatorParseConfig,
  emulatorUpdate,
  emulatorHotplug,
  ownChangeClass,
  emulatorPrivileges,
  documentedPrivileges,
];
