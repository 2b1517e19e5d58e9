import { existsSync } from "node:fs";
import { type Browser as Chromium, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Debian's Chromium; elsewhere the tests that need one are ignored. */
const executablePath = "/usr/bin/chromium";

export const hasBrowser = existsSync(executablePath);

/** A page in a browser, and everything that went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts, and what the policy of the page or the browser refused. */
  readonly complaints: string[];
  /** Hosts that were asked for anything. */
  readonly hosts: Set<string>;
}

/** One Chromium for a test. */
export class Browser implements AsyncDisposable {
  private constructor(private readonly chromium: Chromium) {}

  static async start(): Promise<Browser> {
    // As root Chromium has no sandbox of its own; it opens nothing but the page under test.
    return new Browser(await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] }));
  }

  async open(url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const context = await this.chromium.newContext({ viewport: { width: 1280, height: 860 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const complaints: string[] = [];
    const hosts = new Set<string>();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("dialog", (dialog) => {
      complaints.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("request", (request) => hosts.add(new URL(request.url()).host));
    await page.goto(url);
    return { page, complaints, hosts };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chromium.close();
  }
}
