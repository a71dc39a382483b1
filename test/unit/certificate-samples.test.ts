import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { Use, Vector } from "../../infra/vectors.ts";
import { patient } from "../support/slowness.ts";
import { go, isSkippedWithout, jwcrypto, openssl, pathOf, python } from "../support/wanted.ts";
import { whenDone } from "../support/when-done.ts";

/** The samples of other languages, run on the vectors from which their readers learn the format. */
const certificateRoom = fileURLToPath(new URL("../../core/certificate/", import.meta.url));
const vectors = path.join(certificateRoom, "vectors");
const sample = (name: string) => path.join(certificateRoom, "samples", name);
const read = (name: string) => JSON.parse(readFileSync(path.join(vectors, `${name}.json`), "utf8")) as readonly Vector[];
const kinds = ["certificates", "license-files", "machine-files", "beacons"] as const;

const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-samples-"));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
const save = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};

type Ran = { readonly code: number; readonly printed: string; readonly told: string };

function run(program: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1", ...environment };
  return new Promise((resolve) => {
    execFile(program, [...args], { env, timeout: patient(60_000) }, (error, printed, told) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), printed, told }));
  });
}

/** The lines that a sample prints if it agrees: a verdict for each vector, an answer for each use. */
const agreed = kinds.flatMap((kind) => read(kind).flatMap(({ name, verdict, uses = [] }) => [verdict, ...uses.map(({ answer }) => answer)].map((said) => `${kind}\t${name}\t${said}`)));

describe("the sample in Python", () => {
  test.skipIf(isSkippedWithout(python))("verifies every good vector and refuses each bad one for its reason, with cryptography alone", async () => {
    const { code, printed, told } = await run(pathOf(python), [sample("verify.py"), "--vectors", vectors]);
    expect([printed.trimEnd().split("\n"), code], told).toEqual([agreed, 0]);
  });

  test.skipIf(isSkippedWithout(jwcrypto))("does the same with jwcrypto, which knows the algorithm as EdDSA", async () => {
    const { code, printed, told } = await run(pathOf(jwcrypto), [sample("verify_jwcrypto.py"), "--vectors", vectors]);
    expect([printed.trimEnd().split("\n"), code], told).toEqual([agreed, 0]);
  });

  test.skipIf(isSkippedWithout(python))("accepts a file on its machine, and names the reason why it refuses the file elsewhere or changed", async () => {
    const { text, asked } = first("machine-files");
    const trust = path.join(vectors, "trust.json");
    const ask = (file: string, fingerprint: string) =>
      run(pathOf(python), [sample("verify.py"), "file", file, "--trust", trust, "--license", asked.licenseId ?? "", "--now", String(asked.now), "--fingerprint", fingerprint]);
    const file = save("python.license", text);
    expect(await ask(file, "press-hall-0001")).toEqual({ code: 0, printed: "VALID\n", told: "" });
    expect(await ask(file, "press-hall-0002")).toEqual({ code: 1, printed: "NOT_ACTIVATED\n", told: "" });
    expect((await ask(save("changed.license", changed(text)), "press-hall-0001")).printed).toMatch(/^refused: /);
  });
});

describe("the sample in Go", () => {
  let program = "";
  beforeAll(async () => {
    if (isSkippedWithout(go)) return;
    program = path.join(folder, "verify");
    const built = await run(pathOf(go), ["build", "-o", program, sample("verify.go")], { GOFLAGS: "", GOCACHE: path.join(folder, "go-cache"), GOPATH: path.join(folder, "go") });
    expect(built.code, built.told).toBe(0);
  }, patient(120_000));

  test.skipIf(isSkippedWithout(go))("verifies every good vector and refuses each bad one for its reason, with the standard library alone", async () => {
    const { code, printed, told } = await run(program, ["vectors", vectors]);
    expect([printed.trimEnd().split("\n"), code], told).toEqual([agreed, 0]);
  });

  test.skipIf(isSkippedWithout(go))("accepts a file on its machine, and names the reason why it refuses the file elsewhere or changed", async () => {
    const { text, asked } = first("machine-files");
    const trust = path.join(vectors, "trust.json");
    const ask = (file: string, fingerprint: string) => run(program, ["file", file, trust, asked.licenseId ?? "", fingerprint], { NOW: String(asked.now) });
    const file = save("go.license", text);
    expect(await ask(file, "press-hall-0001")).toEqual({ code: 0, printed: "VALID\n", told: "" });
    expect(await ask(file, "press-hall-0002")).toEqual({ code: 1, printed: "NOT_ACTIVATED\n", told: "" });
    expect((await ask(save("go-changed.license", changed(text)), "press-hall-0001")).printed).toMatch(/^(signature|armour)\n$/);
  });
});

describe("the sample in shell, with openssl", () => {
  const cases = (["license-files", "machine-files"] as const).flatMap((kind) =>
    read(kind).flatMap((vector) => {
      const uses: readonly (Use | undefined)[] = vector.uses ?? [undefined];
      return uses.map((use, index) => ({ kind, index, vector, says: vector.verdict === "accepted" ? (use?.answer ?? "VALID") : `refused: ${vector.verdict}`, fingerprint: use === undefined ? "press-hall-0001" : use.fingerprint }));
    }),
  );

  test.skipIf(isSkippedWithout(openssl))(`verifies every good file and refuses each bad one for its reason: ${cases.length} runs`, { timeout: patient(180_000) }, async () => {
    const { publicKey, deniedKids } = JSON.parse(readFileSync(path.join(vectors, "trust.json"), "utf8")) as { readonly publicKey: string; readonly deniedKids: readonly string[] };
    const key = save("public.pem", publicKey);
    pathOf(openssl);
    const runOne = async ({ kind, index, vector, says, fingerprint }: (typeof cases)[number]) => {
      const { text, name, asked } = vector;
      const { licenseId = "", issuer = "", audience = "", now, sequenceFloor = 0 } = asked;
      const environment = { NOW: String(now), ISSUER: issuer, AUDIENCE: audience, SEQUENCE_FLOOR: String(sequenceFloor), DENIED_KIDS: deniedKids.join(" ") };
      const file = save(`${kind}-${cases.findIndex((one) => one.vector === vector)}-${index}.license`, text);
      const ran = await run("/bin/sh", [sample("verify.sh"), file, key, licenseId, ...(fingerprint === undefined ? [] : [fingerprint])], environment);
      return { name, ...ran, wanted: { name, printed: `${says}\n`, code: says === "VALID" || says === "GRACE" ? 0 : 1, told: "" } };
    };
    // A few at a time: each is a dozen short processes.
    for (let start = 0; start < cases.length; start += 4) {
      for (const { wanted, ...ran } of await Promise.all(cases.slice(start, start + 4).map(runOne))) expect(ran).toEqual(wanted);
    }
  });
});

function first(kind: (typeof kinds)[number]): Vector {
  const [vector] = read(kind);
  if (vector === undefined) throw new Error("there are vectors");
  return vector;
}

/** The file with another letter in its block. */
function changed(text: string): string {
  const at = text.indexOf("-----END") - 200;
  return `${text.slice(0, at)}${text[at] === "Q" ? "R" : "Q"}${text.slice(at + 1)}`;
}
