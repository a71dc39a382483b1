import type * as z from "zod/mini";
import type { Caller, LicenseKeyCaller } from "../access/actor.ts";
import type { Permission } from "../access/permission.ts";
import type { ChangeBudget } from "./admission.ts";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import type { ProblemCode } from "../problem/problem.ts";

/**
 * A route's contract: who may call it, what it takes, what it answers. The edge enforces it, OpenAPI is built from it,
 * and the conformance suite checks it. A route without a permission does not compile.
 */
export type Contract = {
  readonly summary: string;
  readonly description?: string;
  /** `public` is for the probes, the JWKS and the reference pages: no credential is looked at. */
  readonly permission: Permission | "public";
  /** Strict schemas of strings: the address decides the type, never a coercion. */
  readonly params?: z.ZodMiniObject;
  readonly query?: z.ZodMiniObject;
  readonly body?: z.ZodMiniType;
  /** A body may be left out altogether (it then reads as `{}`). */
  readonly bodyOptional?: boolean;
  readonly replies: Readonly<Record<number, ReplyContract>>;
  /** What this route may answer besides the problems that every route may. */
  readonly problems?: readonly ProblemCode[];
  /** Takes `If-Match`. Where a change doesn't, one that comes with it is refused, but for `*`. */
  readonly ifMatch?: boolean;
  /**
   * The function checks a `License` credential itself, in its own database round trip, and refuses an unknown key with
   * `unauthenticated`.
   */
  readonly resolvesLicense?: boolean;
  /** The function says which license the call counts for: it calls `admit` beside its first read. */
  readonly namesLicense?: boolean;
  /** Answers a request without reading it, wherever it was sent: for what no route takes. */
  readonly unread?: boolean;
  readonly examples?: { readonly body?: unknown };
};

export type ReplyContract = {
  readonly description: string;
  /** A schema, or the name of one: what a function answers is for documents and tests, and the hottest doesn't carry it. */
  readonly body?: z.ZodMiniType | { readonly $ref: string };
  /** Default `application/json`. */
  readonly contentType?: string | readonly string[];
  readonly example?: unknown;
};

type Output<Schema> = Schema extends z.ZodMiniType ? z.output<Schema> : undefined;

/** One call, after the edge: authenticated, authorized, parsed. */
export type Call<C extends Contract = Contract> = {
  /** With `resolvesLicense` also a `License` credential that nobody has looked up yet. */
  readonly caller: C extends { readonly resolvesLicense: true } ? Caller | LicenseKeyCaller : Caller;
  readonly params: Output<C["params"]>;
  readonly query: Output<C["query"]>;
  readonly body: Output<C["body"]>;
  readonly requestId: string;
  /** Present when the caller sent `Idempotency-Key`; the scope is principal + route. */
  readonly idempotency?: IdempotencyKey;
  /** The sequences that `If-Match` names, any of which will do. Empty: it names only what was never a sequence. */
  readonly ifMatch?: readonly number[];
  /** By lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly method: string;
  /** The path of this request: what a `Location` starts with. */
  readonly path: string;
  /**
   * Counts the call against the limits of its principal, and of `license` (an id or key digest) if given. One Redis pipeline,
   * begun at the first call: with `namesLicense` by the function, beside its first read, else by the edge. Every change waits
   * for it (`platform/condition.ts`). Rejects with `rate-limited`.
   */
  readonly admit: (license?: string) => Promise<void>;
  /** For callers whose changes are limited too. */
  readonly changes?: ChangeBudget;
};
