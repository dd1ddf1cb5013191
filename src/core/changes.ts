/** How many objects a task would create, update, replace and destroy. */
export interface Changes {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly destroy: number;
}
