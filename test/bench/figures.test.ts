import { expect, test } from "vitest";
import { barsOf } from "../../bench/bars.ts";
import { callsByKind, countCalls, countWrites } from "../../bench/calls.ts";
import { figuresOf } from "../../bench/figures.ts";
import { rowsOf } from "../../bench/rows.ts";
import { sample } from "./samples.ts";

test("repetitions become one row: times with their spread, CPU by median, memory by its peak", () => {
  const rows = rowsOf([
    sample({ seconds: 3, cpuSeconds: { engine: 1 }, peakMiB: { engine: 100 }, peakTotalMiB: 300 }),
    sample({ seconds: 9, cpuSeconds: { engine: 5, other: 1 }, peakMiB: { engine: 80 }, peakTotalMiB: 200 }),
    sample({ seconds: 4, cpuSeconds: { engine: 2 }, peakMiB: { engine: 90 }, calls: { "GET /version": 1 } }),
    sample({ subject: "empty", seconds: 2 }),
  ]);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toEqual({
    subject: "adopted",
    operation: "refresh",
    vms: 12,
    latencyMs: 0,
    runs: 3,
    seconds: { min: 3, median: 4, max: 9 },
    cpuSeconds: { engine: 2, other: 0 },
    peakMiB: { engine: 100 },
    peakTotalMiB: 300,
    calls: { "GET /version": 1 },
  });
});

test("requests are counted by kind, whatever VM, node, storage or task they name", () => {
  const request = (method: string, path: string) => ({ method, path, status: 200 });
  const calls = callsByKind([
    request("GET", "/version"),
    request("GET", "/nodes/pve/qemu/100/pending"),
    request("GET", "/nodes/pve2/qemu/1001/pending"),
    request("PUT", "/nodes/pve/qemu/100/config"),
    request("GET", "/nodes/pve/tasks/UPID:pve:1:2/status"),
    request("GET", "/nodes/pve/storage/local-lvm/status"),
  ]);
  expect(calls).toEqual({
    "GET /nodes/{node}/qemu/{vmid}/pending": 2,
    "GET /version": 1,
    "PUT /nodes/{node}/qemu/{vmid}/config": 1,
    "GET /nodes/{node}/tasks/{upid}/status": 1,
    "GET /nodes/{node}/storage/{storage}/status": 1,
  });
  expect([countCalls(calls), countCalls(calls, "PUT"), countWrites(calls)]).toEqual([6, 1, 1]);
});

test("the figures are ratios of medians of one run at its least latency", () => {
  const figures = figuresOf(
    rowsOf([
      sample({ seconds: 3 }),
      sample({ seconds: 30, latencyMs: 20 }),
      sample({ subject: "empty", seconds: 2 }),
      sample({ subject: "terraform", seconds: 1.5 }),
      sample({ operation: "status", seconds: 0.75 }),
      sample({ vms: 100, seconds: 6 }),
      sample({ vms: 100, subject: "created", seconds: 33 }),
      sample({ vms: 100, subject: "plain", seconds: 30 }),
      sample({ vms: 100, subject: "terraform", seconds: 10 }),
      sample({
        vms: 1000,
        seconds: 24,
        peakTotalMiB: 1500,
        calls: {
          "GET /nodes/{node}/qemu/{vmid}/pending": 1000,
          "GET /nodes/{node}/qemu/{vmid}/status/current": 1000,
          "GET /version": 1,
        },
      }),
      sample({ vms: 1000, subject: "terraform", seconds: 46, peakTotalMiB: 9000 }),
      sample({
        vms: 1000,
        operation: "status",
        latencyMs: 20,
        seconds: 3,
        calls: { "GET /nodes/{node}/qemu/{vmid}/pending": 1000 },
      }),
      sample({ operation: "up", calls: { "GET /version": 1 } }),
      sample({ operation: "cap", calls: { "PUT /nodes/{node}/qemu/{vmid}/config": 1 } }),
    ]),
  );
  expect(figures).toEqual({
    ratios: {
      estateRefreshPreview: 2,
      slopeRefreshPreview: 0.5,
      overFloor: 1.5,
      overPlain: 0.2,
      overPlainCreated: 1.1,
      statusOverPlan: 0.5,
      statusOverIdeal: 1.2,
    },
    noopWrites: 0,
    capPuts: 1,
    getsPerVmRefresh: 2,
    peakMemoryMiB: 1500,
  });
});

test("what was not measured is null, and has no verdict", () => {
  const figures = figuresOf(rowsOf([sample({})]));
  expect(figures.ratios.estateRefreshPreview).toBeNull();
  expect(figures.noopWrites).toBeNull();
  expect(barsOf(figures).filter(({ value }) => value !== null)).toEqual([
    { name: "getsPerVmRefresh", meaning: "GETs per adopted VM on refresh", bar: 2, goal: 1, value: 0 },
  ]);
});
