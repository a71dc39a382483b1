export type MeterOptions = {
  /**
   * Consumes an amount: `(amount) => licensing.usage.consume(licenseId, { meter: "exports", amount })`. It rejects with the code
   * `usage-limit-reached` and the problem's `remaining` if the meter has no room.
   */
  readonly take: (amount: number) => Promise<unknown>;
  /** How much is taken ahead: 1 to 1,000,000. A process that dies loses at most this much. */
  readonly block: number;
  /** For how long a refusal is repeated without a call. Default 1,000. */
  readonly refusedMs?: number;
  /** Replaces the platform's clock, for tests. */
  readonly nowMs?: () => number;
};

export type Meter = {
  /**
   * Takes an amount (default 1). `true` at once while the block lasts; else a promise, which is `true` if it was granted and `false` if the
   * limit is reached. `false` at once for `refusedMs` after a refusal. The promise rejects if the service can't be asked: then
   * nothing is known, and nothing was taken. Throws RangeError for an amount that isn't a whole number from 1 to 1,000,000.
   */
  readonly take: (amount?: number) => boolean | Promise<boolean>;
  /** How much of the block is left. */
  readonly left: () => number;
};

const amountMax = 1_000_000;
/** How often one take asks for less after others have taken what a refusal said remained. */
const attemptsMax = 3;

/**
 * Counts without a call for each use: takes a block ahead, gives it out, and takes the next one when half of it is left. The rest of
 * the present block and the next one are together never more than one block.
 */
export function meter({ take, block, refusedMs = 1_000, nowMs = () => Date.now() }: MeterOptions): Meter {
  requireAmount("block", block);
  let left = 0;
  let waiting = 0;
  /** The last refusal: until when it is repeated, and how much more the meter granted then. */
  let refused = { untilMs: 0, room: 0 };
  let filling: Promise<"taken" | "refused"> | undefined;
  let line: Promise<unknown> = Promise.resolve();

  /** Takes more, one call at a time, until `needed` are left or the meter refuses. Rejects if the service can't be asked. */
  const fill = (needed: number): Promise<"taken" | "refused"> => {
    filling ??= (async () => {
      let amount = Math.max(block, needed) - left;
      for (let attempt = 1; ; attempt += 1) {
        const remaining = await took(take, amount);
        if (remaining === "taken") {
          left += amount;
          return "taken";
        }
        if (attempt === attemptsMax || remaining < 1 || left + remaining < needed) {
          refused = { untilMs: nowMs() + refusedMs, room: attempt === attemptsMax ? 0 : remaining };
          return "refused";
        }
        amount = Math.min(amount, remaining);
      }
    })().finally(() => (filling = undefined));
    return filling;
  };

  const isRefused = (amount: number) => amount > left + refused.room && nowMs() < refused.untilMs;

  const later = async (amount: number): Promise<boolean> => {
    while (left < amount) {
      if (isRefused(amount)) return false;
      const isOwn = filling === undefined;
      // Without this a refusal that isn't repeated would be asked for again and again.
      if ((await fill(amount)) === "refused" && isOwn && left < amount) return false;
    }
    left -= amount;
    return true;
  };

  return {
    left: () => left,
    take: (amount = 1) => {
      requireAmount("amount", amount);
      if (amount <= left && waiting === 0) {
        left -= amount;
        // A failure shows when the block is used up: the next take asks again.
        if (left < block / 2 && filling === undefined && !isRefused(block)) fill(0).catch(() => undefined);
        return true;
      }
      if (waiting === 0 && isRefused(amount)) return false;
      waiting += 1;
      const turn = line.then(() => later(amount)).finally(() => (waiting -= 1));
      line = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** `taken`, or how much the meter still grants. */
async function took(take: MeterOptions["take"], amount: number): Promise<"taken" | number> {
  try {
    await take(amount);
    return "taken";
  } catch (error) {
    const { code, problem } = error as { readonly code?: unknown; readonly problem?: { readonly remaining?: unknown } };
    if (code !== "usage-limit-reached") throw error;
    return typeof problem?.remaining === "number" ? problem.remaining : 0;
  }
}

function requireAmount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > amountMax) throw new RangeError(`${name} must be a whole number from 1 to ${amountMax}`);
}
