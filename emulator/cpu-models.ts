/** What may stand in the `cpu` option (qemu-server, CPUConfig.pm and CPUFlags.pm). */

/** The models of QEMU itself, in the order in which Proxmox prints them. */
export const CPU_MODELS: readonly string[] = [
  ..."486 a64fx athlon Broadwell Broadwell-IBRS Broadwell-noTSX Broadwell-noTSX-IBRS".split(" "),
  ..."Cascadelake-Server Cascadelake-Server-noTSX Cascadelake-Server-v2 Cascadelake-Server-v4".split(" "),
  ..."Cascadelake-Server-v5 ClearwaterForest Conroe Cooperlake Cooperlake-v2 core2duo coreduo".split(" "),
  ..."cortex-a35 cortex-a53 cortex-a55 cortex-a57 cortex-a710 cortex-a72 cortex-a76".split(" "),
  ..."EPYC EPYC-Genoa EPYC-Genoa-v2 EPYC-IBPB EPYC-Milan EPYC-Milan-v2 EPYC-Milan-v3".split(" "),
  ..."EPYC-Rome EPYC-Rome-v2 EPYC-Rome-v3 EPYC-Rome-v4 EPYC-Rome-v5 EPYC-Turin".split(" "),
  ..."EPYC-v3 EPYC-v4 EPYC-v5 GraniteRapids GraniteRapids-v2 GraniteRapids-v3".split(" "),
  ..."Haswell Haswell-IBRS Haswell-noTSX Haswell-noTSX-IBRS host".split(" "),
  ..."Icelake-Client Icelake-Client-noTSX Icelake-Server Icelake-Server-noTSX".split(" "),
  ..."Icelake-Server-v3 Icelake-Server-v4 Icelake-Server-v5 Icelake-Server-v6 Icelake-Server-v7".split(" "),
  ..."IvyBridge IvyBridge-IBRS KnightsMill kvm32 kvm64 max Nehalem Nehalem-IBRS".split(" "),
  ..."neoverse-n1 neoverse-n2 neoverse-v1 Opteron_G1 Opteron_G2 Opteron_G3 Opteron_G4 Opteron_G5".split(" "),
  ..."Penryn pentium pentium2 pentium3 phenom qemu32 qemu64 SandyBridge SandyBridge-IBRS".split(" "),
  ..."SapphireRapids SapphireRapids-v2 SapphireRapids-v3 SapphireRapids-v4".split(" "),
  ..."SierraForest SierraForest-v2 SierraForest-v3 Skylake-Client Skylake-Client-IBRS".split(" "),
  ..."Skylake-Client-noTSX-IBRS Skylake-Client-v4 Skylake-Server Skylake-Server-IBRS".split(" "),
  ..."Skylake-Server-noTSX-IBRS Skylake-Server-v4 Skylake-Server-v5 Westmere Westmere-IBRS".split(" "),
];

/** The models that Proxmox makes of QEMU's. */
const BUILT_IN: readonly string[] = ["x86-64-v2", "x86-64-v2-AES", "x86-64-v3", "x86-64-v4"];

/** The flags that a VM may set on its own. */
const FLAGS: readonly string[] = [
  "aes",
  "amd-no-ssb",
  "amd-ssbd",
  "hv-evmcs",
  "hv-tlbflush",
  "ibpb",
  "md-clear",
  "nested-virt",
  "pcid",
  "pdpe1gb",
  "spec-ctrl",
  "ssbd",
  "virt-ssbd",
];

/** What is wrong with a VM's `cpu` as a whole. */
export function cpuProblem(cpu: ReadonlyMap<string, string>): string | undefined {
  const type = cpu.get("cputype") ?? "";
  if (type === "" || type === "0") return "CPU is missing cputype";
  const isKnown = type.startsWith("custom-") || CPU_MODELS.includes(type) || BUILT_IN.includes(type);
  if (!isKnown) return `Built-in cputype '${type}' is not defined (missing 'custom-' prefix?)`;
  const flags = cpu.get("flags")?.split(";") ?? [];
  if (flags.some((flag) => !FLAGS.includes(flag.slice(1)))) {
    return `VM-specific CPU flags must be a subset of: ${FLAGS.join(", ")}`;
  }
  if (cpu.has("reported-model")) return "Property 'reported-model' not allowed in VM-specific CPU config.";
  return undefined;
}

const ARM = /^(?:a64fx|cortex-|neoverse-)/;
const EVERYWHERE = ["host", "max"];
const GENERIC = [...EVERYWHERE, "kvm32", "kvm64", "qemu32", "qemu64"];

function vendorOf(model: string): string {
  if (ARM.test(model)) return "ARM";
  if (GENERIC.includes(model)) return "default";
  return /^(?:athlon|phenom|Opteron|EPYC)/.test(model) ? "AuthenticAMD" : "GenuineIntel";
}

/** @see GET /nodes/{node}/capabilities/qemu/cpu */
export function cpuModels(
  arch: string,
): { name: string; custom: number; abstract?: number; vendor: string }[] {
  const isArm = arch === "aarch64";
  const models = CPU_MODELS.filter((model) => EVERYWHERE.includes(model) || ARM.test(model) === isArm);
  return [
    ...models.map((name) => ({ name, custom: 0, vendor: vendorOf(name) })),
    ...(isArm ? [] : BUILT_IN.map((name) => ({ name, custom: 0, abstract: 1, vendor: "default" }))),
  ];
}
