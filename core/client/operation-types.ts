import type { operations } from "./contract.ts";

/** The types of an operation's arguments and answer, from the OpenAPI document by the operation's id. */
export type OperationId = keyof operations;

type Parameters<Id extends OperationId, Place extends string> = operations[Id]["parameters"] extends { readonly [P in Place]?: infer Members } ? NonNullable<Members> : never;
type Content<Answer> = Answer extends { readonly content: infer Types } ? (Types extends { readonly "application/json": infer Json } ? Json : Types[keyof Types]) : undefined;

export type Body<Id extends OperationId> = operations[Id] extends { readonly requestBody?: infer Request } ? Content<NonNullable<Request>> : never;
export type Query<Id extends OperationId> = Parameters<Id, "query">;
/** The filters of a list. The client asks for JSON. */
export type ListQuery<Id extends OperationId> = Omit<Query<Id>, "format">;
/** The body of a success; undefined if there is none. */
export type Reply<Id extends OperationId> = { readonly [Status in keyof operations[Id]["responses"] & (200 | 201 | 202 | 204)]: Content<operations[Id]["responses"][Status]> }[keyof operations[Id]["responses"] & (200 | 201 | 202 | 204)];

/** One page of a list. `More`: what a list says beside its items. */
export type Page<Item, More = unknown> = { readonly data: readonly Item[]; readonly pagination: { readonly hasMore: boolean; readonly nextCursor: string | null } } & More;
export type Item<Id extends OperationId> = Reply<Id> extends { readonly data: readonly (infer Each)[] } ? Each : never;

/** All items of a list: `for await (const license of client.licenses.list())`. Each iteration asks for the pages anew. */
export type Pages<Item, More = unknown> = AsyncIterable<Item> & {
  /** Page by page. A later list goes on after a page if its `nextCursor` is the query's `cursor`. */
  readonly pages: () => AsyncIterable<Page<Item, More>>;
  readonly firstPage: () => Promise<Page<Item, More>>;
};

/** The pages of a list operation. */
export type PagesOf<Id extends OperationId> = Pages<Item<Id>, Omit<Reply<Id>, "data" | "pagination">>;

/** The options of a call, which come after its arguments. */
export type Options<Id extends OperationId> = {
  /** Ends the call: it rejects with the signal's reason. Whether a change was made is then unknown. */
  readonly signal?: AbortSignal | undefined;
  /** Sees the answer's status and headers. Its body has been read. */
  readonly onResponse?: ((response: Response) => void) | undefined;
} & (Parameters<Id, "header"> extends { readonly "Idempotency-Key"?: string } ? KeyOption : unknown) &
  (Parameters<Id, "header"> extends { readonly "If-Match"?: string } ? MatchOption : unknown) &
  (operations[Id] extends { readonly requestBody?: object } ? (Query<Id> extends never ? unknown : { readonly query?: Query<Id> }) : unknown);

type KeyOption = {
  /** 1 to 255 visible ASCII characters. The service answers the same key and body with the same answer for 24 hours. Default: a new one. */
  readonly idempotencyKey?: string | undefined;
};
type MatchOption = {
  /** The license's `sequence` that the change is based on. Another one: `sequence-mismatch`, and nothing has changed. */
  readonly ifMatch?: number | undefined;
};
