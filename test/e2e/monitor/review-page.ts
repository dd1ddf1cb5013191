/** Stands in for the editor around the page that reviews a plan. `?questions`: there is none yet; `?choosing`: it is being made. */
import type { FromReview, ReviewedPlan, ToReview } from '../../../src/views/review.ts';
import { makeRun } from '../../views/fixture.ts';
import { speakPseudo } from './words.ts';

const query = new URLSearchParams(location.search);
const [first] = makeRun({ tasks: 9, stages: 3, seed: 4, pool: 4, start: Date.now(), calm: true });
const graph = first?.type === 'run.started' ? first.plan : undefined;

const plan: ReviewedPlan = {
  provider: 'claude (sonnet)',
  reason: 'ANTHROPIC_API_KEY is set',
  workflow: 'deploy.code.yaml',
  files: [
    { path: 'k8s/20-config.yaml', origin: 'catalogue', isNew: true, same: false, added: 28, removed: 0 },
    { path: 'k8s/40-postgres.yaml', origin: 'catalogue', isNew: true, same: false, added: 104, removed: 0 },
    { path: 'k8s/40-web.yaml', origin: 'catalogue', isNew: true, same: false, added: 85, removed: 0 },
    { path: 'scripts/smoke.sh', origin: 'model', isNew: true, same: false, added: 12, removed: 0 },
    { path: 'deploy.code.yaml', origin: 'catalogue', isNew: false, same: false, added: 35, removed: 19 },
  ],
  components: ['application', 'postgres', 'redis', 'prometheus'],
  inputs: [{ name: 'replicas', description: 'Pods of the application', value: '2' }],
  secrets: ['POSTGRES_PASSWORD'],
  assumptions: ['web runs with 2 replicas.', 'postgres keeps its data on 10Gi of storage.'],
  unplaced: ['loyalty programme'],
  questions: [],
  destructive: false,
  repairs: 1,
  tokens: 5312,
  costUsd: 0.0184,
  ...(graph === undefined ? {} : { graph }),
};
const unclear: ReviewedPlan = {
  provider: 'catalog',
  workflow: '',
  files: [],
  components: [],
  inputs: [],
  secrets: [],
  assumptions: [],
  unplaced: ['something'],
  questions: ['Which component, image or resource is meant?'],
  destructive: false,
  repairs: 0,
};

/** What was said to the page, and what it said, for the tests. */
const told: ToReview[] = [];
const said: FromReview[] = [];
function post(message: ToReview): void {
  told.push(message);
  window.postMessage(message, '*');
}
const description = 'a web shop with PostgreSQL and Redis on Kubernetes, with monitoring';

if (query.has('pseudo')) speakPseudo();
Object.assign(window, {
  said,
  told,
  acquireVsCodeApi: () => ({
    postMessage: (message: FromReview) => {
      said.push(message);
      if (message.type === 'ready' || message.type === 'ask') {
        const { components } = plan;
        for (let n = 0; n <= components.length; n++)
          post({ type: 'planning', description, phase: 'Choosing components', components: components.slice(0, n) });
        if (query.has('choosing')) return;
        post({ type: 'plan', description, plan: query.has('questions') ? unclear : plan, now: Date.now() });
      }
    },
  }),
});
