/** How often `lastValidatedAt`, and when a seat was last seen, are written at most. */
export const touchSeconds = 60;

/** Whether what was last written at `writtenAt` (null: never) is old enough to be written again. */
export function isTouchDue(writtenAt: Date | null, now: Date): boolean {
  return writtenAt === null || now.getTime() - writtenAt.getTime() >= touchSeconds * 1000;
}
