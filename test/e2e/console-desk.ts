import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterEach, expect } from "vitest";
import { base, startService } from "../support/service.ts";
import { chromium, isSkippedWithout } from "../support/wanted.ts";
import { whenDone } from "../support/when-done.ts";
import type { Watched } from "./browser.ts";
import { startBrowser, watch } from "./browser.ts";

/** The sizes of a desk's window and of a telephone. */
export const desk = { width: 1280, height: 900 };
export const phone = { width: 360, height: 740 };

export type Opened = { readonly context: BrowserContext; readonly page: Page; readonly watched: Watched };
type Opening = { readonly origin: string; readonly at?: string; readonly isPhone?: boolean; readonly isDark?: boolean; /** The reader's time zone, such as `Asia/Tokyo`. */ readonly zone?: string };

/** Opens the console in a context of its own as somebody: by a button of the provider's page, or as a holder of any name. */
export async function openConsole(browser: Browser, person: string, { origin, at = "", isPhone = false, isDark = false, zone }: Opening): Promise<Opened> {
  const context = await browser.newContext({ viewport: isPhone ? phone : desk, hasTouch: isPhone, acceptDownloads: true, colorScheme: isDark ? "dark" : "light", ...(zone === undefined ? {} : { timezoneId: zone }) });
  const page = await context.newPage();
  const watched = await watch(page);
  await page.goto(`${origin}${base}/console${at}`);
  await logIn(page, person);
  return { context, page, watched };
}

/**
 * The service and the browser of a file's tests; `isAbsent` if no browser is on the PATH. `openAs` opens the console in the zone as
 * somebody, and `keep` takes what a test opened by itself: each is closed after its test. `opened` is the newest.
 */
export async function startDesk({ zone }: Pick<Opening, "zone"> = {}) {
  const isAbsent = isSkippedWithout(chromium);
  const running = isAbsent ? undefined : { browser: await startBrowser(), service: await startService() };
  whenDone(() => running?.browser.close());
  let opened: Opened | undefined;
  afterEach(() => opened?.context.close());
  const both = () => {
    if (running === undefined) throw new Error("no browser");
    return running;
  };
  const keep = (next: Opened): Page => (opened = next).page;
  const openAs = async (person: string, at = ""): Promise<Page> => {
    const { browser, service: { origin } } = both();
    return keep(await openConsole(browser, person, { origin, at, ...(zone === undefined ? {} : { zone }) }));
  };
  return { isAbsent, both, keep, openAs, opened: () => opened };
}

export async function logIn(page: Page, person: string): Promise<void> {
  await page.getByRole("heading", { name: "Who do you want to be?" }).waitFor();
  const button = page.getByRole("button", { name: new RegExp(`^${person}`) });
  if ((await button.count()) > 0) await button.click();
  else {
    await page.getByLabel("Any name").fill(person);
    await page.getByRole("button", { name: "Be this person" }).click();
  }
  await page.getByRole("button", { name: "Log out" }).waitFor();
}

/** The ways of a person with the page. Each waits until the element is there. */
export type Hands = {
  readonly press: (element: Locator) => Promise<void>;
  readonly type: (field: Locator, text: string) => Promise<void>;
  readonly choose: (list: Locator, option: string) => Promise<void>;
  /** Looks for a text by the field that finds anything. */
  readonly find: (text: string) => Promise<void>;
};

export function mouse(page: Page): Hands {
  const field = page.getByRole("searchbox");
  return {
    press: (element) => element.click(),
    type: (target, text) => target.fill(text),
    choose: async (list, option) => void (await list.selectOption({ label: option })),
    find: async (text) => {
      await field.fill(text);
      await field.press("Enter");
    },
  };
}

export function touch(page: Page): Hands {
  return { ...mouse(page), press: (element) => element.tap() };
}

const tabsMax = 300;

export const isFocused = (element: Locator): Promise<boolean> => element.evaluate((node: { matches: (selector: string) => boolean }) => node.matches(":focus"));

/** Nothing but the keyboard: Tab until the element has the focus, then the key that works it. */
export function keyboard(page: Page): Hands {
  const reach = async (element: Locator) => {
    await element.waitFor();
    for (let tabs = 0; tabs < tabsMax; tabs += 1) {
      if (await isFocused(element)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab doesn't reach ${String(element)}`);
  };
  return {
    press: async (element) => {
      await reach(element);
      await page.keyboard.press("Enter");
    },
    type: async (field, text) => {
      await reach(field);
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.insertText(text);
      // A list's filter counts when it is left; a form's last field sends the form by its own button.
    },
    choose: async (list, option) => {
      await reach(list);
      await page.keyboard.type(option);
    },
    find: async (text) => {
      const box = page.getByRole("searchbox");
      // The page listens to keys a moment after it has drawn the box.
      await expect.poll(async () => (await isFocused(box)) || (await page.keyboard.press("/"))).toBe(true);
      await page.keyboard.insertText(text);
      await page.keyboard.press("Enter");
    },
  };
}

/** A list's filter by a text: it counts when the field is left. */
export async function filter({ hands, page, field }: { readonly hands: Hands; readonly page: Page; readonly field: Locator }, text: string): Promise<void> {
  await hands.type(field, text);
  await page.keyboard.press("Tab");
}

/** The whole text of a file that a press downloads. */
export async function downloaded(page: Page, press: () => Promise<void>): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent("download"), press()]);
  let text = "";
  for await (const chunk of await file.createReadStream()) text += String(chunk);
  return text;
}

/** Waits for the page's message that something was done. */
export const said = (page: Page, words: RegExp): Promise<void> => page.getByRole("status").filter({ hasText: words }).waitFor();
