import { dayOf, durationWords, instantOf } from "./time.tsx";

type ChangesProps = {
  readonly of: Readonly<Record<string, readonly unknown[]>>;
  /** Whether the event made the thing that it changed: then only the new values are shown. */
  readonly isNew?: boolean;
};

/** More fields than these are folded. */
const openMax = 8;

/** Each changed field with its old and its new value. */
export function Changes({ of, isNew = false }: ChangesProps) {
  const fields = Object.entries(of);
  const list = (
    <ul class="changes">
      {fields.map(([field, [from, to]]) => <li key={field}>{field}: {isNew ? null : <><Value of={from} /> → </>}<Value of={to} /></li>)}
    </ul>
  );
  return fields.length <= openMax ? list : <details><summary>{fields.length} values</summary>{list}</details>;
}

const instant = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;
const duration = /^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?$/;

function Value({ of }: { readonly of: unknown }) {
  return typeof of === "string" && instant.test(of) ? <time dateTime={of} title={instantOf(of)}>{dayOf(of)}</time> : <code>{valueText(of)}</code>;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return duration.test(value) ? durationWords(value) : value;
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  if (typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value);
  return members.length === 0 ? "nothing" : members.map(([name, member]) => `${name}: ${typeof member === "object" && member !== null ? `(${valueText(member)})` : valueText(member)}`).join(", ");
}
