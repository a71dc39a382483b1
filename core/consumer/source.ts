/**
 * Where certificates are read. `read` answers the newest one of a license, undefined if there is none, and throws a
 * SourceError, or anything else, which counts as UNREACHABLE. It must end when `signal` does; the gate stops waiting
 * then in any case.
 */
export type Source = {
  /** What the texts are: certificates, or what license files hold in their armour, which is signed only. A verifier takes one or the other. */
  readonly format: "certificate" | "license-file";
  readonly read: (licenseId: string, options: { readonly signal: AbortSignal }) => Promise<string | undefined>;
};

export type SourceCode = "UNREACHABLE" | "FORBIDDEN" | "MALFORMED";

/** What an error of a source means. By name, so that a SourceError of another copy of this package is one too. */
export function sourceCodeOf(error: unknown): SourceCode {
  const { name, code } = Object(error) as Partial<SourceError>;
  return name === "SourceError" && (code === "FORBIDDEN" || code === "MALFORMED") ? code : "UNREACHABLE";
}

/**
 * `UNREACHABLE`: no usable answer; `FORBIDDEN`: our credential was refused; `MALFORMED`: what is held for this license
 * isn't a certificate. The message never names an address, a credential or a content: safe to log.
 */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly code: SourceCode;
  constructor(code: SourceCode) {
    super(`source: ${code}`);
    this.code = code;
  }
}
