/** Names by which the editor, its commands and the pages of the extension know each other, and which stand in no manifest. */
export const MONITOR_TYPE = 'code.monitor';
/** Documents: what a task printed. */
export const LOG_SCHEME = 'code-log';
/** A command for links alone, so it is in no palette. */
export const OPEN_PLACE = '_code.openPlace';
