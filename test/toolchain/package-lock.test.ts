import { expect, test } from "vitest";
import lock from "../../package-lock.json" with { type: "json" };

interface LockedPackage {
  readonly version: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test("the lock holds every platform's optional packages, without which npm ci refuses a fresh checkout", () => {
  const packages: Readonly<Record<string, LockedPackage>> = lock.packages;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
});
