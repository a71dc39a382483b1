/** `lastValidatedAt` and a seat's `lastSeenAt` are written at most this often. */
export const lastSeenSeconds = 60;

/** Whether the instant must be written again. `writtenAt` is the one that was last written; null: never. */
export function isLastSeenDue(writtenAt: Date | null, now: Date): boolean {
  return writtenAt === null || now.getTime() - writtenAt.getTime() >= lastSeenSeconds * 1000;
}
