/** The progress of long work. */
type Work = { readonly done: number; readonly total: number; readonly ratePerSecond: number; readonly etaSeconds: number | null };

/** A line that is redrawn on a terminal; elsewhere nothing is written. */
type ProgressBar = { readonly draw: (work: Work) => void; readonly clear: () => void };

type Terminal = { readonly isTTY?: boolean; readonly columns?: number; readonly write: (text: string) => unknown };

const drawMs = 100;
const widthMax = 40;

export function createProgressBar(terminal: Terminal, label: string, nowMs: () => number = () => performance.now()): ProgressBar {
  if (terminal.isTTY !== true) return { draw: () => undefined, clear: () => undefined };
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  return {
    draw: (work) => {
      if (nowMs() - drawnAtMs < drawMs && work.done < work.total) return;
      drawnAtMs = nowMs();
      isDrawn = true;
      terminal.write(`\r\u001b[2K${progressLine(work, { label, columns: terminal.columns ?? 80 })}`);
    },
    clear: () => {
      if (isDrawn) terminal.write("\r\u001b[2K");
      isDrawn = false;
    },
  };
}

/** `Publishing ████████░░░░  2,400 of 10,000  1,250/s  6 s left`, shortened to the terminal. */
export function progressLine(work: Work, { label, columns }: { readonly label: string; readonly columns: number }): string {
  const share = work.total === 0 ? 1 : Math.min(1, work.done / work.total);
  const counts = `${grouped(work.done)} of ${grouped(work.total)}  ${grouped(Math.round(work.ratePerSecond))}/s  ${left(work.etaSeconds)}`;
  const width = Math.min(widthMax, columns - label.length - counts.length - 4);
  if (width < 4) return `${label} ${counts}`.slice(0, Math.max(0, columns - 1));
  const filled = Math.round(width * share);
  return `${label} ${"█".repeat(filled)}${"░".repeat(width - filled)}  ${counts}`;
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

function left(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds < 120) return `${seconds} s left`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min left` : `${Math.round(seconds / 3_600)} h left`;
}
