/**
 * The offered type that an `Accept` header (RFC 9110 §12.5.1) prefers: by its quality, then by the order of `offered`. The first
 * one if there is no header or none fits, since an answer helps more than a refusal. The most specific range that covers a type
 * sets its quality, so `q=0` excludes a type from a wider range. A range without a valid quality is ignored.
 */
export function accepted<const Offered extends readonly [string, ...string[]]>(accept: string | undefined, offered: Offered): Offered[number] {
  const ranges = (accept ?? "*/*").slice(0, headerMax).split(",").flatMap(parseRange);
  const quality = (type: string) => {
    const wider = [type, `${type.split("/")[0] ?? ""}/*`, "*/*"];
    const named = wider.map((range) => ranges.filter((one) => one.type === range).map((one) => one.quality));
    return Math.max(0, ...(named.find((qualities) => qualities.length > 0) ?? []));
  };
  return offered.reduce<string>((best, type) => (quality(type) > quality(best) ? type : best), offered[0]);
}

const headerMax = 1_024;

function parseRange(text: string): readonly { readonly type: string; readonly quality: number }[] {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
  return /^(0(\.[0-9]{0,3})?|1(\.0{0,3})?)$/.test(q) ? [{ type, quality: Number(q) }] : [];
}
