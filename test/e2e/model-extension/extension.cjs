// A language model for the tests: it answers every question with one choice of components, streamed in two parts. And a way to call a
// tool as a model would, for there is no model here that could.
const vscode = require('vscode');

const CHOICE = {
  rationale: 'A web application that keeps its data in PostgreSQL.',
  target: 'kubernetes',
  questions: [],
  namespace: 'acme',
  components: [
    {
      id: 'postgres',
      name: 'postgres',
      image: '',
      replicas: 1,
      port: 5432,
      storage: '7Gi',
      host: '',
      expose: 'internal',
    },
  ],
};

const model = {
  id: 'test-model',
  name: 'Test Model',
  family: 'test',
  version: '1',
  maxInputTokens: 100_000,
  maxOutputTokens: 10_000,
  // Without these the chat has no model to give to whom it asks.
  isUserSelectable: true,
  isDefault: true,
  capabilities: { toolCalling: true },
};

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.lm.registerLanguageModelChatProvider('code-test', {
      provideLanguageModelChatInformation: () => [model],
      provideLanguageModelChatResponse: async (_model, _messages, _options, progress) => {
        const text = JSON.stringify(CHOICE);
        progress.report(new vscode.LanguageModelTextPart(text.slice(0, 40)));
        progress.report(new vscode.LanguageModelTextPart(text.slice(40)));
      },
      provideTokenCount: async (_model, text) => Math.ceil(String(text.value ?? text).length / 4),
    }),
    // The chat asks only models that somebody asked for.
    vscode.commands.registerCommand('code-test.chat', async () => {
      await vscode.lm.selectChatModels({ vendor: 'code-test' });
      await vscode.commands.executeCommand('workbench.action.chat.open');
    }),
    vscode.commands.registerCommand('code-test.servers', async () => {
      // Asked before the editor has heard of a definition, it starts nothing.
      const named = () => vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('mcp_'));
      let names = [];
      while (names.length === 0) {
        await vscode.commands.executeCommand('workbench.mcp.startServer', '*', { waitForLiveTools: true });
        names = named();
        if (names.length === 0) await new Promise((done) => setTimeout(done, 500));
      }
      await vscode.window.showTextDocument(
        await vscode.workspace.openTextDocument({ content: `servers' tools: ${names.sort().join(', ')}` }),
      );
    }),
    vscode.commands.registerCommand('code-test.tool', async () => {
      const asked = await vscode.window.showInputBox({ prompt: 'Tool and input' });
      const { name, input } = JSON.parse(asked);
      try {
        const result = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
        const text = result.content.map((part) => part.value).join('');
        await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: `answer ${text}` }));
      } catch (error) {
        await vscode.window.showTextDocument(
          await vscode.workspace.openTextDocument({ content: `refused ${error.message}` }),
        );
      }
    }),
  );
};
