import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readArmour } from "@licensing/core/certificate/armour.ts";
import { claimedState } from "@licensing/core/certificate/claimed-license.ts";
import type { Claims } from "@licensing/core/certificate/claims.ts";
import { verifyLicenseFile } from "@licensing/core/certificate/license-file.ts";
import type { Verdict } from "@licensing/core/certificate/verification.ts";
import { parsePublicKeys } from "@licensing/core/keyring/verify-key.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { assess } from "@licensing/core/license/assess.ts";

const usage = `Usage: npm run license:verify -- FILE --key PEM [--id LICENSE] [--audience NAME] [--json]

Verifies a license file with nothing but the public key (a file with one or more SPKI PEM blocks).
Exit code 0: the license may be used; 1: the file is genuine and the license is denied (suspended, revoked, expired, not started);
2: it could not be told (usage, files); 3: the file is not genuine; 4: it is genuine and too old, or from the future;
5: it is about another license or for another audience.`;

export const exitCodes = { valid: 0, denied: 1, unable: 2, forged: 3, outdated: 4, elsewhere: 5 } as const;

export type VerifyOutput = { readonly print: (text: string) => void; readonly tell: (text: string) => void };

/** The command line of the offline verification. Returns its exit code and never throws. */
export function licenseVerify(args: readonly string[], output: VerifyOutput, nowMs: number): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        key: { type: "string" },
        id: { type: "string" },
        audience: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      output.print(`${usage}\n`);
      return exitCodes.valid;
    }
    const [file, ...rest] = positionals;
    if (file === undefined || values.key === undefined || rest.length > 0) throw new Error(usage);
    const text = readFileSync(file, "utf8");
    const ring = trustedRing(parsePublicKeys(readFileSync(values.key, "utf8")));
    const licenseId = values.id ?? subjectOf(text);
    const verdict = verifyLicenseFile(text, { licenseId, audience: values.audience, ring, nowMs });
    const { code, says } = judge(verdict, nowMs);
    output.print(values.json ? `${JSON.stringify(documentOf(verdict, says))}\n` : `${says}\n`);
    return code;
  } catch (error) {
    output.tell(`${error instanceof Error ? error.message : "failed"}\n`);
    return exitCodes.unable;
  }
}

/** The license id that the file names; the verification then requires it. Empty if it can't be read. */
function subjectOf(text: string): string {
  const armour = readArmour(text);
  if (!armour.ok) return "";
  try {
    const payload = Buffer.from(armour.content.split(".")[1] ?? "", "base64url").toString("utf8");
    return String((JSON.parse(payload) as { sub?: unknown }).sub ?? "");
  } catch {
    return "";
  }
}

function judge(verdict: Verdict, nowMs: number): { readonly code: number; readonly says: string } {
  if (!verdict.ok) return { code: refusalCode(verdict.reason), says: `refused: ${verdict.reason}` };
  const { code, valid } = assessment(verdict.claims, nowMs);
  return { code: valid ? exitCodes.valid : exitCodes.denied, says: `${valid ? "valid" : "denied"}: ${code}, license ${verdict.claims.sub}` };
}

function refusalCode(reason: Extract<Verdict, { ok: false }>["reason"]): number {
  if (reason === "expired" || reason === "issued-in-future" || reason === "rollback") return exitCodes.outdated;
  if (reason === "subject" || reason === "audience" || reason === "issuer") return exitCodes.elsewhere;
  return exitCodes.forged;
}

function assessment(claims: Claims, nowMs: number) {
  return assess({ ...claimedState(claims), fingerprintRequired: false }, { seat: "not-asked", features: [] }, nowMs);
}

function documentOf(verdict: Verdict, says: string) {
  return verdict.ok ? { ok: true, says, kid: verdict.kid, claims: verdict.claims } : { ok: false, says, reason: verdict.reason };
}

if (import.meta.main) {
  const print = (text: string) => void process.stdout.write(text);
  const tell = (text: string) => void process.stderr.write(text);
  process.exitCode = licenseVerify(process.argv.slice(2), { print, tell }, Date.now());
}
