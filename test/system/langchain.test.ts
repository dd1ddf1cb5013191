import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { langchain } from '../../src/tasks/langchain.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { linkLibrary, needLibrary, type Library } from './libraries.ts';

/** A prompt, a model of LangChain's own that gives recorded answers, and a parser: a chain as people write it. */
const PYTHON = `import os
from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

print('loaded with', len(os.environ.get('MODEL_KEY', '')), 'characters of key')
model = FakeListChatModel(responses=['The shop is up.'])
chain = ChatPromptTemplate.from_template('Sum up: {report}') | model | StrOutputParser()
talk = ChatPromptTemplate.from_template('Sum up: {report}') | model

async def later(inputs):
    return {'got': inputs, 'said': await chain.ainvoke(inputs)}

def wrong(inputs):
    raise ValueError('the report is empty')
`;
const NODE = `import { FakeListChatModel } from '@langchain/core/utils/testing';
import { StringOutputParser } from '@langchain/core/output_parsers';
import { ChatPromptTemplate } from '@langchain/core/prompts';

console.log('loaded with', (process.env.MODEL_KEY ?? '').length, 'characters of key');
const model = new FakeListChatModel({ responses: ['The shop is up.'] });
export const chain = ChatPromptTemplate.fromTemplate('Sum up: {report}').pipe(model).pipe(new StringOutputParser());
export const talk = ChatPromptTemplate.fromTemplate('Sum up: {report}').pipe(model);
export const later = async (inputs) => ({ got: inputs, said: await chain.invoke(inputs) });
export const wrong = () => { throw new Error('the report is empty'); };
`;

const CASES: readonly { name: string; library: Library; script: string; text: string }[] = [
  { name: 'Python', library: 'langchain-python', script: 'chains/sum.py', text: PYTHON },
  { name: 'JavaScript', library: 'node', script: 'chains/sum.mjs', text: NODE },
];

for (const { name, library, script, text } of CASES) {
  describe(`langchain, the real one for ${name}`, function () {
    this.timeout(300_000);
    before(function () {
      needLibrary(this, library);
    });

    async function workspace(): Promise<Workbench> {
      const context = await workbench();
      await linkLibrary(library, context.root);
      await mkdir(join(context.root, 'chains'));
      await writeFile(join(context.root, script), text);
      return context;
    }

    it('invokes a chain with its inputs, and gives what came out as data', async () => {
      const context = await workspace();
      const inputs = { report: 'all pods are ready' };
      const given = { script, inputs, variables: { MODEL_KEY: 'hush-hush' }, output: 'out/sum.json' };
      const result = await perform(langchain, given, context);
      assert.ok(result.ok, `${JSON.stringify(result)}\n${context.lines.join('\n')}`);
      assert.equal(result.value.result, 'The shop is up.');
      assert.equal(result.value.export, 'chain');
      assert.match(String(result.value.version), /^1\.\d+\.\d+$/);
      assert.equal(await readFile(join(context.root, 'out/sum.json'), 'utf8'), '"The shop is up."\n');
      // Python writes the words of one line one by one, and how they arrive is the pipe's affair.
      assert.match(context.lines.join(' ').replaceAll(/\s+/g, ' '), /loaded with 9 characters of key/);
      assert.doesNotMatch(context.lines.join('\n'), /hush-hush/);
    });

    it('gives a message as its text, and calls a function', async () => {
      const inputs = { report: 'x' };
      const talk = await perform(langchain, { script, export: 'talk', inputs }, await workspace());
      assert.ok(talk.ok && talk.value.result === 'The shop is up.', JSON.stringify(talk));
      const later = await perform(langchain, { script, export: 'later', inputs }, await workspace());
      assert.ok(later.ok, JSON.stringify(later));
      assert.deepEqual(later.value.result, { got: inputs, said: 'The shop is up.' });
    });

    it('fails in the script’s own words', async () => {
      const wrong = await perform(langchain, { script, export: 'wrong' }, await workspace());
      assert.ok(!wrong.ok && wrong.failure.kind === 'tool');
      assert.match(`${wrong.failure.message} ${wrong.failure.detail ?? ''}`, /the report is empty/);
      const none = await perform(langchain, { script, export: 'nowhere' }, await workspace());
      assert.ok(!none.ok);
      assert.match(none.failure.message, /none of: nowhere/);
    });

    it('says which package is missing, and how to get it', async () => {
      const context = await workbench();
      await mkdir(join(context.root, 'chains'));
      await writeFile(join(context.root, script), text);
      const result = await perform(langchain, { script }, context);
      assert.ok(!result.ok && result.failure.kind === 'missing', JSON.stringify(result));
      assert.match(`${result.failure.message} ${result.failure.next ?? ''}`, /langchain.*(pip|npm) install/s);
    });
  });
}
