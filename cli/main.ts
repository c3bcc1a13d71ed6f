import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

// What was compiled once is taken from the user's cache by the next run, which halves the time to the first request.
const { XDG_CACHE_HOME: xdg = "" } = process.env;
enableCompileCache(join(isAbsolute(xdg) ? xdg : join(homedir(), ".cache"), "proxmox-fleet", "compiled"));
const { runFleet } = await import("./run.ts");
const { processSurroundings } = await import("./surroundings.ts");

// A reader that has seen enough, such as head, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await runFleet(process.argv.slice(2), processSurroundings());
