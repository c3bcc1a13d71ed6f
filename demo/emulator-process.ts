import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

/** What the emulator says of itself on its first line. */
export interface EmulatorAddress {
  readonly endpoint: string;
  readonly caFile: string;
  readonly apiToken: string;
  readonly readOnlyToken: string;
  readonly controlUrl: string;
}

export interface EmulatorProcess extends AsyncDisposable {
  readonly address: EmulatorAddress;
}

const main = resolve(import.meta.dirname, "../emulator/main.ts");

/** Starts an emulator as a process of its own and waits for its first line. */
export async function startEmulatorProcess(seedFile: string): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, [main, "--seed", seedFile], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, "exit");
  // Whatever ends this process, a closed pipe among it, ends the emulator too.
  const endWithUs = () => void child.kill("SIGTERM");
  process.once("exit", endWithUs);
  const [line] = await Promise.race([
    once(lines, "line") as Promise<[string]>,
    exited.then(([code]) => {
      throw new Error(`emulator: ended before it served (got exit code ${code}); see its messages above`);
    }),
  ]);
  return {
    address: JSON.parse(line) as EmulatorAddress,
    async [Symbol.asyncDispose]() {
      process.off("exit", endWithUs);
      child.kill("SIGTERM");
      await exited;
    },
  };
}
