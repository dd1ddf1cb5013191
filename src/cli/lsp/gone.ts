/** Sends and goes on: where the editor is gone, or does not know the request, there is nobody left to tell. */
export function gone(sent: Promise<unknown>): void {
  sent.catch(() => undefined);
}
