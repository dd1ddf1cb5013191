import assert from 'node:assert/strict';
import { test } from 'node:test';
import { priceText, totalOf } from '../api/pricing.mjs';

const catalogue = { mug: { cents: 1050 }, notebook: { cents: 840 } };

test('a total is the sum of price times quantity', () => {
  assert.equal(
    totalOf(
      [
        { product: 'mug', quantity: 2 },
        { product: 'notebook', quantity: 1 },
      ],
      catalogue,
    ),
    2940,
  );
});

test('a price has two digits after the point', () => {
  assert.equal(priceText(2905, 'EUR'), '29.05 EUR');
  assert.equal(priceText(7, 'EUR'), '0.07 EUR');
});

test('what cannot be sold is refused', () => {
  assert.throws(() => totalOf([], catalogue), RangeError);
  assert.throws(() => totalOf([{ product: 'constructor', quantity: 1 }], catalogue), /no product/);
  assert.throws(() => totalOf([{ product: 'mug', quantity: 0.5 }], catalogue), /whole number/);
});
