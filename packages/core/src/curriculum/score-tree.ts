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
  /** Four numbers a node, so that siblings share a cache line: see the constants below. */
  readonly #nodes: Float64Array;
  /** Decides between equal scores, by slot. */
  readonly #ranks: Float64Array;

  /**
   * @param capacity - Number of slots, `>= 1`.
   * @param kappa - Inverse temperature of the draw.
   */
  constructor(capacity: number, kappa: number) {
    this.#kappa = kappa;
    this.#leaves = 2 ** Math.ceil(Math.log2(capacity));
    this.#ranks = new Float64Array(capacity);
    this.#nodes = new Float64Array(2 * this.#leaves * STRIDE);
    for (let at = 0; at < this.#nodes.length; at += STRIDE) {
      this.#nodes[at + HIGHEST] = Number.NEGATIVE_INFINITY;
      this.#nodes[at + SLOT] = NONE;
    }
  }

  /** The slot with the lowest score, of equal ones the lowest rank; -1 when no slot is set. */
  get lowest(): number {
    return this.#nodes[STRIDE + SLOT]!;
  }

  scoreAt(slot: number): number {
    return this.#nodes[(this.#leaves + slot) * STRIDE + SCORE]!;
  }

  /**
   * @param score - Finite, and so is κ times it.
   * @param rank - Decides between equal scores.
   */
  set(slot: number, score: number, rank: number): void {
    this.#ranks[slot] = rank;
    const leaf = (this.#leaves + slot) * STRIDE;
    this.#nodes[leaf + HIGHEST] = this.#kappa * score;
    this.#nodes[leaf + MASS] = 1;
    this.#nodes[leaf + SLOT] = slot;
    this.#nodes[leaf + SCORE] = score;
    for (let node = (this.#leaves + slot) >> 1; node >= 1; node >>= 1) this.#combine(node);
  }

  /**
   * The slot that a uniform number falls on when the slots, in order, share [0, 1) in proportion to exp(κ·score).
   *
   * @param uniform - In [0, 1).
   */
  find(uniform: number): number {
    const nodes = this.#nodes;
    let node = 1;
    let rest = uniform;
    while (node < this.#leaves) {
      const at = node * STRIDE;
      const left = 2 * at;
      const share = this.#massBelow(left, nodes[at + HIGHEST]!) / nodes[at + MASS]!;
      // An empty right half is never entered, whatever rounding does to the shares.
      if (rest < share || nodes[left + STRIDE + SLOT] === NONE) {
        rest /= share;
        node = 2 * node;
      } else {
        rest = (rest - share) / (1 - share);
        node = 2 * node + 1;
      }
    }
    return node - this.#leaves;
  }

  #combine(node: number): void {
    const nodes = this.#nodes;
    const at = node * STRIDE;
    const left = 2 * at;
    const right = left + STRIDE;
    const highest = Math.max(nodes[left + HIGHEST]!, nodes[right + HIGHEST]!);
    nodes[at + HIGHEST] = highest;
    nodes[at + MASS] = this.#massBelow(left, highest) + this.#massBelow(right, highest);
    const lower = this.#isLower(left, right) ? left : right;
    nodes[at + SLOT] = nodes[lower + SLOT]!;
    nodes[at + SCORE] = nodes[lower + SCORE]!;
  }

  /** Sum of exp(κ·score − reference) below the node at a place. */
  #massBelow(at: number, reference: number): number {
    const mass = this.#nodes[at + MASS]!;
    return mass === 0 ? 0 : mass * Math.exp(this.#nodes[at + HIGHEST]! - reference);
  }

  /** Whether the slot to be replaced first lies below the left of two nodes. */
  #isLower(left: number, right: number): boolean {
    const nodes = this.#nodes;
    const [first, second] = [nodes[left + SLOT]!, nodes[right + SLOT]!];
    if (first === NONE || second === NONE) return second === NONE;
    const difference = nodes[left + SCORE]! - nodes[right + SCORE]!;
    return difference === 0 ? this.#ranks[first]! < this.#ranks[second]! : difference < 0;
  }
}

/** Numbers a node. */
const STRIDE = 4;
/** Maximum of κ·score below a node, -Infinity when nothing is. */
const HIGHEST = 0;
/** Sum of exp(κ·score − maximum) below a node. */
const MASS = 1;
/** Slot of the lowest score below a node, -1 when nothing is. */
const SLOT = 2;
/** The lowest score below a node. */
const SCORE = 3;
const NONE = -1;
