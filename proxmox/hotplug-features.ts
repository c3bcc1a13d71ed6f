/** What Proxmox plugs into a running VM by default. */
const defaultHotplugFeatures: readonly string[] = ["network", "disk", "usb"];

/** Features of a `hotplug` option; absent and `1` are Proxmox's default, `0` is none. */
export function hotplugFeatures(value: string | undefined): ReadonlySet<string> {
  if (value === undefined || value === "1") return new Set(defaultHotplugFeatures);
  return new Set(value.split(/[,;\s]+/).filter((feature) => feature !== "" && feature !== "0"));
}
