import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDataFolder } from "../../infra/local/terminal/data-folder.ts";
import { FolderLockedError } from "../../infra/local/terminal/folder-lock.ts";
import { identityOf } from "../../infra/local/terminal/process-identity.ts";
import { patient } from "../support/slowness.ts";

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), "licensing-data-"));
  folder = path.join(parent, "data");
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

const lockFile = (): string => path.join(folder, "lock");

/** Opens the folder in another process, which holds it until it is killed. */
async function holdInAnotherProcess(): Promise<{ pid: number; kill: () => Promise<void> }> {
  const module = path.join(import.meta.dirname, "../../infra/local/terminal/data-folder.ts");
  const script = `
    const { openDataFolder } = await import(${JSON.stringify(module)});
    openDataFolder({ path: ${JSON.stringify(folder)} });
    console.log("open");
    process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    pid: child.pid ?? 0,
    async kill() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

describe("only one process at a time has the folder:", () => {
  test("the folder is made for its user alone, and can be opened again after it was closed", () => {
    const first = openDataFolder({ path: folder });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(first.file("x")).toBe(path.join(first.path, "x"));
    writeFileSync(first.file("kept"), "content");
    first.close();
    expect(existsSync(lockFile())).toBe(false);
    const second = openDataFolder({ path: folder });
    expect(readFileSync(second.file("kept"), "utf8")).toBe("content");
    second.close();
  });

  test("a second opening in the same process is refused", () => {
    const first = openDataFolder({ path: folder });
    expect(() => openDataFolder({ path: folder })).toThrow(FolderLockedError);
    first.close();
  });

  test("the error names the process that has the folder, whose death frees it", async () => {
    const other = await holdInAnotherProcess();
    expect(() => openDataFolder({ path: folder })).toThrow(
      `is in use by process ${other.pid}. Stop it, or name another folder with --data.`,
    );
    expect(() => openDataFolder({ path: folder })).toThrow(FolderLockedError);
    await other.kill();
    expect(existsSync(lockFile())).toBe(true);
    const opened = openDataFolder({ path: folder });
    expect(JSON.parse(readFileSync(lockFile(), "utf8"))).toMatchObject({ pid: process.pid });
    opened.close();
  });

  test("a reused process id does not hold the folder", () => {
    openDataFolder({ path: folder }).close();
    const earlier = { ...identityOf(process.ppid), startedAt: "another boot 1" };
    writeFileSync(lockFile(), JSON.stringify(earlier));
    openDataFolder({ path: folder }).close();
  });

  test("a running process whose start time is unknown holds the folder", () => {
    openDataFolder({ path: folder }).close();
    writeFileSync(lockFile(), JSON.stringify({ pid: process.ppid, startedAt: null }));
    expect(() => openDataFolder({ path: folder })).toThrow(`process ${process.ppid}`);
  });

  test.each(["", "{", "{}", '{"pid":0}', '{"pid":"1"}'])("a lock with the content %j holds nothing", (content) => {
    openDataFolder({ path: folder }).close();
    writeFileSync(lockFile(), content);
    openDataFolder({ path: folder }).close();
  });

  test("closing does not remove another process's lock", () => {
    const opened = openDataFolder({ path: folder });
    const other = JSON.stringify({ pid: 1, startedAt: null });
    writeFileSync(lockFile(), other);
    opened.close();
    expect(readFileSync(lockFile(), "utf8")).toBe(other);
  });

  test("a takeover that never ended is an error that names its file, for the user to remove", () => {
    openDataFolder({ path: folder }).close();
    const dead = JSON.stringify({ ...identityOf(process.pid), startedAt: "another boot 1" });
    writeFileSync(lockFile(), dead);
    writeFileSync(path.join(folder, "lock.takeover"), dead);
    expect(() => openDataFolder({ path: folder })).toThrow(/Remove .*lock\.takeover and start again/);
  });

  test("of many processes that find a dead lock at once, exactly one gets the folder", async () => {
    openDataFolder({ path: folder }).close();
    writeFileSync(lockFile(), JSON.stringify({ pid: process.pid, startedAt: "another boot 1" }));
    const module = path.join(import.meta.dirname, "../../infra/local/terminal/data-folder.ts");
    const script = `
      const { openDataFolder } = await import(${JSON.stringify(module)});
      process.stdin.once("data", () => {
        try { openDataFolder({ path: ${JSON.stringify(folder)} }); console.log("got it"); } catch { console.log("refused"); }
      });
      console.log("ready");`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "inherit"] }),
    );
    await Promise.all(children.map((child) => once(child.stdout, "data")));
    const answers = children.map((child) => once(child.stdout, "data"));
    for (const child of children) child.stdin.write("go\n");
    const outcomes = (await Promise.all(answers)).map(([chunk]) => String(chunk).trim());
    for (const child of children) child.kill("SIGKILL");
    expect(outcomes.filter((outcome) => outcome === "got it")).toHaveLength(1);
  }, patient(30_000));
});

describe("only the service's own folder is changed:", () => {
  test("a reset empties the folder, and follows no link out of it", () => {
    const first = openDataFolder({ path: folder });
    mkdirSync(first.file("postgres"));
    writeFileSync(first.file("postgres/data"), "x");
    writeFileSync(path.join(parent, "outside"), "kept");
    symlinkSync(parent, first.file("link"));
    first.close();
    const second = openDataFolder({ path: folder });
    second.empty();
    expect(readdirSync(folder).toSorted()).toEqual([".licensing-data", "lock"]);
    expect(readFileSync(path.join(parent, "outside"), "utf8")).toBe("kept");
    second.close();
  });

  test("a folder with other content is refused and left as it was", () => {
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(path.join(folder, "thesis.txt"), "years of work");
    expect(() => openDataFolder({ path: folder })).toThrow("holds something else than this service's data");
    expect(readdirSync(folder)).toEqual(["thesis.txt"]);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  test("a marker file with other content isn't a marker", () => {
    mkdirSync(folder);
    writeFileSync(path.join(folder, ".licensing-data"), "mine");
    expect(() => openDataFolder({ path: folder })).toThrow("holds something else");
  });

  test("an existing empty folder becomes the data folder, with its mode corrected", () => {
    mkdirSync(folder, { mode: 0o755 });
    openDataFolder({ path: folder }).close();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("a file in the folder's place is refused", () => {
    writeFileSync(folder, "");
    expect(() => openDataFolder({ path: folder })).toThrow();
  });
});
