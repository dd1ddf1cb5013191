/** Where the nodes and edges of a run's graph stand, in pixels at scale 1. Tasks are indices into `plan.tasks`. */
export interface GraphPicture {
  readonly width: number;
  readonly height: number;
  /** Left and top corners, by task. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly nodeWidth: number;
  readonly nodeHeight: number;
  /** Edges with their way points, x and y in turn. With many tasks there are none: those of a chosen task are drawn straight. */
  readonly edges: readonly { readonly from: number; readonly to: number; readonly points: readonly number[] }[];
  /** Where a stage lies. */
  readonly stages: readonly { readonly name: string; readonly left: number; readonly right: number }[];
}

export const NODE_WIDTH = 172;
export const NODE_HEIGHT = 40;
/** Above the nodes, for the names of the stages. */
export const STAGE_ROOM = 36;

/** From this many tasks (or edges) on, stages are blocks of columns; below, a layered layout with few crossings. */
export const LAYERED_AT_MOST = 400;
