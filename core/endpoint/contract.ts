import type * as z from "zod/mini";
import type { Caller, LicenseKeyCaller } from "../access/actor.ts";
import type { Permission } from "../access/permission.ts";
import type { ChangeBudget } from "./admission.ts";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import type { ProblemCode } from "../problem/problem.ts";

/**
 * A route's contract: its permission, its inputs and its replies. The edge enforces it, OpenAPI is built from it, and the
 * conformance suite checks it. A route without a permission does not compile.
 */
export type Contract = {
  readonly summary: string;
  readonly description?: string;
  /**
   * `any`: every valid credential is accepted. `public` is for the probes, the JWKS and the reference pages: credentials are ignored.
   */
  readonly permission: Permission | "any" | "public";
  /** The permission of a call with `dryRun=true`, which changes nothing. Absent: the same one. */
  readonly dryRunPermission?: Permission;
  /** Whether a token that has the permission only as a holder is refused. */
  readonly refusesHolders?: boolean;
  /** Strict schemas of strings. Nothing is coerced: the schema decides the type. */
  readonly params?: z.ZodMiniObject;
  readonly query?: z.ZodMiniObject;
  readonly body?: z.ZodMiniType;
  /** The body may be absent; it then reads as `{}`. */
  readonly bodyOptional?: boolean;
  readonly replies: Readonly<Record<number, ReplyContract>>;
  /** The problems of this route, in addition to those of every route. */
  readonly problems?: readonly ProblemCode[];
  /** Whether the route evaluates `If-Match`. Other changes refuse every value but `*`. */
  readonly ifMatch?: boolean;
  /**
   * The function checks a `License` credential itself, in its own database round trip, and refuses an unknown key with
   * `unauthenticated`.
   */
  readonly resolvesLicense?: boolean;
  /** The function names the license that the call counts for: it calls `admit` concurrently with its first read. */
  readonly namesLicense?: boolean;
  /** Whether calls count against a license's limit on usage instead of that on questions. */
  readonly consumes?: boolean;
  /** Answers requests to addresses and methods without a route. Their parameters and bodies aren't read. */
  readonly unread?: boolean;
  readonly examples?: { readonly body?: unknown };
};

export type ReplyContract = {
  readonly description: string;
  /**
   * A schema, or the name of one. Replies are checked only in tests and documents, so the most used function doesn't load the
   * schema.
   */
  readonly body?: z.ZodMiniType | { readonly $ref: string };
  /** Default `application/json`. */
  readonly contentType?: string | readonly string[];
  /** The headers that only this reply has. Those of every reply, list, change or problem follow from the contract. */
  readonly headers?: readonly ("etag" | "location" | "x-certificate-state" | "x-files-until")[];
  readonly example?: unknown;
};

type Output<Schema> = Schema extends z.ZodMiniType ? z.output<Schema> : undefined;

/** One call, after the edge: authenticated, authorized, parsed. */
export type Call<C extends Contract = Contract> = {
  /** With `resolvesLicense` also a `License` credential that wasn't looked up yet. */
  readonly caller: C extends { readonly resolvesLicense: true } ? Caller | LicenseKeyCaller : Caller;
  readonly params: Output<C["params"]>;
  readonly query: Output<C["query"]>;
  readonly body: Output<C["body"]>;
  readonly requestId: string;
  /** Present if the caller sent an `Idempotency-Key`. Its scope is the principal, or the license key, and the route. */
  readonly idempotency?: IdempotencyKey;
  /** The sequences that `If-Match` names; the license must have one of them. Empty: it names only tags that aren't sequences. */
  readonly ifMatch?: readonly number[];
  /** By lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly method: string;
  /** The path of this request, with which a `Location` begins. */
  readonly path: string;
  /** The origin that this request came to. */
  readonly origin: string;
  /**
   * Counts the call against the limits of its principal, and of `license` (an id or key digest) if given. It is one Redis
   * transaction, begun at the first call of `admit`: with `namesLicense` by the function, concurrently with its first read, else
   * by the edge. Every change waits for it (`platform/condition.ts`). Rejects with `rate-limited`.
   */
  readonly admit: (license?: string) => Promise<void>;
  /** Present if the caller's changes are limited too. */
  readonly changes?: ChangeBudget;
};
