import { reader } from "../base/column.ts";
import type { FieldsOf, RowOf } from "../base/column.ts";
import { activationColumns } from "./columns.ts";

/** One machine's hold on one seat. */
export type Activation = FieldsOf<typeof activationColumns>;
export type ActivationRow = RowOf<typeof activationColumns>;

/** The releases that a license's key and its holder made in the period of its term, and when the oldest of them stops counting. */
export type Releases = { readonly used: number; readonly limit: number; readonly period: string; readonly nextAt: Date | null };

export const activationFrom = reader(activationColumns);

/** A seat is live until it is freed or its lease runs out. At `leaseUntil` itself it is no longer live. */
export function isLive(activation: Pick<Activation, "deactivatedAt" | "leaseUntil">, now: Date): boolean {
  return activation.deactivatedAt === null && (activation.leaseUntil === null || activation.leaseUntil > now);
}
