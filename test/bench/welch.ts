export type Sample = { readonly mean: number; readonly variance: number; readonly count: number };

export function sampleOf(values: readonly number[]): Sample {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { mean, variance, count };
}

/** Welch's t: the difference of two means in standard errors. Beyond 4.5 either way a difference counts as real. */
export function welch(left: Sample, right: Sample): number {
  return (left.mean - right.mean) / Math.sqrt(left.variance / left.count + right.variance / right.count);
}

/** The samples below a quantile of both together, since a pause of the machine says nothing about the code. */
export function cropped(left: readonly number[], right: readonly number[], share: number): readonly [readonly number[], readonly number[]] {
  const all = [...left, ...right].toSorted((a, b) => a - b);
  const most = all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? Infinity;
  return [left.filter((value) => value <= most), right.filter((value) => value <= most)];
}
