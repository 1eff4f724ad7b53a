import { type FileHandle, open } from 'node:fs/promises';
import { diskProblem } from './disk-problem.ts';

/** A file of one JSON value a line that only ever grows, and that can be cut back to where a checkpoint was written. */
export class JsonLines implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  #bytes: number;

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  /**
   * Opens or creates the file and drops everything after `bytes`.
   *
   * @throws {TaskspaceError} when the file is shorter than that.
   */
  static async open(path: string, bytes: number): Promise<JsonLines> {
    try {
      const file = await open(path, 'a+');
      const { size } = await file.stat();
      if (size < bytes) {
        await file.close();
        throw diskProblem(
          path,
          `expected at least the ${bytes} bytes that stood there at the last checkpoint, found ${size}. ` +
            'Lines were removed by hand: start a new run.',
        );
      }
      if (size > bytes) await file.truncate(bytes);
      return new JsonLines(path, file, bytes);
    } catch (error) {
      throw diskProblem(path, error);
    }
  }

  /** Length of the whole lines written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param value - Survives JSON. */
  async append(value: object): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    try {
      await this.#file.appendFile(line);
      this.#bytes += line.length;
    } catch (error) {
      // The cut is an attempt only: resuming cuts half a line off anyway.
      await this.#file.truncate(this.#bytes).catch(() => undefined);
      throw diskProblem(this.#path, error);
    }
  }

  /** Returns once everything appended is on the disk. */
  async sync(): Promise<void> {
    try {
      await this.#file.sync();
    } catch (error) {
      throw diskProblem(this.#path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
