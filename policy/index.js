// The SDK would send a pack's entry in TypeScript through a type checker of its own; Node runs what this imports.
import "./index.ts";
