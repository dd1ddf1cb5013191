/**
 * What most windows never use, or not at once: the commands, the pages, the chat, what models may call. One file beside the bundle that
 * every window reads when it wakes. It has words of its own, since it shares no module with that bundle.
 */
export { useWords } from '../core/words.ts';
export { answerChat } from './ai/chat.ts';
export { TOOLS } from './ai/tools.ts';
export { analyze } from './commands/analyze.ts';
export { showContext } from './commands/context.ts';
export { approve, cancelRun, resumeRun, retryTask, rollBack } from './commands/control.ts';
export { exportToTekton, importFile } from './commands/convert.ts';
export { newWorkflow } from './commands/create.ts';
export { deploy } from './commands/deploy.ts';
export { explain } from './commands/explain.ts';
export { initContext } from './commands/init.ts';
export { logText, openMonitor, revealTask, showLog } from './commands/navigate.ts';
export { preview } from './commands/preview.ts';
export { runPart, runWorkflow } from './commands/run.ts';
export { secure } from './commands/secure.ts';
export { validate } from './commands/validate.ts';
export { askEditorModel, connectModel } from './models.ts';
export { MonitorPanel } from './monitor/panel.ts';
export { offerMove } from './move-to-wsl.ts';
export { PathLinks } from './path-links.ts';
export { logLinks, openPlaceOfRun } from './places.ts';
