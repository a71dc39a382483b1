import { spawn } from "node:child_process";
import type { Machine } from "./machine.ts";

type Opened = {
  readonly ok: boolean;
  readonly reason?: string;
  readonly status?: string;
  readonly sequence?: number;
  readonly networkCalls: number;
  readonly ms: number;
};

const timeoutMs = 15_000;

/**
 * Verifies and opens a certificate in a process that has only the public key and the application secret: no environment, no child
 * processes and no sockets.
 */
export function openOffline(machine: Machine, { text, licenseId }: { readonly text: string; readonly licenseId: string }): Promise<Opened> {
  const input = JSON.stringify({
    text,
    licenseId,
    publicPem: machine.publicPem,
    applicationSecret: machine.environment["APP_ENV_APPLICATION_SECRET"],
    audience: machine.runtime.config.certificate.audience,
  });
  const script = new URL("./walk-offline-child.ts", import.meta.url);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--permission", "--allow-fs-read=*", script.pathname], { env: {}, stdio: ["pipe", "pipe", "pipe"], timeout: timeoutMs });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(output) as Opened);
      else reject(new Error(`the offline process ended with ${code ?? "a signal"}: ${errors.slice(0, 500)}`));
    });
    child.stdin.end(input);
  });
}
