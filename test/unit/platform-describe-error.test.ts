import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { describeError } from "@licensing/core/platform/describe-error.ts";

const core = path.join(import.meta.dirname, "../../core");
/** Packages that run elsewhere and write no log of this service. */
const elsewhere = ["cli", "client", "consumer", "node_modules"];
const named = (name: string) => Object.assign(new Error("words"), { name });

const own = globSync("*/*.ts", { cwd: core })
  .filter((file) => !elsewhere.includes(path.dirname(file)))
  .flatMap((file) => [...readFileSync(path.join(core, file), "utf8").matchAll(/class (\w+) extends Error\b/g)].map(([, name = ""]) => name));

test("the log shows the message of each error that this service makes", () => {
  expect(own).toContain("DatabaseError");
  expect(own.filter((name) => describeError(named(name)).message !== "words")).toEqual([]);
});

test.each(["Error", "SyntaxError", "NeonDbError", "UpstashError", "AggregateError"])("the log doesn't show the message of a library's %s", (name) => {
  expect(describeError(named(name))).not.toHaveProperty("message");
});
