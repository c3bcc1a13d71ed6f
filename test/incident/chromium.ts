import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** How a page is looked at. */
export interface View {
  /** CSS pixels. */
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** What a page was in a browser. */
export interface Seen {
  /** Errors and warnings of console, scripts and policy. */
  readonly complaints: readonly string[];
  /** Every address that was asked for. */
  readonly requests: readonly string[];
  /** Width of the page, in CSS pixels. */
  readonly width: number;
  /** How far the content is wider than the page, in CSS pixels. */
  readonly tooWide: number;
  /** Elements that reach beyond the page's right edge. */
  readonly beyond: readonly string[];
  readonly background: string;
  /** Smallest ratio of a text's colour to what lies behind it. */
  readonly contrast: number;
  readonly screenshot: Buffer;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Chromium without a window, spoken to through a pipe: no port, no further package. */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, (message: Pick<Message, "result" | "error">) => void>();
  readonly #events: Message[] = [];
  #nextId = 1;
  #session: string | undefined;

  private constructor(process: ChildProcess, profile: string) {
    this.#process = process;
    this.#profile = profile;
    process.once("exit", () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: "chromium ended" } });
    });
    let rest = "";
    (process.stdio[4] as Readable).setEncoding("utf8").on("data", (part: string) => {
      const parts = `${rest}${part}`.split("\0");
      rest = parts.pop() ?? "";
      for (const text of parts) this.#take(JSON.parse(text) as Message);
    });
  }

  static async start(): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), "fleet-chromium-"));
    const argv = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--no-first-run",
    ];
    const child = spawn(
      "chromium",
      [...argv, `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank"],
      {
        stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      },
    );
    const browser = new Chromium(child, profile);
    const { targetInfos } = (await browser.#call("Target.getTargets")) as {
      targetInfos: { targetId: string; type: string }[];
    };
    const targetId = targetInfos.find(({ type }) => type === "page")?.targetId;
    const { sessionId } = await browser.#call("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = String(sessionId);
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await browser.#call(`${domain}.enable`);
    return browser;
  }

  /** Opens a page and looks at all of it. */
  async look(url: string, { width, scheme }: View): Promise<Seen> {
    this.#events.length = 0;
    const mobile = width < 600;
    await this.#call("Emulation.setDeviceMetricsOverride", {
      width,
      height: 900,
      deviceScaleFactor: 1,
      mobile,
    });
    await this.#call("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
    const loaded = new Promise<void>((resolve) => {
      this.#onLoad = resolve;
    });
    await this.#call("Page.navigate", { url });
    await loaded;
    const { result } = (await this.#call("Runtime.evaluate", {
      expression: `(${measure})()`,
      returnByValue: true,
    })) as { result: { value: Pick<Seen, "width" | "tooWide" | "beyond" | "background" | "contrast"> } };
    const { data } = await this.#call("Page.captureScreenshot", { captureBeyondViewport: true });
    return {
      ...result.value,
      complaints: this.#complaints(),
      requests: this.#events.flatMap(({ method, params }) =>
        method === "Network.requestWillBeSent" ? [(params as { request: { url: string } }).request.url] : [],
      ),
      screenshot: Buffer.from(String(data), "base64"),
    };
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    await this.#call("Browser.close").catch(() => this.#process.kill());
    await gone;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #onLoad: () => void = () => undefined;

  #complaints(): string[] {
    return this.#events.flatMap(({ method, params }) => {
      if (method === "Log.entryAdded") return [JSON.stringify(params?.entry)];
      if (method === "Runtime.exceptionThrown") return [JSON.stringify(params?.exceptionDetails)];
      const type = method === "Runtime.consoleAPICalled" ? params?.type : undefined;
      return type === "error" || type === "warning" ? [JSON.stringify(params?.args)] : [];
    });
  }

  #take(message: Message): void {
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
      return;
    }
    this.#events.push(message);
    if (message.method === "Page.loadEventFired") this.#onLoad();
  }

  #call(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = this.#nextId++;
    const session =
      method.startsWith("Target.") || method.startsWith("Browser.") ? {} : { sessionId: this.#session };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
      (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    });
  }
}

/** Runs in the page. */
const measure = `function () {
  const luminance = (colour) => {
    const channels = colour.slice(0, 3).map((one) => {
      const share = one / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
  };
  const parsed = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const behind = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const colour = parsed(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const ratio = (element) => {
    const [one, other] = [luminance(parsed(getComputedStyle(element).color)), luminance(behind(element))];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };
  const all = [...document.body.querySelectorAll("*")];
  const texts = all.filter((one) => !one.closest("svg") && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""));
  const edge = document.documentElement.clientWidth;
  const scrolls = (one) => one.closest(".scroll") !== null && !one.matches(".scroll");
  return {
    width: innerWidth,
    tooWide: document.documentElement.scrollWidth - edge,
    beyond: all.filter((one) => !scrolls(one) && one.getBoundingClientRect().right > edge + 0.5).map((one) => one.outerHTML.slice(0, 120)),
    background: getComputedStyle(document.body).backgroundColor,
    contrast: Math.min(...texts.map(ratio)),
  };
}`;
