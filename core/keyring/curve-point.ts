/**
 * The points of edwards25519 (RFC 8032 §5.1), as far as the check of a public key needs them. A public key is no secret, so a
 * computation may take longer for one key than for another. Nothing here may ever compute with a private key.
 *
 * Extended coordinates (§5.1.4): x = X/Z, y = Y/Z, x·y = T/Z.
 */
type CurvePoint = { readonly X: bigint; readonly Y: bigint; readonly Z: bigint; readonly T: bigint };

/** The number of elements of the field. */
const p = 2n ** 255n - 19n;
/** −121665/121666, the parameter of the curve. */
const d = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
/** The order of the base point, a prime. The curve has eight times as many points. */
export const primeOrder = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
export const cofactor = 8n;

const encodedBytes = 32;
const neutral: CurvePoint = { X: 0n, Y: 1n, Z: 1n, T: 0n };

/** Decodes a point (§5.1.3). Undefined: the bytes aren't the canonical encoding of a point. */
export function decodePoint(bytes: Uint8Array): CurvePoint | undefined {
  if (bytes.length !== encodedBytes) return undefined;
  // Little-endian: the last byte comes first.
  const encoded = bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n);
  const sign = encoded >> 255n;
  const y = BigInt.asUintN(255, encoded);
  if (y >= p) return undefined;
  // The curve is −x² + y² = 1 + d·x²·y².
  const x = squareRoot(modulo(y * y - 1n), modulo(d * y * y + 1n));
  if (x === undefined || (x === 0n && sign === 1n)) return undefined;
  const X = x % 2n === sign ? x : p - x;
  return { X, Y: y, Z: 1n, T: modulo(X * y) };
}

/** Whether adding the point to itself `times` times gives the neutral point. */
export function vanishes(point: CurvePoint, times: bigint): boolean {
  let sum = neutral;
  for (let rest = times, doubled = point; rest > 0n; rest >>= 1n, doubled = add(doubled, doubled)) {
    if ((rest & 1n) === 1n) sum = add(sum, doubled);
  }
  return sum.X === 0n && sum.Y === sum.Z;
}

/** The sum of two points (§5.1.4). The formula holds for any two, also for a point and itself. */
function add(one: CurvePoint, other: CurvePoint): CurvePoint {
  const A = (one.Y - one.X) * modulo(other.Y - other.X);
  const B = (one.Y + one.X) * modulo(other.Y + other.X);
  const C = modulo(2n * d * one.T) * other.T;
  const D = 2n * one.Z * other.Z;
  const E = modulo(B - A);
  const F = modulo(D - C);
  const G = modulo(D + C);
  const H = modulo(B + A);
  return { X: modulo(E * F), Y: modulo(G * H), T: modulo(E * H), Z: modulo(F * G) };
}

/** A square root of `dividend / divisor` in the field (§5.1.3, steps 2 and 3); undefined if there is none. */
function squareRoot(dividend: bigint, divisor: bigint): bigint | undefined {
  const isRoot = (root: bigint): boolean => modulo(divisor * root * root - dividend) === 0n;
  const candidate = modulo(dividend * divisor ** 3n * power(dividend * divisor ** 7n, (p - 5n) / 8n));
  if (isRoot(candidate)) return candidate;
  const other = modulo(candidate * power(2n, (p - 1n) / 4n));
  return isRoot(other) ? other : undefined;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let rest = exponent, square = modulo(base); rest > 0n; rest >>= 1n, square = modulo(square * square)) {
    if ((rest & 1n) === 1n) result = modulo(result * square);
  }
  return result;
}

/** The number's remainder from 0 to p − 1. */
function modulo(number: bigint): bigint {
  const remainder = number % p;
  return remainder < 0n ? remainder + p : remainder;
}
