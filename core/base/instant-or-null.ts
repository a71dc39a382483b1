/** An instant as answers write it. Apart from the schemas, which a function that only answers does without. */
export function instantOrNull(value: Date | null): string | null {
  return value?.toISOString() ?? null;
}
