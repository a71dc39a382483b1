import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ServiceError } from "@licensing/core/base/service-error.ts";
import { describeError } from "@licensing/core/platform/describe-error.ts";
import { ProblemError, problem } from "@licensing/core/problem/problem.ts";

const core = path.join(import.meta.dirname, "../../core");
/** Packages that run elsewhere and write no log of this service. */
const elsewhere = ["cli", "client", "consumer", "node_modules"];

class Refused extends ServiceError {
  override readonly name = "Refused";
}

test("each error class of the service's rooms is one whose message the log shows", () => {
  const direct = globSync("*/*.ts", { cwd: core })
    .filter((file) => !elsewhere.includes(path.dirname(file)))
    .flatMap((file) => [...readFileSync(path.join(core, file), "utf8").matchAll(/class (\w+) extends Error\b/g)].map(([, name = ""]) => name));
  expect(direct.sort()).toEqual(["ProblemError", "ServiceError"]);
});

test.each([new Refused("The key is refused."), new ProblemError(problem("internal")), new TypeError("seats is undefined"), new RangeError("Invalid time value")])("the log shows the message of the service's $name", (error) => {
  expect(describeError(error)).toMatchObject({ name: error.name, message: error.message });
});

test.each(["Error", "SyntaxError", "NeonDbError", "UpstashError", "AggregateError", "DatabaseError"])("the log doesn't show the message of a library's %s", (name) => {
  const foreign = Object.assign(new Error("words"), { name });
  expect(describeError(foreign)).not.toHaveProperty("message");
  expect(describeError(new Refused("Refused.", { cause: foreign })).cause).not.toHaveProperty("message");
});
