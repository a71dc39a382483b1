import { describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";
import { createPolicy, issueLicense, issueSeated } from "../support/fixtures.ts";
import { base } from "../support/service.ts";
import { said, startDesk } from "./console-desk.ts";

/** The console's words, days and lists are those of the service. Skipped if no browser is on the PATH. */
// West of UTC a day of UTC begins on the day before.
const { isAbsent, both, openAs, opened } = await startDesk({ zone: "America/Los_Angeles" });

const dialogOf = (page: Page) => page.getByRole("dialog");
const goTo = (page: Page, hash: string) => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
const queryOf = (page: Page) => new URLSearchParams(new URL(page.url()).hash.split("?")[1]);
/** Errors that the page didn't catch. The browser reports a refused request by itself. */
const errorsOf = () => opened()?.watched.complaints.filter((text) => text.startsWith("error:") && !text.includes("Failed to load resource"));

describe.skipIf(isAbsent)("the console", () => {
  test("shows the overview's days as days of UTC, and behind each count the licenses that it counts", async () => {
    const { service: { call, runtime } } = both();
    const policy = await createPolicy({ call }, { activationLimit: 1 });
    const day = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
    await issueSeated({ call }, policy, { name: "Aurora", expiresAt: `${day}T12:00:00.000Z` });
    const { at } = await issueSeated({ call }, policy, { name: "Borealis", expiresAt: `${day}T12:00:00.000Z` });
    await call("POST", `${at}/suspend`, { body: { reason: "late" } });
    await summarize(runtime);
    const page = await openAs("Administrator", "#/overview");
    const shown = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: "UTC" }).format(new Date(day));
    const isAuroraAlone = async () => {
      await page.getByRole("link", { name: "Aurora" }).waitFor();
      expect(await page.getByRole("link", { name: "Borealis" }).count()).toBe(0);
    };
    await page.getByRole("link", { name: "1 license without a free seat" }).click();
    await isAuroraAlone();
    await goTo(page, "#/overview");
    await page.getByRole("link", { name: `${shown}: 1 expire` }).click();
    await isAuroraAlone();
    await page.getByRole("link", { name: /^expires from .* ×$/ }).click();
    await page.getByRole("link", { name: /^expires from/ }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: /^expires before .* ×$/ }).waitFor();
    expect([...queryOf(page).keys()].toSorted()).toEqual(["expiresBefore", "sort", "status"]);
    await goTo(page, "#/licenses?holderType=organization&expiresAfter=someday");
    await page.getByRole("link", { name: "holder is of type organization ×" }).waitFor();
    await page.getByRole("link", { name: "expires from someday ×" }).waitFor();
  });

  test("filters the activity by days of the reader, and leads from a license's page of events to the first of all", async () => {
    const page = await openAs("Auditor", "#/activity");
    for (const [label, name] of [["From", "after"], ["Before", "before"]] as const) {
      await page.getByLabel(label).fill("2026-11-23");
      await expect.poll(() => queryOf(page).get(name)).toBe("2026-11-23T08:00:00.000Z");
      expect(await page.getByLabel(label).inputValue()).toBe("2026-11-23");
    }
    await page.getByLabel("From").fill("20261-11-23");
    await expect.poll(() => queryOf(page).has("after")).toBe(false);
    await goTo(page, "#/activity?license=123456789012345678&type=created&cursor=of-that-license");
    expect(await page.getByRole("link", { name: "Of all licenses" }).getAttribute("href")).toBe("#/activity?type=created");
    expect(errorsOf()).toEqual([]);
  });

  test("changes nothing while a field holds no instant, and offers a new holder of the old one's type", async () => {
    const { service: { call } } = both();
    const { licenseId } = await issueLicense({ call }, await createPolicy({ call }), { holder: { type: "reseller", id: "north" } });
    const page = await openAs("Operator", `#/licenses/${licenseId}`);
    await page.getByRole("button", { name: "Change", exact: true }).click();
    const [end, change] = [page.getByLabel("Expires (empty: never)"), dialogOf(page).getByRole("button", { name: "Change", exact: true })];
    await end.fill("2031-05-06T07:08");
    await expect.poll(() => change.isDisabled()).toBe(false);
    await end.fill("20280-03-01T09:30");
    await expect.poll(() => change.isDisabled()).toBe(true);
    expect(await end.getAttribute("max")).toBe("9999-12-31T23:59");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Hand over" }).click();
    expect(await dialogOf(page).getByRole("combobox").inputValue()).toBe("reseller");
    expect(errorsOf()).toEqual([]);
  });

  test("says of a license without a machine that its period counts from there, and doesn't offer to extend it", async () => {
    const { service: { call } } = both();
    const policy = await createPolicy({ call }, { expirationBasis: "from-first-activation" });
    const { licenseId } = await issueLicense({ call }, policy, { name: "Waits" });
    const page = await openAs("Operator", `#/licenses?policy=${policy}`);
    await page.getByRole("row", { name: /Waits.*counts from its first machine/ }).getByRole("link").click();
    await page.locator("dd").getByText("counts from its first machine").waitFor();
    expect(await page.getByRole("button", { name: "Extend" }).count()).toBe(0);
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByLabel("Expires (empty: counts from its first machine)").waitFor();
    await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "the-first-machine" } });
    await page.reload();
    await page.getByRole("button", { name: "Extend" }).waitFor();
  });

  test("calls a certificate current that is newer than the license as it was read, and says why one can't be read", async () => {
    const { service: { call } } = both();
    const { at, licenseId } = await issueLicense({ call }, await createPolicy({ call }));
    const { body: before } = await call("GET", at);
    await call("PATCH", at, { body: { name: "Aurora" } });
    const page = await openAs("Operator");
    await page.route(new RegExp(`/licenses/${licenseId}$`), (route) => route.fulfill({ json: before }));
    await goTo(page, `#/licenses/${licenseId}`);
    await page.getByText("shows the license as it is").waitFor();
    await page.route("**/certificate", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", json: { code: "service-unavailable", title: "Unavailable", status: 503, detail: "The keys can't be read.", requestId: "r-4711" }, headers: { "retry-after": "0" } }));
    await goTo(page, "#/nowhere");
    await goTo(page, `#/licenses/${licenseId}`);
    await page.getByRole("alert").getByText("The keys can't be read. (request r-4711)").waitFor();
  });

  test("lists a test among an address's deliveries at once", async () => {
    const { service: { call } } = both();
    const { body: { id } } = await call("POST", `${base}/webhooks`, { body: { url: "http://127.0.0.1:9/facts" } });
    const page = await openAs("Administrator", `#/webhooks/${id}`);
    await page.getByText("Nothing was sent to this address yet.").waitFor();
    await page.getByRole("button", { name: "Send a test" }).click();
    await dialogOf(page).getByRole("button", { name: "Send a test" }).click();
    await said(page, /A test is on its way/);
    await page.getByRole("row", { name: /webhook\.test/ }).waitFor();
  });

  test("shows a former search's hits when somebody goes back to it", async () => {
    const { service: { call } } = both();
    const policy = await createPolicy({ call });
    for (const name of ["Cascade one", "Cascade two", "Delta one", "Delta two"]) await issueLicense({ call }, policy, { name });
    const page = await openAs("Support");
    for (const text of ["Cascade", "Delta"]) {
      await page.getByRole("searchbox").fill(text);
      await page.getByRole("searchbox").press("Enter");
      await page.getByRole("link", { name: `${text} two` }).waitFor();
      await expect.poll(() => queryOf(page).get("text")).toBe(text);
    }
    await page.goBack();
    await page.getByRole("link", { name: "Cascade two" }).waitFor();
    expect(queryOf(page).get("text")).toBe("Cascade");
  });
});
