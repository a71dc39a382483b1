import type { Mutation } from "./mutations.ts";
import type { RenderOptions } from "./render/render.ts";
import { spelled } from "./render/render.ts";

/**
 * Mistakes that are rendered together. A render costs seconds, and mistakes that break different rules don't hide each other: each
 * names exactly the rules that it breaks, so a batch must break exactly their union.
 */
export type Batch = { readonly options: RenderOptions; readonly mutations: readonly Mutation[] };

type Growing = { readonly options: RenderOptions; readonly mutations: Mutation[] };

/** First fit: a mistake joins the first batch of its kind of deployment in which no mistake breaks its rules yet. */
export function batchesOf(mutations: readonly Mutation[], stage: string): readonly Batch[] {
  const batches: Growing[] = [];
  for (const mutation of mutations) {
    const options: RenderOptions = { stage, ...mutation.options };
    const fitting = batches.find((batch) => isRenderedAlike(batch.options, options) && fits(mutation, batch.mutations));
    if (fitting === undefined) batches.push({ options, mutations: [mutation] });
    else fitting.mutations.push(mutation);
  }
  return batches;
}

/** A mistake that refuses the deployment is alone in its batch, since it hides all others. */
function fits(mutation: Mutation, others: readonly Mutation[]): boolean {
  if ([mutation, ...others].some(({ refused }) => refused !== undefined)) return false;
  const taken = new Set(others.flatMap(({ breaks }) => breaks ?? []));
  return (mutation.breaks ?? []).every((rule) => !taken.has(rule));
}

function isRenderedAlike(left: RenderOptions, right: RenderOptions): boolean {
  return spelled(left) === spelled(right);
}
