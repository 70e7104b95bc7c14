/** One metric over its steps. */
import * as React from 'react';
import type uPlot from 'uplot';

import { Curve } from '../contract';
import { useBench } from './bench';
import { exact, Num, number } from './format';
import { plotData } from './plot';
import { cssColor } from './theme';
import { axis, usePlot } from './uplot';

const HEIGHT = 132;

/** Steps are whole, so the marks between them are. */
const WHOLE = Array.from({ length: 12 }, (_, power) =>
  [1, 2, 5].map(digit => digit * 10 ** power)
).flat();

function optionsOf(
  width: number,
  few: boolean,
  onHover: (at: number | null) => void
): uPlot.Options {
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [6, 14, 0, 0],
    scales: { x: { time: false } },
    cursor: { y: false, drag: { x: true, y: false }, points: { size: 6 } },
    axes: [
      {
        ...axis(48),
        size: 22,
        incrs: WHOLE,
        values: (_, ticks) => ticks.map(tick => number(tick))
      },
      { ...axis(28), size: 50, values: (_, ticks) => ticks.map(tick => number(tick)) }
    ],
    series: [
      {},
      {
        stroke: cssColor('--bb-series-1'),
        width: 1.5,
        spanGaps: false,
        points: { show: few, size: 4, fill: cssColor('--bb-series-1') }
      }
    ],
    hooks: { setCursor: [plot => onHover(plot.cursor.idx ?? null)] }
  };
}

export const CurveChart = React.memo(function CurveChart(props: {
  curve: Curve;
  last: Num;
}): JSX.Element {
  const { trans } = useBench();
  const { curve } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const [at, setAt] = React.useState<number | null>(null);
  const data = React.useMemo(() => plotData(curve), [curve]);
  const [steps, values] = data;
  const few = curve.steps.length < 20;
  usePlot(host, {
    height: HEIGHT,
    data,
    options: width => optionsOf(width, few, setAt),
    key: String(few)
  });
  const read =
    at === null
      ? null
      : trans.__('step %1: %2', number(steps[at] ?? 0), exact(values[at] ?? 'nan'));
  return (
    <figure
      className="bb-Chart"
      aria-label={trans.__(
        '%1 over %2 points, last %3',
        curve.key,
        curve.total,
        number(props.last)
      )}
    >
      <figcaption>
        <span className="bb-Chart-title" title={curve.key}>
          {curve.key}
        </span>
        <span className="bb-Num">{read ?? number(props.last)}</span>
      </figcaption>
      <div ref={host} className="bb-Chart-plot" aria-hidden="true" />
      <div className="bb-Chart-axis" aria-hidden="true">
        {trans.__('step')}
      </div>
    </figure>
  );
});
