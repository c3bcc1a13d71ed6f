/** What the engine's output says of each VmConfig: by VM, the lines `path: from => to`. */
export function reportsOf(output: string, verb: "would write" | "wrote"): Map<string, string[]> {
  const reports = new Map<string, string[]>();
  let vm = "";
  let listing = false;
  for (const line of output.slice(output.indexOf("\nDiagnostics:")).split("\n")) {
    const resource = /^ {2}proxmoxfleet:index:VmConfig \((.+)\):$/.exec(line);
    if (resource?.[1] !== undefined) {
      vm = resource[1];
      listing = false;
    } else if (line.startsWith(`    ${verb} `)) {
      listing = true;
      reports.set(vm, []);
    } else if (listing && line.startsWith("      ")) {
      reports.get(vm)?.push(line.trim().replace(/\s+\[.*\]$/, ""));
    } else {
      listing = false;
    }
  }
  return reports;
}
