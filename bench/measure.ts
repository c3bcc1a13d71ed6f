import { type Calls, callsByKind } from "./calls.ts";
import type { Operation, SubjectName } from "./options.ts";
import { Sampler, type Usage } from "./sampler.ts";
import type { Subject } from "./subject.ts";

/** One measured run. */
export interface Sample extends Usage {
  readonly subject: SubjectName;
  readonly operation: Operation;
  readonly vms: number;
  readonly latencyMs: number;
  readonly seconds: number;
  readonly calls: Calls;
}

/** Runs one operation of a subject and watches it. @throws {Error} when it fails, with what it said */
export async function measure(subject: Subject, operation: Operation, latencyMs: number): Promise<Sample> {
  await subject.control.latency(latencyMs);
  await subject.control.forget();
  const sampler = new Sampler();
  const started = performance.now();
  const { code, output } = await subject.run(operation);
  const seconds = (performance.now() - started) / 1000;
  const usage = sampler.stop();
  const calls = callsByKind(await subject.control.requests());
  await subject.control.latency(0);
  if (code !== 0) {
    throw new Error(`bench: ${operation} of ${subject.name} failed (got exit code ${code}):\n${output}`);
  }
  const { name, vms } = subject;
  return { subject: name, operation, vms, latencyMs, seconds, calls, ...usage };
}
