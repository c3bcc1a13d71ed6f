import { isIPv4 } from "node:net";
import type { NetconsoleTarget } from "../../components/forensics/forensics-files.ts";
import { netconsolePort } from "../../components/spec/forensics-spec.ts";
import type { FleetFile } from "../stack/fleet-file.ts";
import { fleetPath } from "../stack/stack-file.ts";

/**
 * ADDRESS:PORT as a user writes it; the port may be left out.
 *
 * @throws {Error} when it is none
 */
export function parseEndpoint(text: string): NetconsoleTarget {
  const [address = "", digits, ...more] = text.split(":");
  const port = digits === undefined ? netconsolePort : /^\d{1,5}$/.test(digits) ? Number(digits) : -1;
  if (!isIPv4(address) || port < 0 || port > 65535 || more.length > 0) {
    throw new Error(
      `fleet listen: --listen is no address (got ${JSON.stringify(text)}); allowed is ADDRESS:PORT with an IPv4 address of this machine, such as 192.0.2.1:${netconsolePort}; correct it`,
    );
  }
  return { address, port };
}

/**
 * The listener that the fleet declares.
 *
 * @throws {Error} when it declares none
 */
export function declaredListener({ fleet, stackFile }: FleetFile): NetconsoleTarget {
  if (fleet.forensics === undefined) {
    throw new Error(
      `${stackFile.path}: ${fleetPath.join(".")}.forensics: says no listener (got nothing); allowed is listener: { address: 192.0.2.1 }; add it, see docs/forensics.md`,
    );
  }
  const { address, port = netconsolePort } = fleet.forensics.listener;
  return { address, port };
}
