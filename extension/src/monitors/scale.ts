/** Where things stand on a timeline and which shade a distance has. Pure. */
import type { AlignedData } from 'uplot';

import { AliasMark, ChunkPoint, MonitorPage } from '../contract';

/** Pixels left of the first chunk, for the names of columns and the marks of the scale. */
export const GUTTER = 150;
/** Pixels right of the last chunk. */
export const MARGIN = 14;
/** Pixels that a chunk takes at most, so that three of them do not fill a screen. */
const WIDEST = 112;
/** Pixels from which on a cell has room for its number. */
const READABLE = 34;

/** Upper ends of the shades: 0.1 is where distances begin to matter, 1 is nothing in common. */
export const SHADES = [0.05, 0.1, 0.2, 0.35, 0.6, 1];

/** The shade of a distance, from 0; null where there is none. */
export function shade(distance: number | null): number | null {
  if (distance === null) {
    return null;
  }
  const at = SHADES.findIndex(end => distance <= end);
  return at < 0 ? SHADES.length - 1 : at;
}

export interface ILayout {
  /** Pixels of the whole timeline. */
  width: number;
  /** Pixels of one chunk. */
  slot: number;
  /** Whether cells have room for their numbers. */
  readable: boolean;
  /** Pixels that the longest name of a chunk takes. */
  label: number;
}

/** How `count` chunks share `room` pixels; `letters` is the length of their longest name. */
export function layout(room: number, count: number, letters: number): ILayout {
  const slots = Math.max(1, count);
  const slot = Math.min(WIDEST, Math.max(1, room - GUTTER - MARGIN) / slots);
  return {
    width: Math.round(GUTTER + slot * slots + MARGIN),
    slot,
    readable: slot >= READABLE,
    label: letters * 6.5 + 10
  };
}

/** Whether there is room for the name of chunk `at` of `count`: every so many-th, and none that would run out. */
export function hasLabel({ label, slot }: ILayout, at: number, count: number): boolean {
  const every = Math.max(1, Math.ceil(label / slot));
  return at % every === 0 && (every === 1 || (count - at) * slot + MARGIN >= label);
}

/** Alias marks by the number of the chunk they stand before; those after all of them under `chunks.length`. */
export function marksAt(page: MonitorPage): Map<number, AliasMark[]> {
  const numbers = new Map(page.chunks.map(({ id }, at) => [id, at]));
  const isNewest = page.first + page.chunks.length === page.total_chunks;
  const found = new Map<number, AliasMark[]>();
  for (const mark of page.promotions) {
    const at = mark.before === '' && isNewest ? page.chunks.length : numbers.get(mark.before);
    if (at !== undefined) {
      found.set(at, [...(found.get(at) ?? []), mark]);
    }
  }
  return found;
}

/** The value below which (above, where lower is better) the metric alerts. */
export function limitOf(page: MonitorPage, chunk: ChunkPoint): number | null {
  if (chunk.baseline === null) {
    return null;
  }
  return page.higher_is_better ? chunk.baseline - page.max_drop : chunk.baseline + page.max_drop;
}

/** Series of the chart, in order: x, performance, estimate, its low and high end, baseline, limit. */
export function series(page: MonitorPage): AlignedData {
  const { chunks } = page;
  return [
    chunks.map((_, at) => at),
    chunks.map(chunk => chunk.performance?.[0] ?? null),
    chunks.map(chunk => chunk.estimate?.[0] ?? null),
    chunks.map(chunk => chunk.estimate?.[1] ?? null),
    chunks.map(chunk => chunk.estimate?.[2] ?? null),
    chunks.map(chunk => chunk.baseline),
    chunks.map(chunk => limitOf(page, chunk))
  ];
}

/** The lowest and highest value of the chart, with room for intervals; `null` where nothing is known. */
export function extent(page: MonitorPage): [number, number] | null {
  const known = page.chunks.flatMap(chunk =>
    [
      ...(chunk.performance ?? []),
      ...(chunk.estimate ?? []),
      chunk.baseline,
      limitOf(page, chunk)
    ].filter((value): value is number => value !== null)
  );
  if (known.length === 0) {
    return null;
  }
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - room, high + room];
}

/** A cell of the grid under the chart: a row by its name, and the number of a chunk. */
export interface ICell {
  row: number;
  chunk: number;
}

/** Where an arrow key leads from a cell of a grid of `rows` × `chunks`. */
export function step(from: ICell, key: string, rows: number, chunks: number): ICell | null {
  const moves = new Map<string, [number, number]>([
    ['ArrowUp', [-1, 0]],
    ['ArrowDown', [1, 0]],
    ['ArrowLeft', [0, -1]],
    ['ArrowRight', [0, 1]],
    ['PageUp', [-10, 0]],
    ['PageDown', [10, 0]],
    ['Home', [0, -chunks]],
    ['End', [0, chunks]]
  ]);
  const move = moves.get(key);
  return move
    ? {
        row: Math.min(rows - 1, Math.max(0, from.row + move[0])),
        chunk: Math.min(chunks - 1, Math.max(0, from.chunk + move[1]))
      }
    : null;
}

/** The chunks as lines of tab-separated values, to paste into a sheet or a cell. */
export function chunkText(page: MonitorPage): string {
  const head = ['chunk', 'rows', 'model', 'measured', 'low', 'high', 'estimated', 'low', 'high'];
  const lines = page.chunks.map(chunk =>
    [
      chunk.id,
      chunk.rows,
      chunk.model,
      ...(chunk.performance ?? ['', '', '']),
      ...(chunk.estimate ?? ['', '', '']),
      chunk.baseline ?? '',
      chunk.multivariate?.[0] ?? '',
      chunk.alerts
    ].join('\t')
  );
  return [[...head, 'baseline', 'auc', 'alerts'].join('\t'), ...lines].join('\n');
}
