/** Rows of a batch that go through the device together. */
export interface MicroBatch {
  /** Places in the batch. */
  readonly rows: readonly number[];
  /** Length every row is padded to. */
  readonly length: number;
}

/** Lengths are padded to a multiple of this, so that few shapes occur and vector units are filled. */
const LENGTH_STEP = 8;

/**
 * Micro-batches that go side by side are cut no larger than this: at about a thousand tokens what one operator of a small
 * model leaves is still in the core's own cache when the next one reads it.
 */
const SIDE_BY_SIDE_TOKENS = 1024;

/** Most positions of a micro-batch when `width` of them go side by side. */
export function microBatchBudget(microBatchTokens: number, width: number): number {
  return width > 1 ? Math.min(microBatchTokens, SIDE_BY_SIDE_TOKENS) : microBatchTokens;
}

/**
 * Cuts a batch into micro-batches of similar lengths: rows sorted by length, longest first, taken in order while
 * rows × padded length stays within the budget. A row longer than the budget goes alone. Depends on the lengths alone.
 *
 * @param lengths - Positions of each row, `>= 1`.
 * @param tokenBudget - Most positions of a micro-batch, padding included.
 */
export function planMicroBatches(lengths: readonly number[], tokenBudget: number): MicroBatch[] {
  const order = lengths.map((_, row) => row);
  order.sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: { rows: number[]; length: number }[] = [];
  for (const row of order) {
    const open = batches.at(-1);
    if (open && (open.rows.length + 1) * open.length <= tokenBudget) {
      open.rows.push(row);
      continue;
    }
    batches.push({ rows: [row], length: Math.ceil(lengths[row]! / LENGTH_STEP) * LENGTH_STEP });
  }
  return batches;
}

/**
 * Cuts a batch into rounds of micro-batches that are computed side by side, each round of at most `width`: as few rounds as
 * the budget allows, their micro-batches about equal in size.
 */
export function planRounds(
  lengths: readonly number[],
  tokenBudget: number,
  width: number,
): MicroBatch[][] {
  let batches = planMicroBatches(lengths, tokenBudget);
  const wanted = Math.ceil(batches.length / width) * width;
  // The smallest budget that needs no more rounds leaves the micro-batches most alike.
  let [tooSmall, enough] = [0, tokenBudget];
  while (enough - tooSmall > LENGTH_STEP) {
    const middle = Math.floor((tooSmall + enough) / 2);
    const cut = planMicroBatches(lengths, middle);
    if (cut.length > wanted) tooSmall = middle;
    else [enough, batches] = [middle, cut];
  }
  return Array.from({ length: Math.ceil(batches.length / width) }, (_, round) =>
    batches.slice(round * width, (round + 1) * width),
  );
}

/**
 * Lays rows one under another, each padded at its right end.
 *
 * @param rows - Arrays of at most `length` numbers.
 * @returns `[rows, length]`
 */
export function padRows(
  rows: readonly ArrayLike<number>[],
  length: number,
  padding: number,
): Float32Array {
  const padded = new Float32Array(rows.length * length).fill(padding);
  for (const [index, row] of rows.entries()) padded.set(row, index * length);
  return padded;
}

/** Like {@link padRows} for token ids. */
export function padTokens(rows: readonly Int32Array[], length: number): BigInt64Array {
  const padded = new BigInt64Array(rows.length * length);
  for (const [index, row] of rows.entries()) {
    for (let position = 0; position < row.length; position++) {
      padded[index * length + position] = BigInt(row[position]!);
    }
  }
  return padded;
}
