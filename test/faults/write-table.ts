import { readFileSync, writeFileSync } from "node:fs";
import { Matrix } from "./matrix.ts";
import { faultTable, reliabilityFile, withTable } from "./table.ts";

await using matrix = await Matrix.open();
const table = faultTable(await matrix.run());
writeFileSync(reliabilityFile, withTable(readFileSync(reliabilityFile, "utf8"), table));
