import { z } from "zod";

/** What a mistake's message adds beyond what the schema itself says. */
export interface Advice {
  /** What is wrong, instead of the general wording. */
  readonly wrong?: string;
  /** What is allowed, instead of what the schema says. */
  readonly allowed?: string;
  /** What the reader should do. */
  readonly fix?: string;
}

/** Wording for mistakes by schema; kept out of `.meta()` so that it does not leak into the JSON schema. */
export const advice = z.registry<Advice>();
