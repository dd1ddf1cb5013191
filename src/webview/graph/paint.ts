/** Draws the graph: stages, edges, then the nodes in sight, with as much detail as the scale bears. */
import type { Forecast } from '../../views/forecast.ts';
import { STAGE_ROOM, type GraphPicture } from '../../views/graph/picture.ts';
import { isEmpty, matches } from '../../views/filter.ts';
import { lookOf, type Tone } from '../../views/status.ts';
import { cut } from '../dom.ts';
import type { Store } from '../store.ts';
import type { Palette } from '../theme.ts';

export interface Camera {
  /** Picture coordinates of the canvas's left top corner. */
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface GraphView {
  readonly context: CanvasRenderingContext2D;
  readonly palette: Palette;
  readonly store: Store;
  readonly picture: GraphPicture;
  readonly known: Forecast;
  readonly camera: Camera;
  readonly width: number;
  readonly height: number;
}

/** How high the name of a stage stands above its nodes, in pixels of the screen. */
export const STAGE_NAME_PX = 28;

/** From this scale on there is room for two lines of text that can be read. */
const DETAIL_FROM = 0.62;
/** Below that the name alone is written; from here on it fits into a node. */
const NAME_FROM = 0.28;
/** In pixels of the screen. */
const NAME_SIZE = 10.5;

/** A line's width that is that many pixels wide on the screen, however far away it is. */
const onScreen = (pixels: number, scale: number): number => pixels / Math.min(1, scale);

export function paintGraph(view: GraphView): void {
  const { context, camera, width, height } = view;
  context.setTransform(window.devicePixelRatio, 0, 0, window.devicePixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.scale(camera.scale, camera.scale);
  context.translate(-camera.x, -camera.y);
  paintStages(view);
  paintEdges(view);
  paintNodes(view);
}

function paintStages({ context, palette, picture, camera, width, height }: GraphView): void {
  context.textBaseline = 'top';
  context.font = `${Math.max(11, 11 / camera.scale)}px ${palette.font}`;
  // Above the nodes, or at the top where those are further up.
  const top = Math.max(STAGE_ROOM - STAGE_NAME_PX / camera.scale, camera.y) + 8 / camera.scale;
  for (const stage of picture.stages) {
    if (stage.right < camera.x || stage.left > camera.x + width / camera.scale) continue;
    context.fillStyle = palette.band;
    context.fillRect(stage.left - 12, camera.y, stage.right - stage.left + 24, height / camera.scale);
    context.fillStyle = palette.dim;
    context.fillText(stage.name, stage.left, top, Math.max(60, stage.right - stage.left));
  }
}

function paintEdges(view: GraphView): void {
  const { context, palette, picture, known, store } = view;
  const chosen = store.task === undefined ? -1 : (known.order.index.get(store.task) ?? -1);
  context.lineWidth = 1;
  context.lineJoin = 'round';
  for (const edge of picture.edges) {
    const own = edge.from === chosen || edge.to === chosen;
    const critical = known.critical[edge.to] === 1 && known.cause[edge.to] === edge.from;
    context.strokeStyle = own ? palette.focus : critical ? palette.critical : palette.dim;
    context.globalAlpha = own || critical ? 1 : 0.45;
    context.lineWidth = onScreen(own || critical ? 2 : 1, Math.max(0.4, view.camera.scale));
    smooth(context, edge.points);
  }
  context.globalAlpha = 1;
  if (picture.edges.length === 0) paintChosenEdges(view, chosen);
}

/** With thousands of tasks, all edges at once say nothing: only those of the selected task, and the critical path. */
function paintChosenEdges({ context, palette, picture, known }: GraphView, chosen: number): void {
  const line = (from: number, to: number): void => {
    const [x1, y1] = [(picture.x[from] ?? 0) + picture.nodeWidth, (picture.y[from] ?? 0) + picture.nodeHeight / 2];
    const [x2, y2] = [picture.x[to] ?? 0, (picture.y[to] ?? 0) + picture.nodeHeight / 2];
    context.beginPath();
    context.moveTo(x1, y1);
    context.bezierCurveTo(x1 + 40, y1, x2 - 40, y2, x2, y2);
    context.stroke();
  };
  context.strokeStyle = palette.critical;
  context.lineWidth = 2;
  known.path.forEach((task, i) => {
    const before = known.path[i - 1];
    if (before !== undefined) line(before, task);
  });
  if (chosen < 0) return;
  context.strokeStyle = palette.focus;
  for (const need of known.order.needs[chosen] ?? []) line(need, chosen);
  for (const dependent of known.order.dependents[chosen] ?? []) line(chosen, dependent);
}

/** Leaves and reaches nodes level, and passes the way points of the layout level too, so that the eye can follow it. */
function smooth(context: CanvasRenderingContext2D, points: readonly number[]): void {
  let [x, y] = [points[0] ?? 0, points[1] ?? 0];
  context.beginPath();
  context.moveTo(x, y);
  for (let i = 2; i < points.length; i += 2) {
    const [nextX, nextY] = [points[i] ?? 0, points[i + 1] ?? 0];
    const bend = Math.max(12, (nextX - x) / 2);
    context.bezierCurveTo(x + bend, y, nextX - bend, nextY, nextX, nextY);
    [x, y] = [nextX, nextY];
  }
  context.stroke();
}

function paintNodes(view: GraphView): void {
  const { picture, camera, width, height, store, known } = view;
  const [right, bottom] = [camera.x + width / camera.scale, camera.y + height / camera.scale];
  for (let task = 0; task < known.order.count; task++) {
    const [x, y] = [picture.x[task] ?? 0, picture.y[task] ?? 0];
    if (x > right || y > bottom || x + picture.nodeWidth < camera.x || y + picture.nodeHeight < camera.y) continue;
    const name = store.state.plan?.tasks[task]?.task;
    if (name !== undefined) paintNode(view, task, name, x, y);
  }
}

function paintNode(
  { context, palette, picture, camera, store, known }: GraphView,
  at: number,
  name: string,
  x: number,
  y: number,
): void {
  const task = store.state.tasks.get(name);
  if (!task) return;
  const tone = store.tone(task);
  const { nodeWidth: width, nodeHeight: height } = picture;
  const selected = store.task === name;
  context.globalAlpha = isEmpty(store.filter) || matches(store.filter, task) ? 1 : 0.2;
  context.fillStyle = selected ? palette.selected : palette.background;
  context.beginPath();
  if (camera.scale < 0.2) context.rect(x, y, width, height);
  else context.roundRect(x, y, width, height, 4);
  context.fill();
  const pending = task.status === 'pending' || store.preview;
  context.fillStyle = nodeFill(pending, camera.scale, palette, tone);
  context.fill();
  context.lineWidth = onScreen(selected ? 2 : 1, camera.scale);
  context.strokeStyle = selected ? palette.focus : pending ? palette.line : palette.tone[tone];
  if (camera.scale >= 0.2 || selected) context.stroke();
  if (known.critical[at] === 1) {
    context.fillStyle = palette.critical;
    context.fillRect(x, y + height - 3, width, 3);
  }
  context.textBaseline = 'middle';
  const { glyph } = store.preview ? lookOf('pending') : lookOf(task.status);
  const words = { x, y, name, glyph, tone, width };
  if (camera.scale >= DETAIL_FROM)
    paintDetail({ context, palette }, camera.scale, {
      ...words,
      note: [task.summary.type, store.note(task)].filter((part) => part !== '').join(' · '),
    });
  else if (camera.scale >= NAME_FROM) paintName({ context, palette }, camera.scale, { ...words, height });
  context.globalAlpha = 1;
}

interface NodeWords {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly name: string;
  readonly glyph: string;
  readonly tone: Tone;
}
type Brush = Pick<GraphView, 'context' | 'palette'>;

function paintDetail({ context, palette }: Brush, scale: number, words: NodeWords & { readonly note: string }): void {
  const { x, y, width } = words;
  context.font = `${Math.max(12, NAME_SIZE / scale)}px ${palette.font}`;
  context.fillStyle = palette.tone[words.tone];
  context.fillText(words.glyph, x + 9, y + 13);
  context.fillStyle = palette.foreground;
  context.fillText(cut(context, words.name, width - 36), x + 26, y + 13);
  context.font = `${Math.max(11, 10 / scale)}px ${palette.font}`;
  context.fillStyle = palette.dim;
  context.fillText(cut(context, words.note, width - 36), x + 26, y + 28);
}

function paintName({ context, palette }: Brush, scale: number, words: NodeWords & { readonly height: number }): void {
  const { x, y, width, height } = words;
  const middle = y + height / 2;
  context.font = `${NAME_SIZE / scale}px ${palette.font}`;
  const [margin, glyph] = [4 / scale, 12 / scale];
  context.fillStyle = palette.tone[words.tone];
  context.fillText(words.glyph, x + margin, middle);
  context.fillStyle = palette.foreground;
  context.fillText(cut(context, words.name, width - glyph - 2 * margin), x + margin + glyph, middle);
}

/** Far away, a node is a dot of its colour; near, its colour is a tint behind the text. */
function nodeFill(pending: boolean, scale: number, palette: Palette, tone: Tone): string {
  if (scale < 0.2) return pending ? palette.line : palette.tone[tone];
  return pending || palette.highContrast ? 'transparent' : palette.fill[tone];
}
