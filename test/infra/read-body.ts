/** Reads a request's body. Throws if it is longer than `bytesMax`. */
export async function readBody(incoming: AsyncIterable<unknown>, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += (chunk as Buffer).length;
    if (bytes > bytesMax) throw new Error("the call is too large");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
