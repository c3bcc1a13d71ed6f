import { readFileSync, writeFileSync } from "node:fs";
import { fleetReference, referenceMarker } from "./fleet-reference.ts";
import { stackSchema } from "./stack-schema.ts";

// npm run schema: after every change of the fleet's shape; tests say when it was forgotten.
const docs = new URL("../../docs/fleet.md", import.meta.url);
const [introduction] = readFileSync(docs, "utf8").split(referenceMarker);

writeFileSync(new URL("../../fleet.schema.json", import.meta.url), stackSchema());
writeFileSync(docs, `${introduction}${referenceMarker}\n${fleetReference()}`);
