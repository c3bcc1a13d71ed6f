import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { startEmulator } from "./start.ts";

const USAGE = "usage: node emulator/main.ts --seed FILE.json [--host 127.0.0.1] [--port 0] [--latency 0]";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      host: { type: "string" },
      port: { type: "string" },
      latency: { type: "string" },
    },
  });
  if (values.seed === undefined) throw new Error(`--seed: is missing; ${USAGE}`);
  const port = Number(values.port ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`--port: is no port (got ${values.port ?? ""}); 0 to 65535 are allowed; ${USAGE}`);
  }
  const latency = Number(values.latency ?? 0);
  if (!(latency >= 0 && latency <= 60_000)) {
    throw new Error(
      `--latency: is no time in milliseconds (got ${values.latency ?? ""}); 0 to 60000 are allowed; ${USAGE}`,
    );
  }
  const seed: unknown = JSON.parse(await readFile(values.seed, "utf8"));
  const emulator = await startEmulator({ seed, host: values.host ?? "127.0.0.1", port, latency });
  const { close, ...address } = emulator;
  const stop = () => {
    close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  console.log(JSON.stringify(address));
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

main().catch(fail);
