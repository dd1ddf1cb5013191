// What customers pay, in whole cents: money is never a floating point number.

/** @returns the total in cents; throws a RangeError that a customer may read */
export function totalOf(items, catalogue) {
  if (!Array.isArray(items) || items.length === 0) throw new RangeError('An order has at least one item.');
  return items.reduce((sum, { product, quantity }) => {
    if (!Object.hasOwn(catalogue, product)) throw new RangeError(`There is no product ${product}.`);
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > 100)
      throw new RangeError('A quantity is a whole number from 1 to 100.');
    return sum + catalogue[product].cents * quantity;
  }, 0);
}

/** `2940` cents as `29.40 EUR`. */
export const priceText = (cents, currency) =>
  `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')} ${currency}`;
