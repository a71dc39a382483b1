import { quantity } from "./report.ts";
import type { Measured } from "./measure.ts";

const width = 1020;
const labelWidth = 400;
const rowHeight = 26;
const top = 56;
const ours = /^(?:warm check|verify \+ decrypt|gate\.check)/;

/** Horizontal bars on a logarithmic scale, one for each contender, cheapest first. */
export function plot(measured: ReadonlyMap<string, Measured>): string {
  const rows = [...measured.values()].toSorted((left, right) => left.us.cpu - right.us.cpu);
  const decades = { from: Math.floor(Math.log10(rows.at(0)?.us.cpu ?? 1)), to: Math.ceil(Math.log10(rows.at(-1)?.us.cpu ?? 1)) };
  const place = (us: number) => labelWidth + ((Math.log10(us) - decades.from) / (decades.to - decades.from)) * (width - labelWidth - 90);
  const height = top + rows.length * rowHeight + 30;
  const ticks = Array.from({ length: decades.to - decades.from + 1 }, (_, index) => 10 ** (decades.from + index));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Microseconds of CPU for one decision" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="26" font-size="16" font-weight="600" fill="#111827">Microseconds of CPU for one decision, logarithmic</text>`,
    ...ticks.map((us) => tick(us, { x: place(us), height })),
    ...rows.map((row, index) => bar(row, { index, start: place(10 ** decades.from), end: place(row.us.cpu) })),
    "</svg>",
    "",
  ].join("\n");
}

function tick(us: number, { x, height }: { readonly x: number; readonly height: number }): string {
  const line = `<line x1="${x.toFixed(1)}" y1="${top - 8}" x2="${x.toFixed(1)}" y2="${height - 24}" stroke="#e5e7eb"/>`;
  return `${line}<text x="${x.toFixed(1)}" y="${height - 8}" text-anchor="middle" fill="#6b7280">${quantity(us)} µs</text>`;
}

function bar({ name, us }: Measured, { index, start, end }: { readonly index: number; readonly start: number; readonly end: number }): string {
  const y = top + index * rowHeight;
  const fill = ours.test(name) ? "#0f766e" : "#9ca3af";
  return [
    `<text x="${labelWidth - 10}" y="${y + 14}" text-anchor="end" fill="#111827">${name}</text>`,
    `<rect x="${start.toFixed(1)}" y="${y}" width="${Math.max(2, end - start).toFixed(1)}" height="18" rx="3" fill="${fill}"/>`,
    `<text x="${(end + 8).toFixed(1)}" y="${y + 14}" fill="#374151">${quantity(us.cpu)}</text>`,
  ].join("");
}
