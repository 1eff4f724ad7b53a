/**
 * A number rounded to some decimals, exact ties to the even digit, as Python's `round` does.
 *
 * @param decimals - From 0 to 15.
 */
export function roundHalfEven(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  // A tie is an odd multiple of 1 / (2 * scale); a double holds one only when it is a multiple of 1 / 2^(decimals + 1).
  const isTie =
    Number.isInteger(value * 2 ** (decimals + 1)) && Math.abs((value * scale) % 1) === 0.5;
  if (!isTie) return Number(value.toFixed(decimals));
  const below = Math.floor(value * scale);
  return (below % 2 === 0 ? below : below + 1) / scale;
}
