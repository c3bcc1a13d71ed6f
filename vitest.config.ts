import { defineConfig } from "vitest/config";

/**
 * Suites by cost: `unit` needs nothing, `emulator` opens loopback ports, `programs` runs QEMU, gdb and Chromium,
 * `clients` runs other people's clients, `e2e` runs the real engine and the real official provider and needs the toolchain.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{proxmox,components,provider,policy,cli,incident,toolchain,bench}/**/*.test.ts"],
          exclude: ["test/incident/real-*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "programs",
          include: ["test/incident/real-*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          // By itself: QEMU without KVM, gdb and Chromium each want a core.
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: "emulator",
          include: ["test/{emulator,answers}/**/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 300_000,
          // By itself: it waits for bounds that a busy machine would run into.
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: "race",
          include: ["test/race/**/*.test.ts"],
          testTimeout: 300_000,
          // Its engine rounds want both cores, like e2e.
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          // After the others: an engine run wants both cores.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "clients",
          include: ["test/clients/**/*.test.ts"],
          testTimeout: 400_000,
          hookTimeout: 900_000,
          fileParallelism: false,
          // By itself: each client is a program of its own that waits a second for every task.
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
