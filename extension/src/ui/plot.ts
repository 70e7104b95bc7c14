/** A curve as uPlot takes it. Pure. */
import { Curve } from '../contract';
import { plottable } from './format';

/** What uPlot wants: x ascending, gaps as null. Points that share a step keep their order. */
export function plotData(curve: Curve): [number[], (number | null)[]] {
  const points = curve.steps.map((step, at) => [step, plottable(curve.values[at])] as const);
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  return [sorted.map(([step]) => step), sorted.map(([, value]) => value)];
}
