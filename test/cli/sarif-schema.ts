import sarifSchema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import { z } from "zod";

/** The schema that the standard's makers publish. Zod takes every uri-reference for an absolute address. */
export const publishedSarif = z.fromJSONSchema(
  JSON.parse(
    JSON.stringify(sarifSchema, (key, value: unknown) =>
      key === "format" && value === "uri-reference" ? undefined : value,
    ),
  ),
);
