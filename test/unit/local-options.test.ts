import { describe, expect, test } from "vitest";
import { readOptions } from "../../infra/local/terminal/options.ts";
import type { Work } from "../../infra/local/terminal/options.ts";
import { UsageError } from "../../infra/usage-error.ts";

describe("an option that the work would ignore is an error that names it:", () => {
  test.each<[Work, readonly string[], string]>([
    ["start", ["--later"], "--later: goes with npm run migrate"],
    ["start", ["--without-later"], "--without-later: goes with npm run migrate"],
    ["start", ["--lock"], "--lock: goes with npm run migrate"],
    ["migrate-here", ["--lock"], "--lock: has no effect on this machine's database"],
    ["migrate-here", ["--without-later"], "--without-later: has no effect on this machine's database"],
    ["migrate-named", ["--postgres", "postgres://a:b@127.0.0.1:1/c"], "--postgres: APP_ENV_DATABASE_URL or APP_ENV_MIGRATION_DATABASE_URL names the database already"],
    ["migrate-named", ["--lock", "--later"], "--later and --lock: take one of them"],
    ["migrate-here", ["--later", "--without-later"], "--later and --without-later: take one of them"],
  ])("%s %j", (work, args, message) => {
    const read = () => readOptions(args, work);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });
});

test.each<[Work, readonly string[], { readonly later?: boolean; readonly lock?: boolean }]>([
  ["migrate-here", ["--later"], { later: true }],
  ["migrate-named", [], { lock: false }],
  ["migrate-named", ["--later"], { later: true }],
  ["migrate-named", ["--without-later"], { later: false }],
  ["migrate-named", ["--lock"], { lock: true }],
])("%s takes %j", (work, args, expected) => {
  expect(readOptions(args, work)).toMatchObject(expected);
});

test("the help is shown whatever else is asked", () => {
  expect(readOptions(["--help", "--lock"], "start").help).toBe(true);
});
