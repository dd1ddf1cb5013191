import assert from 'node:assert/strict';
import { claudeAnswer, ollamaAnswer, Peer, selection } from '../planner/model-peer.ts';
import { Workspace } from './built.ts';

describe('deploy with a model, as it is built', () => {
  let at: Workspace;
  let peer: Peer;
  let base: string;

  beforeEach(async () => {
    at = new Workspace();
    peer = new Peer();
    base = await peer.listen();
  });

  afterEach(async () => {
    at.close();
    await peer.close();
  });

  const plan = async (provider: string, env: Record<string, string>): Promise<{ provider: string }> => {
    const args = ['deploy', 'a cache', '--provider', provider, '--plan-only', '--json'];
    const { code, out, err } = await at.start(args, env).ended;
    assert.equal(code, 0, err);
    return JSON.parse(out) as { provider: string };
  };

  for (const target of ['kubernetes', 'compose'])
    it(`renders what Claude and Ollama choose for ${target}`, async () => {
      const answer = JSON.stringify(selection({ target }));
      peer.handler = (_q, _b, response) => claudeAnswer(response, answer);
      const claude = await plan('claude', { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: base });
      assert.match(claude.provider, /^claude \(/);
      peer.handler = (request, _b, response) => {
        if (request.url === '/api/chat') ollamaAnswer(response, answer);
        else response.end(request.url === '/api/tags' ? '{"models":[{"name":"tiny:latest"}]}' : '{}');
      };
      const ollama = await plan('ollama', { OLLAMA_HOST: base, CODE_ENGINE_OLLAMA_MODEL: 'tiny' });
      assert.equal(ollama.provider, 'ollama (tiny)');
    });
});
