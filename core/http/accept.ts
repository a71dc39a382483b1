/**
 * The first of `offered` types that an `Accept` header (RFC 9110 §12.5.1) takes, by its quality and then by our order; the
 * first one of all when there is no header or nothing fits, since an answer helps more than a refusal.
 */
export function accepted<const Offered extends readonly [string, ...string[]]>(accept: string | undefined, offered: Offered): Offered[number] {
  const ranges = (accept ?? "*/*").slice(0, headerMax).split(",").map(parseRange);
  const quality = (type: string) =>
    Math.max(0, ...ranges.filter((range) => covers(range.type, type)).map((range) => range.quality));
  return offered.reduce<string>((best, type) => (quality(type) > quality(best) ? type : best), offered[0]);
}

const headerMax = 1_024;

function parseRange(text: string): { type: string; quality: number } {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
  return { type, quality: /^(0(\.[0-9]{0,3})?|1(\.0{0,3})?)$/.test(q) ? Number(q) : 0 };
}

function covers(range: string, type: string): boolean {
  return range === "*/*" || range === type || range === `${type.split("/")[0] ?? ""}/*`;
}
