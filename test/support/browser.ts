import { existsSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"] as const;

/** The browser of this machine; undefined where there is none. */
export const browserPath: string | undefined = places.find((place) => existsSync(place));

/** Starts it without a window, and without what it does on its own account over the network. */
export function startBrowser(executablePath: string): Promise<Browser> {
  const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath, chromiumSandbox: false, args: ["--disable-gpu", ...quiet] });
}

/** What a page did that a reader wouldn't see. */
export type Watched = {
  /** `GET <address>`, in order. */
  readonly requests: string[];
  /** Console messages, errors that nobody caught, violations of the page's policy, requests that failed. */
  readonly complaints: string[];
};

/** Notes all that happens in a page; call it before the page is opened. */
export async function watch(page: Page): Promise<Watched> {
  const watched: Watched = { requests: [], complaints: [] };
  page.on("request", (request) => watched.requests.push(`${request.method()} ${request.url()}`));
  page.on("requestfailed", (request) => watched.complaints.push(`failed: ${request.url()}`));
  page.on("console", (message) => watched.complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => watched.complaints.push(`error: ${error.message}`));
  await page.exposeFunction("noteViolation", (violated: string) => watched.complaints.push(`violation: ${violated}`));
  await page.addInitScript({
    content: `addEventListener("securitypolicyviolation", (event) => noteViolation(event.violatedDirective + " " + event.blockedURI));`,
  });
  return watched;
}
