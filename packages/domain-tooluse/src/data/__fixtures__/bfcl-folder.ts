import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where tests find the benchmark's files: `TASKSPACE_BFCL`, or beside the repository; undefined when neither is there. */
export function bfclFolder(): string | undefined {
  const beside = join(import.meta.dirname, '../../../../../../shared/data/bfcl');
  const folder = process.env.TASKSPACE_BFCL ?? beside;
  return existsSync(join(folder, 'multi_turn_base.jsonl')) ? folder : undefined;
}
