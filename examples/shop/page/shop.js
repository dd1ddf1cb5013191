// The page: lists the products, takes quantities, places an order.
const list = document.querySelector('#products');
const button = document.querySelector('#order');
const answer = document.querySelector('#answer');

function row({ id, name, price }) {
  const item = document.createElement('li');
  const label = document.createElement('label');
  label.htmlFor = id;
  label.textContent = `${name}, ${price}`;
  const quantity = document.createElement('input');
  Object.assign(quantity, { id, type: 'number', min: '0', max: '100', value: '0' });
  item.append(label, quantity);
  return item;
}

const chosen = () =>
  [...list.querySelectorAll('input')]
    .map((input) => ({ product: input.id, quantity: Number(input.value) }))
    .filter(({ quantity }) => quantity > 0);

list.addEventListener('input', () => {
  button.disabled = chosen().length === 0;
});

button.addEventListener('click', async () => {
  const response = await fetch('/api/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ items: chosen() }),
  });
  const order = await response.json();
  answer.textContent = response.ok ? `Thank you. Order ${order.id.slice(0, 8)}: ${order.total}` : order.error;
});

const products = await (await fetch('/api/products')).json();
list.append(...products.map(row));
