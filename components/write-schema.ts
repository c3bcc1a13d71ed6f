import { writeFileSync } from "node:fs";
import { stackSchema } from "./stack-schema.ts";

// node components/write-schema.ts: after every change of the fleet's shape; a test says when it was forgotten.
writeFileSync(new URL("../fleet.schema.json", import.meta.url), stackSchema());
