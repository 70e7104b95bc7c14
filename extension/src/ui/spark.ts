/** The line of a sparkline as an SVG path. Pure: gaps where values are not finite, a dash where all are equal. */
import { Num, plottable } from './format';

/** A path through `points` inside `width` × `height`; empty when nothing can be drawn. */
export function sparkPath(points: readonly Num[], width: number, height: number): string {
  const values = points.map(plottable);
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) {
    return '';
  }
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  const step = width / Math.max(1, values.length - 1);
  const y = (value: number): number =>
    span === 0 ? height / 2 : height - ((value - low) / span) * height;
  const commands: string[] = [];
  values.forEach((value, at) => {
    if (value !== null) {
      const pen = at === 0 || values[at - 1] === null ? 'M' : 'L';
      commands.push(`${pen}${round(at * step)} ${round(y(value))}`);
    }
  });
  return commands.length === 1 ? `${commands[0]}h0.01` : commands.join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
