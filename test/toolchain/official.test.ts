import { describe, expect, test } from "vitest";
import { areReachable, releaseUrls } from "../../toolchain/official.mjs";

const urls = ["https://a.example/cli", "https://b.example/plugin"];

describe("the official releases", () => {
  test("are asked for by the names under which they are published", () => {
    expect(releaseUrls({ engine: "3.1.0", provider: "8.0.0" }, "linux", "x64")).toEqual([
      "https://get.pulumi.com/releases/sdk/pulumi-v3.1.0-linux-x64.tar.gz",
      "https://github.com/muhlba91/pulumi-proxmoxve/releases/download/v8.0.0/" +
        "pulumi-resource-proxmoxve-v8.0.0-linux-amd64.tar.gz",
    ]);
  });

  test("are used when both answer, after one HEAD request each", async () => {
    const asked: unknown[] = [];
    const reachable = await areReachable(urls, async (url, init) => {
      asked.push([init?.method, url]);
      return new Response(null, { status: 200 });
    });
    expect(reachable).toBe(true);
    expect(asked).toEqual(urls.map((url) => ["HEAD", url]));
  });

  test("are not used when one is refused", async () => {
    const reachable = await areReachable(
      urls,
      async (url) => new Response(null, { status: url === urls[0] ? 200 : 403 }),
    );
    expect(reachable).toBe(false);
  });

  test("are not used when the network fails", async () => {
    expect(await areReachable(urls, () => Promise.reject(new TypeError("fetch failed")))).toBe(false);
  });

  test("are given up when the network swallows the request", async () => {
    const silent: typeof fetch = (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
    expect(await areReachable(urls, silent, 20)).toBe(false);
  });
});
