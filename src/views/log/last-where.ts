/**
 * Binary search over `count` places in rising order.
 * @param fits holds for a first part of them and for none after that
 * @returns the last place that fits; -1 where none does
 */
export function lastWhere(count: number, fits: (index: number) => boolean): number {
  let low = -1;
  let high = count - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
