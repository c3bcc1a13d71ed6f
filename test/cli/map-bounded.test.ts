import { expect, test } from "vitest";
import { mapBounded } from "../../cli/map-bounded.ts";

test("results keep the order of the items, and no more than the limit is under way", async () => {
  let underWay = 0;
  let most = 0;
  const results = await mapBounded([5, 1, 4, 2, 3], 2, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    underWay -= 1;
    return item * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test("nothing to do is done at once", async () => {
  expect(await mapBounded([], 3, () => Promise.reject(new Error("called")))).toEqual([]);
});

test("a failure is the failure of all", async () => {
  const failing = mapBounded([1, 2], 1, (item) => Promise.reject(new Error(`item ${item}`)));
  await expect(failing).rejects.toThrow("item 1");
});
