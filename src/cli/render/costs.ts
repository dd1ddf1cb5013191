/** What `analyze` says about costs to a person. */
import { counted } from '../../core/count.ts';
import { HOURS_A_MONTH } from '../../costs/prices.ts';
import type { Costs } from '../../run/costs.ts';
import type { Io } from '../io.ts';
import { pad, paint, plain } from './style.ts';

/** Objects of one source that are shown. */
const MOST_SHOWN = 8;

export function printCosts(costs: Costs, io: Io): void {
  const say = (line: string): void => void io.out.write(`${plain(io, line)}\n`);
  const money = (amount: number): string => `${amount.toFixed(amount < 10 ? 2 : 0)} ${costs.currency}`;
  const upTo =
    costs.mostMonthly > costs.monthly ? `, up to ${money(costs.mostMonthly)} with every autoscaler at its most` : '';
  io.out.write(`\n${paint(io, 'bold', 'costs')} of what it asks for, by ${plain(io, costs.prices)}\n`);
  say(`  ${money(costs.monthly)} a month, ${costs.hourly.total.toFixed(4)} ${costs.currency} an hour${upTo}`);
  const { amounts, hourly } = costs;
  const parts: readonly (readonly [string, number])[] = [
    [`${round(amounts.cpu)} CPU`, hourly.cpu],
    [`${round(amounts.memoryGib)} GiB of memory`, hourly.memory],
    [`${round(amounts.storageGib)} GiB of storage`, hourly.storage],
    [`${round(amounts.gpu)} GPU`, hourly.gpu],
    [counted(amounts.loadBalancers, 'load balancer'), hourly.loadBalancer],
  ];
  for (const [what, price] of parts.filter(([text]) => !text.startsWith('0 ')))
    say(`    ${pad(what, 22)} ${money(price * HOURS_A_MONTH)}`);
  for (const { source, from, monthly, objects } of costs.sources) {
    say(`  ${source} (${from}): ${money(monthly)} a month`);
    const dear = [...objects].sort((a, b) => b.monthly - a.monthly);
    for (const one of dear.slice(0, MOST_SHOWN)) {
      const pods = one.replicas === 0 ? '' : `, ${counted(one.replicas, 'pod')}`;
      say(`    ${pad(money(one.monthly), 12)} ${one.what}${pods}`);
    }
    if (dear.length > MOST_SHOWN) say(`    … and ${dear.length - MOST_SHOWN} more`);
  }
  if (costs.silent.length > 0) {
    const names = costs.silent.slice(0, 4).join(', ');
    const more = costs.silent.length > 4 ? ` and ${costs.silent.length - 4} more` : '';
    say(`  containers that do not ask for CPU and memory, so the true figure is higher: ${names}${more}`);
  }
  for (const note of costs.notes) say(`  ${note}`);
}

const round = (amount: number): number => Math.round(amount * 100) / 100;
