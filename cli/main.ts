import { runFleet } from "./run.ts";
import { processSurroundings } from "./surroundings.ts";

// A reader that has seen enough, such as head, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await runFleet(process.argv.slice(2), processSurroundings());
