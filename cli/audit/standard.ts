import { resolve } from "node:path";
import { noExemptionsFrom } from "../../policy/environment.ts";
import type { Exemption } from "../../policy/exemption.ts";
import { readExemptions } from "../../policy/exemptions-file.ts";
import type { Settings } from "../../policy/settings.ts";
import { readSettings } from "../../policy/settings-file.ts";

const packFolder = resolve(import.meta.dirname, "../../policy");

/** What VMs are judged by. */
export interface Standard {
  readonly settings: Settings;
  readonly exemptions: readonly Exemption[];
}

/**
 * Reads the settings and exemptions of the policy pack, which a preview judges by as well.
 *
 * @param file other settings than the pack's; a file of exemptions that they name lies where the pack does
 * @throws {Error} with every mistake: a policy that cannot be read never passes
 */
export function readStandard(
  file: string | undefined,
  folder: string,
  useExemptions: boolean,
  env: NodeJS.ProcessEnv,
): Standard {
  const settings = readSettings(
    file === undefined ? resolve(packFolder, "settings.yaml") : resolve(folder, file),
  );
  const { use = true, file: exemptionsFile = "exemptions.yaml" } = settings.exemptions;
  // Read also where none shall hold, as the pack does.
  const exemptions = readExemptions(resolve(packFolder, exemptionsFile));
  const hold = use && useExemptions && !noExemptionsFrom(env);
  return { settings, exemptions: hold ? exemptions : [] };
}
