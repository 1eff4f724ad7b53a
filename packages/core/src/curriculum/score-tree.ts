/**
 * Scores of numbered slots in a complete binary tree, so that setting one, drawing by softmax and finding the lowest each touch one
 * path from a leaf to the root. A node holds its maximum of κ·score and the sum of exp(κ·score − maximum) below it: no κ overflows.
 * Nodes are computed from their children alone, never by adding differences, so the tree is a function of its leaves and a restored
 * one equals the saved one bit for bit.
 */
export class ScoreTree {
  readonly #kappa: number;
  /** Power of two; node 1 is the root, node `leaves + slot` the leaf of a slot. */
  readonly #leaves: number;
  /** Maximum of κ·score below a node, -Infinity when nothing is. */
  readonly #highest: Float64Array;
  /** Sum of exp(κ·score − maximum) below a node. */
  readonly #mass: Float64Array;
  /** Slot of the lowest score below a node, -1 when nothing is. */
  readonly #lowest: Int32Array;
  readonly #scores: Float64Array;
  readonly #ranks: Float64Array;

  /**
   * @param capacity - Number of slots, `>= 1`.
   * @param kappa - Inverse temperature of the draw.
   */
  constructor(capacity: number, kappa: number) {
    this.#kappa = kappa;
    this.#leaves = 2 ** Math.ceil(Math.log2(capacity));
    this.#highest = new Float64Array(2 * this.#leaves).fill(Number.NEGATIVE_INFINITY);
    this.#mass = new Float64Array(2 * this.#leaves);
    this.#lowest = new Int32Array(2 * this.#leaves).fill(-1);
    this.#scores = new Float64Array(capacity);
    this.#ranks = new Float64Array(capacity);
  }

  /** The slot with the lowest score, of equal ones the lowest rank; -1 when no slot is set. */
  get lowest(): number {
    return this.#lowest[1]!;
  }

  scoreAt(slot: number): number {
    return this.#scores[slot]!;
  }

  /**
   * @param score - Finite, and so is κ times it.
   * @param rank - Decides between equal scores.
   */
  set(slot: number, score: number, rank: number): void {
    this.#scores[slot] = score;
    this.#ranks[slot] = rank;
    const leaf = this.#leaves + slot;
    this.#highest[leaf] = this.#kappa * score;
    this.#mass[leaf] = 1;
    this.#lowest[leaf] = slot;
    for (let node = leaf >> 1; node >= 1; node >>= 1) this.#combine(node);
  }

  /**
   * The slot that a uniform number falls on when the slots, in order, share [0, 1) in proportion to exp(κ·score).
   *
   * @param uniform - In [0, 1).
   */
  find(uniform: number): number {
    let node = 1;
    let rest = uniform;
    while (node < this.#leaves) {
      const left = 2 * node;
      const share = this.#massBelow(left, this.#highest[node]!) / this.#mass[node]!;
      // An empty right half is never entered, whatever rounding does to the shares.
      if (rest < share || this.#lowest[left + 1] === -1) {
        rest /= share;
        node = left;
      } else {
        rest = (rest - share) / (1 - share);
        node = left + 1;
      }
    }
    return node - this.#leaves;
  }

  #combine(node: number): void {
    const [left, right] = [2 * node, 2 * node + 1];
    const highest = Math.max(this.#highest[left]!, this.#highest[right]!);
    this.#highest[node] = highest;
    this.#mass[node] = this.#massBelow(left, highest) + this.#massBelow(right, highest);
    this.#lowest[node] = this.#lower(this.#lowest[left]!, this.#lowest[right]!);
  }

  /** Sum of exp(κ·score − reference) below a node. */
  #massBelow(node: number, reference: number): number {
    const mass = this.#mass[node]!;
    return mass === 0 ? 0 : mass * Math.exp(this.#highest[node]! - reference);
  }

  #lower(a: number, b: number): number {
    if (a === -1 || b === -1) return Math.max(a, b);
    const difference = this.#scores[a]! - this.#scores[b]! || this.#ranks[a]! - this.#ranks[b]!;
    return difference <= 0 ? a : b;
  }
}
