/** What tokens spell, byte for byte. */
import { isJsonObject, type JsonObject } from './json-file.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The bytes of every token, so that stop strings can be found as tokens arrive. */
export interface TokenBytes {
  /** UTF-8, token i is `bytes[offsets[i] … offsets[i + 1]]`; special tokens spell their names, as a stop string may be one. */
  readonly bytes: Uint8Array;
  /** `[size + 1]` */
  readonly offsets: Uint32Array;
}

/**
 * Spells every token as its tokenizer's decoder would.
 *
 * @param size - Tokens in the table; ids without a token spell nothing.
 * @param json - The tokenizer.json, which says how its tokens are written.
 */
export function spellTokens(
  size: number,
  { texts, added }: Vocabulary,
  json: JsonObject,
): TokenBytes {
  const spell = speller(decoderTypes(json));
  const pieces: Uint8Array[] = [];
  const offsets = new Uint32Array(size + 1);
  for (let id = 0; id < size; id++) {
    const text = texts[id] ?? '';
    const piece = added.has(id) ? Buffer.from(text, 'utf8') : spell(text);
    pieces.push(piece);
    offsets[id + 1] = offsets[id]! + piece.length;
  }
  // A copy of its own, because Buffer.concat may share a pool that cannot be transferred to a thread.
  return { bytes: new Uint8Array(Buffer.concat(pieces)), offsets };
}

function speller(decoders: ReadonlySet<string>): (text: string) => Uint8Array {
  if (decoders.has('ByteLevel')) {
    const bytes = byteOfCharacter();
    return (text) => Uint8Array.from([...text].map((character) => bytes.get(character) ?? 0));
  }
  return (text) => {
    const byte = decoders.has('ByteFallback') ? /^<0x([0-9A-F]{2})>$/u.exec(text) : null;
    return byte
      ? Uint8Array.of(Number.parseInt(byte[1]!, 16))
      : Buffer.from(text.replaceAll('▁', ' '));
  };
}

/** The types of a decoder and of those it is a sequence of. */
function decoderTypes({ decoder }: JsonObject): ReadonlySet<string> {
  const parts = isJsonObject(decoder) && Array.isArray(decoder.decoders) ? decoder.decoders : [];
  return new Set([decoder, ...parts].map((part) => (isJsonObject(part) ? String(part.type) : '')));
}

/**
 * Byte-level vocabularies write each byte as one visible character: printable Latin-1 as itself, the other 68 bytes as the
 * characters from U+0100 on, in order.
 */
function byteOfCharacter(): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    bytes.set(String.fromCharCode(printable ? byte : next), byte);
    if (!printable) next += 1;
  }
  return bytes;
}
