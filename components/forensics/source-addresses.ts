import type { FleetSpec } from "../fleet-spec.ts";

/** What is needed of a fleet, which may still lack what the schema requires. */
export interface SourcesOfFleet {
  readonly forensics?: FleetSpec["forensics"];
  readonly vms: Readonly<Record<string, Pick<FleetSpec["vms"][string], "cloudInit">>>;
}

/** An address that a VM's messages come from. */
export interface SourceAddress {
  /** The VM's key. */
  readonly key: string;
  readonly address: string;
}

/**
 * From which IPv4 addresses which VM sends: what `forensics.listener.sources` says, else the fixed addresses that
 * cloud-init gives. A VM may have none, and a mistaken fleet one address for two VMs.
 */
export function sourceAddresses({ forensics, vms }: SourcesOfFleet): SourceAddress[] {
  const sources = forensics?.listener.sources ?? {};
  return Object.entries(vms).flatMap(([key, { cloudInit }]) => {
    const said = sources[key];
    const fixed = Object.values(cloudInit?.ipConfigs ?? {}).flatMap(({ ipv4 }) => {
      const [address = ""] = ipv4?.address.split("/") ?? [];
      return /^\d/.test(address) ? [address] : [];
    });
    return (said === undefined ? fixed : [said]).map((address) => ({ key, address }));
  });
}
