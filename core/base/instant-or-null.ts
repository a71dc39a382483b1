/**
 * An instant in the form of the API's answers. Separate from the schemas, so that a function that only writes answers doesn't
 * load zod.
 */
export function instantOrNull(value: Date | null): string | null {
  return value?.toISOString() ?? null;
}
