import { expect, test } from "vitest";
import { kindOf } from "../../bench/process-kind.ts";
import { parseStat } from "../../bench/process-stat.ts";

const line = (...words: string[]) => words.join("\0");

test("every process of a run is known by its command line", () => {
  expect(kindOf(line("/cache/versions/3.256.0/bin/pulumi", "preview", "--refresh", ""))).toBe("engine");
  expect(kindOf(line("/cache/bin/pulumi-language-nodejs", "127.0.0.1:1", ""))).toBe("language host");
  expect(kindOf(line("/b/node", "--require=./x.cjs", "/n/@pulumi/pulumi/cmd/run", "--monitor=1", ""))).toBe(
    "program",
  );
  expect(kindOf(line("/b/node", "--require", "/c/x.cjs", "/c/provider/main.ts", "127.0.0.1:1", ""))).toBe(
    "our provider",
  );
  expect(kindOf(line("/bin/sh", "/c/provider/pulumi-resource-proxmoxfleet", ""))).toBe("our provider");
  expect(kindOf(line("/p/pulumi-resource-proxmoxve", "127.0.0.1:1", ""))).toBe("official provider");
  expect(kindOf(line("terraform", "plan", ""))).toBe("terraform");
  expect(kindOf(line("/p/terraform-provider-proxmox", ""))).toBe("terraform provider");
  expect(kindOf(line("/b/node", "/c/emulator/main.ts", "--seed", "x", ""))).toBe("emulator");
  expect(kindOf(line("/b/node", "/c/cli/main.ts", "status", ""))).toBe("fleet");
  expect(kindOf(line("/b/node", "--version", ""))).toBe("other");
});

test("the kernel's line is read after the last parenthesis, whatever the name holds", () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
  fields[14 - 3] = "150";
  fields[15 - 3] = "50";
  fields[24 - 3] = "512";
  expect(parseStat(`42 (a ) b (c) ${fields.join(" ")}\n`)).toEqual({ cpuSeconds: 2, residentMiB: 2 });
});
