import type { Readable } from 'node:stream';

/** Keeps the head and the tail of a stream and counts all of it. */
export interface Capture {
  /** Bytes seen so far. */
  readonly total: () => number;
  /** Head and tail as text; says how much was left out between them. */
  readonly text: () => string;
}

/**
 * Reads a stream to its end without keeping more than `keepBytes` of it.
 *
 * @param onBytes - Called with the length of each chunk.
 */
export function captureEnds(
  stream: Readable,
  keepBytes: number,
  onBytes: (count: number) => void,
): Capture {
  const half = Math.ceil(keepBytes / 2);
  const head: Buffer[] = [];
  let headBytes = 0;
  let tail: Buffer = Buffer.alloc(0);
  let total = 0;
  stream.on('error', () => undefined); // a pipe broken by a kill is an end like any other
  stream.on('data', (chunk: Buffer) => {
    total += chunk.length;
    const room = half - headBytes;
    if (room > 0) {
      const part = chunk.subarray(0, room);
      head.push(Buffer.from(part));
      headBytes += part.length;
    }
    if (chunk.length > room) {
      const rest = room > 0 ? chunk.subarray(room) : chunk;
      tail =
        rest.length >= half
          ? Buffer.from(rest.subarray(rest.length - half))
          : Buffer.concat([tail, rest]).subarray(-half);
    }
    onBytes(chunk.length);
  });
  return {
    total: () => total,
    text: () => {
      const left = total - headBytes - tail.length;
      const decode = (part: Buffer) => part.toString('utf8');
      if (left <= 0) return decode(Buffer.concat([...head, tail]));
      return `${decode(Buffer.concat(head))}\n[${left} bytes left out]\n${decode(tail)}`;
    },
  };
}

/**
 * Reads a stream whole, up to a cap; what comes after the cap is thrown away.
 *
 * @param onBytes - Called with all there is so far whenever some came.
 */
export function captureAll(
  stream: Readable,
  capBytes: number,
  onBytes: (total: number) => void,
): { readonly bytes: () => Uint8Array } {
  const chunks: Buffer[] = [];
  let total = 0;
  stream.on('error', () => undefined); // as above
  stream.on('data', (chunk: Buffer) => {
    if (total < capBytes) chunks.push(chunk.subarray(0, capBytes - total));
    total += chunk.length;
    onBytes(total);
  });
  return { bytes: () => Buffer.concat(chunks) };
}
