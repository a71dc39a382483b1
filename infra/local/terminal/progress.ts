/** Reports each part that starts: on a terminal in one changing line, elsewhere in a line of its own. */
export type Progress = { readonly step: (what: string) => void; readonly done: () => void };

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 80;

export function createProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { step: (what) => void stream.write(`${what} …\n`), done: () => undefined };
  let current: string | undefined;
  let turn = 0;
  const draw = () => {
    if (current === undefined) return;
    turn += 1;
    stream.write(`\r\u001b[2K${frames[turn % frames.length] ?? ""} ${current} …`);
  };
  const timer = setInterval(draw, frameMs);
  timer.unref();
  return {
    step: (what) => {
      current = what;
      draw();
    },
    done: () => {
      clearInterval(timer);
      if (current !== undefined) stream.write("\r\u001b[2K");
      current = undefined;
    },
  };
}
