import { Interpreter } from '@huggingface/jinja';

/** A part of a template; one that reads a member has the `object` it reads it from. */
interface Statement {
  readonly object?: object;
}

interface Value {
  readonly value: unknown;
}

/** The library's class. Its own declarations do not resolve under Node's rules for modules. */
const LibraryInterpreter = Interpreter as unknown as new (
  environment: unknown,
) => {
  run(program: unknown): Value;
  evaluate(statement: Statement | undefined, environment: unknown): Value;
};

/** Evaluated nodes and elements gone through; a conversation of hundreds of messages takes a tenth. */
const MOST_WORK = 1_000_000;
/** Characters of a text, and elements and characters of a value with all that is in it. */
const MOST_SIZE = 8_000_000;
/** Characters that go through as fast as one element. */
const CHARACTERS = 256;

/**
 * Runs a template and gives up when it takes more work or room than any conversation needs: templates come with models, and a
 * loop in a loop, or a text doubled in a loop, would keep a program busy for ever or fill its memory. Counted, not timed, so
 * that a template is refused or not on every machine alike.
 */
export class BoundedInterpreter extends LibraryInterpreter {
  #work = 0;
  /** Nodes whose value is only reached into, which costs the same whatever its size. */
  readonly #reachedInto = new WeakSet<object>();
  readonly #sizes = new WeakMap<object, number>();

  override evaluate(statement: Statement | undefined, environment: unknown): Value {
    if (statement?.object) this.#reachedInto.add(statement.object);
    const value = super.evaluate(statement, environment);
    if (this.#sizeOf(value) > MOST_SIZE) throw new RangeError('a value that is too large');
    const isReachedInto = statement !== undefined && this.#reachedInto.has(statement);
    this.#work += isReachedInto ? 1 : 1 + breadthOf(value);
    if (this.#work > MOST_WORK) throw new RangeError('a template that does not come to an end');
    return value;
  }

  /** With everything inside, so that lists of lists that double are seen before they are written out. */
  #sizeOf({ value }: Value): number {
    if (typeof value === 'string') return value.length;
    if (!Array.isArray(value) && !(value instanceof Map)) return 1;
    const known = this.#sizes.get(value);
    if (known !== undefined) return known;
    this.#sizes.set(value, 1); // What holds itself ends here.
    let size = 1;
    for (const part of value.values()) size += this.#sizeOf(part);
    this.#sizes.set(value, size);
    return size;
  }
}

function breadthOf({ value }: Value): number {
  if (typeof value === 'string') return Math.floor(value.length / CHARACTERS);
  return Array.isArray(value) ? value.length : 0;
}
