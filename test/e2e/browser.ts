import type { Browser, Page } from "playwright-core";
import { chromium as driver } from "playwright-core";
import { patient } from "../support/slowness.ts";
import { chromium, pathOf } from "../support/wanted.ts";

/** Starts the browser that is on the PATH without a window, and without its own requests over the network. Rejects without one. */
export async function startBrowser(): Promise<Browser> {
  const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return driver.launch({ executablePath: pathOf(chromium), chromiumSandbox: false, args: ["--disable-gpu", ...quiet], timeout: msMax });
}

/** The longest wait for the browser, or for something on a page. */
const msMax = patient(30_000);

/** A page's requests and complaints, which a reader doesn't see. */
export type Watched = {
  /** `GET <address>`, in order. */
  readonly requests: string[];
  /** Console messages, uncaught errors, violations of the page's policy, failed requests. */
  readonly complaints: string[];
};

/** Records a page's requests and complaints; call it before the page is opened. The pages of its context wait as long as a slow machine needs. */
export async function watch(page: Page): Promise<Watched> {
  page.context().setDefaultTimeout(msMax);
  const watched: Watched = { requests: [], complaints: [] };
  page.on("request", (request) => watched.requests.push(`${request.method()} ${request.url()}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    // The page cancelled the request when it left for the login or another screen. A refused or blocked request has another reason.
    if (reason === "net::ERR_ABORTED") return;
    watched.complaints.push(`failed: ${request.url()} ${reason}`);
  });
  page.on("console", (message) => watched.complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => watched.complaints.push(`error: ${error.message}`));
  await page.exposeFunction("noteViolation", (violated: string) => watched.complaints.push(`violation: ${violated}`));
  await page.addInitScript({
    content: `addEventListener("securitypolicyviolation", (event) => noteViolation(event.violatedDirective + " " + event.blockedURI));`,
  });
  return watched;
}
