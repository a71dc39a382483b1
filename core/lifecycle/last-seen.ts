/** `lastValidatedAt`, and when a seat was last seen, are written at most this often. */
export const lastSeenSeconds = 60;

/** Whether the time last written, `writtenAt` (null: never), is old enough to be written again. */
export function isLastSeenDue(writtenAt: Date | null, now: Date): boolean {
  return writtenAt === null || now.getTime() - writtenAt.getTime() >= lastSeenSeconds * 1000;
}
